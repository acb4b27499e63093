import type { Test } from 'tap';
import { SocketClient } from '../support/socket-client.js';
import { expectClose, type Peer, refusal, result, type Statements } from './peer.js';

async function refusedUpgrade(t: Test, { port }: Peer, status: number, options = {}): Promise<void> {
  await t.rejects(SocketClient.connect(port, options), { message: `Unexpected server response: ${status}` });
}

/** Sends what is no request, and gives the reply to it. */
async function replyTo(client: SocketClient, message: unknown): Promise<unknown> {
  const before = client.of('reply').length;
  if (message instanceof Uint8Array || typeof message === 'string') client.ws.send(message);
  else client.send(message);
  await client.until('a reply', () => client.of('reply').length > before);
  return client.of('reply').at(-1);
}

/** Bytes that neither encoding can read. */
const junk = ({ encoding }: Peer): Uint8Array | string =>
  encoding === 'json' ? '{"id": 1,' : Uint8Array.of(0xc1, 0xff);
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const BAD = { ok: false, id: null, error: { code: 'bad_message' } };

/** Statements of "Connecting" and "Requests". */
export const CONNECTING: Statements = {
  async C1(t, { connect }) {
    const client = await connect();
    await client.until('a message', () => client.received.length > 0);
    const { server, epoch, time, limits, simulated, type } = client.received[0] ?? {};
    t.match({ type, server, epoch }, { type: 'welcome', server: /^cryptopredict\//, epoch: /./ });
    t.ok(Number.isInteger(time) && typeof simulated === 'boolean');
    const all = limits as Record<string, unknown>;
    t.same(Object.keys(all), ['max_frame_bytes', 'max_subscriptions', 'max_messages_per_second']);
  },

  async C2(t, { connect }) {
    const offers = [
      ['x', 'cryptopredict.v1.json', 'cryptopredict.v1.msgpack'],
      ['cryptopredict.v1.msgpack'],
      [],
    ];
    for (const subprotocols of offers) {
      const client = await connect({ subprotocols });
      t.equal(client.ws.protocol, subprotocols.find((name) => name !== 'x') ?? '');
      await client.wait('welcome', ({ type }) => type === 'welcome');
    }
  },

  async C3(t, peer) {
    await refusedUpgrade(t, peer, 400, { subprotocols: ['cryptopredict.v9.msgpack'] });
  },

  async C4(t, peer) {
    await refusedUpgrade(t, peer, 403, { headers: { Origin: 'https://conformance.invalid' } });
    const own = await peer.connect({ headers: { Origin: `http://127.0.0.1:${peer.port}` } });
    await own.wait('welcome', ({ type }) => type === 'welcome');
  },

  async C5(t, { port }) {
    await t.rejects(SocketClient.connect(port, { path: '/v1/nothing' }), {
      message: /^Unexpected server response/,
    });
  },

  async C6(t, { connect }) {
    const client = await connect();
    for (const id of ['x'.repeat(64), 0, -7, 2 ** 53 - 1, -(2 ** 53) + 1, 70_000, '1']) {
      client.send({ id, op: 'ping' });
      t.match(await client.wait(`reply ${id}`, (m) => m.type === 'reply' && m.id === id), { ok: true });
    }
  },

  async C7(t, { connect }) {
    const client = await connect();
    for (const id of [undefined, '', 'x'.repeat(65), 1.5, null, true]) {
      const message = id === undefined ? { op: 'ping' } : { id, op: 'ping' };
      t.match(await replyTo(client, message), { ...BAD, error: { code: 'bad_message', field: 'id' } });
    }
  },

  async C8(t, peer) {
    const client = await peer.connect();
    for (const message of [junk(peer), [1, 2], 7, null]) t.match(await replyTo(client, message), BAD);
    await result(client, { op: 'ping' });
  },

  async C9(t, peer) {
    const client = await peer.connect();
    const other = '{"id": 1, "op": "ping"}';
    t.match(await replyTo(client, peer.encoding === 'json' ? Buffer.from(other) : other), BAD);
    await result(client, { op: 'ping' });
  },

  async C10(t, { connect }) {
    const client = await connect();
    t.match(await refusal(client, { op: 'publish' }), {
      ...{ code: 'unknown_op', field: 'op' },
      message: /auth, subscribe, unsubscribe, query, ping, list, explain/,
    });
  },

  async C11(t, { connect }) {
    const client = await connect();
    t.match(await refusal(client, { op: 'ping', hello: 1 }), { code: 'bad_message', field: 'hello' });
    t.match(await refusal(client, { op: 'subscribe' }), { code: 'bad_message', field: 'channels' });
  },

  async C12(t, { connect, encoding }) {
    const client = await connect();
    const bad = { id: 1, op: 'query', method: 'assets.list' };
    t.match(await replyTo(client, { ...bad, params: nested(20) }), { error: { code: 'bad_message' } });
    const text = '{"id": 1, "op": "ping", "__proto__": 1}';
    // {"id": 1, "__proto__": 1}: no encoder writes it.
    const bytes = Buffer.concat([
      Buffer.from([0x82, 0xa2]),
      Buffer.from('id'),
      Buffer.from([1, 0xa9]),
      Buffer.from('__proto__'),
      Buffer.from([1]),
    ]);
    t.match(await replyTo(client, encoding === 'json' ? text : bytes), { error: { code: 'bad_message' } });
  },

  async C13(t, { connect }) {
    const client = await connect();
    for (let n = 0; n < 9; n++) client.send({ id: n, op: 'nothing' });
    await result(client, { op: 'ping' });
    for (let n = 0; n < 10; n++) client.send({ id: n, op: 'nothing' });
    t.match(await expectClose(t, client, 4400), { retry_ms: null });
  },

  async C14(t, { connect }) {
    const client = await connect();
    const { limits } = await client.wait('welcome', ({ type }) => type === 'welcome');
    const { max_frame_bytes: max } = limits as { max_frame_bytes: number };
    client.send({ id: 1, op: 'query', method: 'x'.repeat(max) });
    t.match(await expectClose(t, client, 1009), { retry_ms: null });
  },

  async C15(t, { connect }) {
    const { time } = await result(await connect(), { op: 'ping' });
    t.ok(Number.isInteger(time));
  },

  async C16(t, { connect }) {
    const client = await connect();
    const ids = Array.from({ length: 20 }, (_, n) => n);
    for (const id of ids) client.send({ id, op: id % 2 === 0 ? 'ping' : 'list' });
    await client.until('replies', () => client.of('reply').length >= ids.length);
    t.same(
      client
        .of('reply')
        .map(({ id }) => Number(id))
        .toSorted((a, b) => a - b),
      ids,
    );
  },
};
