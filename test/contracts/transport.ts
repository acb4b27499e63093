import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { createLogger } from '../../src/logger.js';
import type { TlsFiles } from '../../src/ws/tls-files.js';
import type {
  Admission,
  HttpRequest,
  HttpResponse,
  Transport,
  TransportFactory,
  TransportHandlers,
  TransportOptions,
  TransportSocket,
  UpgradeAnswer,
  UpgradeRequest,
} from '../../src/ws/transport.js';
import { ask as askPlain } from '../support/ask.js';
import { until } from '../support/until.js';

const logger = createLogger({ level: 'silent', format: 'json' });

interface Site {
  readonly transport: Transport;
  readonly sockets: TransportSocket[];
  readonly closes: { socket: TransportSocket; code: number }[];
  readonly messages: { socket: TransportSocket; data: Buffer; isBinary: boolean }[];
  readonly congested: TransportSocket[];
  readonly drained: TransportSocket[];
}

function admit({ path, address }: UpgradeRequest, subprotocol: string | null): UpgradeAnswer {
  return { accept: true, subprotocol, admission: { path, address, agent: null, token: null } };
}

/**
 * What every transport driver promises; runs each promise against real sockets.
 *
 * @param idleTimeoutMs the shortest that the driver can do; null: idle peers are not looked at
 * @param tls null: without TLS
 */
export function transportContract(
  t: Test,
  start: TransportFactory,
  idleTimeoutMs: number | null,
  tls: TlsFiles | null = null,
): void {
  const isSecure = tls !== null;
  const scheme = isSecure ? 'wss' : 'ws';

  function ask(
    port: number,
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Buffer,
  ): ReturnType<typeof askPlain> {
    return askPlain(port, method, path, headers, body, isSecure);
  }

  /** A bare connection on which a test writes what it likes. */
  async function rawSocket(at: Test, port: number): Promise<Socket> {
    const raw = isSecure
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    raw.on('error', () => undefined);
    at.teardown(() => raw.destroy());
    await once(raw, isSecure ? 'secureConnect' : 'connect');
    return raw;
  }

  async function site(
    at: Test,
    changes: Partial<TransportOptions> = {},
    handlers: Partial<TransportHandlers> = {},
  ): Promise<Site> {
    const sockets: TransportSocket[] = [];
    const closes: Site['closes'] = [];
    const messages: Site['messages'] = [];
    const congested: TransportSocket[] = [];
    const drained: TransportSocket[] = [];
    const transport = await start(
      {
        host: '127.0.0.1',
        port: 0,
        accepts: (path) => path === '/v1/stream',
        maxBodyBytes: 1_000,
        maxMessageBytes: 300_000,
        highMarkBytes: 100_000,
        idleTimeoutMs: 60_000,
        closeGraceMs: 300,
        requestTimeoutMs: 10_000,
        tls,
        logger,
        ...changes,
      },
      {
        upgrade: (request): UpgradeAnswer => admit(request, request.subprotocols[0] ?? null),
        open: (socket) => sockets.push(socket),
        message: (socket, data, isBinary) => messages.push({ socket, data: Buffer.from(data), isBinary }),
        control: () => undefined,
        congested: (socket) => congested.push(socket),
        drained: (socket) => drained.push(socket),
        close: (socket, code) => closes.push({ socket, code }),
        http: () => answerOf(200, 'hello'),
        ...handlers,
      },
    );
    at.teardown(() => transport.close(0));
    return { transport, sockets, closes, messages, congested, drained };
  }

  async function open(at: Test, port: number, subprotocols: string[] = []): Promise<WebSocket> {
    const ws = new WebSocket(`${scheme}://127.0.0.1:${port}/v1/stream`, subprotocols, {
      perMessageDeflate: false,
      rejectUnauthorized: false,
    });
    ws.on('error', () => undefined);
    at.teardown(() => ws.terminate());
    await once(ws, 'open');
    return ws;
  }

  function inbox(ws: WebSocket): { data: Buffer; isBinary: boolean }[] {
    const got: { data: Buffer; isBinary: boolean }[] = [];
    ws.on('message', (data: Buffer, isBinary: boolean) => got.push({ data, isBinary }));
    return got;
  }

  /** A client that does not read; once it does, it compares each frame with the pattern of its place. */
  async function stoppedReader(at: Test, port: number, sizes: readonly number[] = []) {
    const ws = await open(at, port);
    ws.pause();
    const reader = { ws, got: [] as boolean[], isCut: false };
    ws.on('message', (data: Buffer) => {
      const index = reader.got.length;
      reader.got.push(data.equals(pattern(index, sizes[index] ?? 0)));
    });
    ws.on('close', () => {
      reader.isCut = true;
    });
    return reader;
  }

  t.test('listens on a free port when asked for port 0, and says which port is taken', async (at) => {
    const { transport } = await site(at);
    at.ok(transport.port > 0);
    await at.rejects(
      site(at, { port: transport.port }),
      { name: 'OperatorError', message: new RegExp(`port ${transport.port} is in use.*--port`) },
      'a second one on the same port is refused in words',
    );
    const { status } = await ask(transport.port, 'GET', '/');
    at.equal(status, 200, 'and the first one goes on');
  });

  t.test('carries frames of every size, text and binary, whole and in order, both ways', async (at) => {
    const { transport, sockets, messages } = await site(at);
    const ws = await open(at, transport.port);
    const got = inbox(ws);
    const sizes = [0, 1, 125, 126, 127, 15_359, 15_360, 15_361, 16_384, 30_720, 65_535, 65_536, 200_000];
    const sent = sizes.flatMap((size, i) => [
      { data: pattern(i, size), isBinary: true },
      { data: Buffer.from('ä'.repeat(size >> 1)), isBinary: false },
    ]);
    for (const { data, isBinary } of sent) sockets[0]?.send(transport.frame(data, isBinary));
    await until('all frames', () => got.length === sent.length);
    at.ok(
      sent.every((s, i) => got[i]?.isBinary === s.isBinary && s.data.equals(got[i]?.data ?? Buffer.alloc(0))),
    );
    for (const { data, isBinary } of sent) ws.send(data, { binary: isBinary });
    await until('all echoes', () => messages.length === sent.length);
    at.ok(
      sent.every(
        (s, i) => messages[i]?.isBinary === s.isBinary && s.data.equals(messages[i]?.data ?? Buffer.alloc(0)),
      ),
    );
  });

  t.test(
    'keeps the order of each socket when sockets get different choices of the same frames',
    async (at) => {
      const { transport, sockets } = await site(at);
      const clients = await Promise.all([1, 2, 3, 4].map(() => open(at, transport.port)));
      const got = clients.map(inbox);
      await until('sockets', () => sockets.length === 4);
      const byMessage = sockets.map(() => [] as string[]);
      for (let turn = 0; turn < 5; turn++) {
        for (let n = 0; n < 20; n++) {
          const text = `${turn}.${n}`;
          const frame = transport.frame(Buffer.from(text), false);
          for (const [i, socket] of sockets.entries()) {
            if ((n * 7 + turn) % (i + 1) !== 0) continue;
            socket.send(frame);
            byMessage[i]?.push(text);
          }
        }
        await new Promise(setImmediate);
      }
      const expected = byMessage.map((list) => list.join()).sort();
      await until('all', () => got.reduce((n, list) => n + list.length, 0) === byMessage.flat().length);
      at.same(got.map((list) => list.map(({ data }) => data.toString()).join()).sort(), expected);
    },
  );

  // The republished uWebSockets.js loses the payload of a large send of which the kernel takes nothing at all. So
  // this finds out how much the kernel takes, fills it to the last byte, and goes on with large frames.
  t.test('corrupts no byte of large frames to a reader that has stopped', async (at) => {
    const { transport, sockets } = await site(at, { highMarkBytes: 0 });
    const size = 30_000;
    const wireSize = size + 4;
    const probe = await stoppedReader(at, transport.port);
    let taken = 0;
    for (let sent = wireSize; taken === 0 && sent < 100_000_000; sent += wireSize) {
      sockets[0]?.send(transport.frame(pattern(0, size), true));
      // Over TLS a write takes some turns.
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      const queued = sockets[0]?.queuedBytes ?? 0;
      if (queued > 0) taken = sent - queued;
    }
    probe.ws.terminate();
    at.ok(taken > 0, 'the reader has really stopped');
    const filling = Math.floor(taken / wireSize) - 1;
    const sizes = Array.from({ length: filling }, () => size);
    sizes.push(taken - filling * wireSize - 4, ...Array.from({ length: 40 }, (_, i) => size + i * 2_000));
    const reader = await stoppedReader(at, transport.port, sizes);
    for (const [index, length] of sizes.entries()) {
      sockets[1]?.send(transport.frame(pattern(index, length), true));
      await new Promise(setImmediate);
    }
    at.ok(
      (sockets[1]?.queuedBytes ?? 0) > size,
      `the kernel is full: ${sockets[1]?.queuedBytes} wait, it took ${taken}`,
    );
    reader.ws.resume();
    await until('all large frames', () => reader.got.length === sizes.length || reader.isCut);
    at.equal(reader.isCut, false, 'the client finds no nonsense in the stream');
    at.ok(
      reader.got.length === sizes.length && reader.got.every((isWhole) => isWhole),
      'every byte is as sent',
    );
  });

  t.test('tells of a slow reader and of its recovery, and others notice nothing', async (at) => {
    const { transport, sockets, congested, drained } = await site(at);
    const slow = await open(at, transport.port);
    const slowSocket = sockets[0];
    const quick = await open(at, transport.port);
    const quickGot = inbox(quick);
    const slowGot = inbox(slow);
    slow.pause();
    const frame = transport.frame(pattern(1, 50_000), true);
    let sent = 0;
    for (; congested.length === 0 && sent < 2_000; sent++) {
      for (const socket of sockets) socket.send(frame);
      await until('the quick one', () => quickGot.length > sent);
    }
    at.same(new Set(congested), new Set([slowSocket]));
    at.ok((slowSocket?.queuedBytes ?? 0) > 100_000, 'what waits is told');
    at.equal(drained.length, 0);
    slow.resume();
    await until('recovery', () => drained.includes(slowSocket as TransportSocket));
    await until('the rest', () => slowGot.length === sent);
    at.equal(slowSocket?.queuedBytes, 0);
  });

  t.test('sends what is queued before it closes, and the code and reason with it', async (at) => {
    const { transport, sockets, closes } = await site(at);
    const ws = await open(at, transport.port);
    const got = inbox(ws);
    sockets[0]?.send(transport.frame(Buffer.from('last words'), false));
    sockets[0]?.close(4408, 'too slow');
    const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
    at.equal(code, 4408);
    at.equal(reason.toString(), 'too slow');
    at.same(
      got.map(({ data }) => data.toString()),
      ['last words'],
    );
    await until('close is told', () => closes.length === 1);
    sockets[0]?.send(transport.frame(Buffer.from('x'), false));
    sockets[0]?.close(1000, '');
    sockets[0]?.terminate();
    await new Promise(setImmediate);
    at.equal(closes.length, 1, 'once, and calls on a closed socket do nothing');
    at.equal(sockets[0]?.isOpen, false);
  });

  t.test("tells the client's close code, and 1006 for a cut", async (at) => {
    const { transport, closes } = await site(at);
    (await open(at, transport.port)).close(4001, 'bye');
    await until('close', () => closes.length === 1);
    (await open(at, transport.port)).terminate();
    await until('cut', () => closes.length === 2);
    at.same(
      closes.map(({ code }) => code),
      [4001, 1006],
    );
  });

  t.test('cuts a peer that takes neither what waits nor the close', async (at) => {
    const { transport, sockets, closes, congested } = await site(at);
    const ws = await open(at, transport.port);
    ws.pause();
    const frame = transport.frame(pattern(1, 200_000), true);
    for (let i = 0; congested.length === 0 && i < 500; i++) {
      sockets[0]?.send(frame);
      await new Promise(setImmediate);
    }
    sockets[0]?.close(4408, 'too slow');
    await until('the cut', () => closes.length === 1);
    at.equal(closes[0]?.socket, sockets[0]);
  });

  t.test('refuses a message that is too large, and text that is not UTF-8; others go on', async (at) => {
    const { transport, messages, closes } = await site(at);
    const [big, broken, good] = await Promise.all([1, 2, 3].map(() => open(at, transport.port)));
    big?.send(Buffer.alloc(300_001));
    broken?.send(Buffer.from([0xff, 0xfe, 0xfd]), { binary: false });
    await until('two closes', () => closes.length === 2);
    good?.send('hello');
    await until('the good one', () => messages.length === 1);
    at.equal(messages[0]?.data.toString(), 'hello');
  });

  const isLookedAt = idleTimeoutMs === null ? { skip: 'looked at without TLS' } : {};
  t.test('cuts a peer that answers no pings, and keeps one that does', isLookedAt, async (at) => {
    const { transport, sockets, closes } = await site(at, { idleTimeoutMs: idleTimeoutMs ?? 0 });
    const dead = new WebSocket(`${scheme}://127.0.0.1:${transport.port}/v1/stream`, {
      autoPong: false,
      rejectUnauthorized: false,
    });
    dead.on('error', () => undefined);
    at.teardown(() => dead.terminate());
    await once(dead, 'open');
    await open(at, transport.port);
    // The bound of `until` is too short for the drivers' shortest idle time.
    if (closes.length === 0) await once(dead, 'close');
    await until('close is told', () => closes.length > 0);
    at.equal(closes.length, 1);
    at.equal(closes[0]?.socket, sockets[0]);
    at.equal(sockets[1]?.isOpen, true);
  });

  t.test('upgrades only its path, with what the handler decides', async (at) => {
    const { transport, sockets } = await site(
      at,
      {},
      {
        upgrade: (request): UpgradeAnswer =>
          request.headers.origin === 'http://evil.example'
            ? { accept: false, status: 403, reason: 'no' }
            : admit(request, request.subprotocols[1] ?? null),
      },
    );
    const ws = await open(at, transport.port, ['a', 'b']);
    at.equal(ws.protocol, 'b');
    at.equal(sockets[0]?.subprotocol, 'b');
    at.match(sockets[0]?.address, '127.0.0.1');
    const refusal = async (path: string, origin: string): Promise<number | undefined> => {
      const refused = new WebSocket(`${scheme}://127.0.0.1:${transport.port}${path}`, {
        headers: { origin },
        rejectUnauthorized: false,
      });
      refused.on('error', () => undefined);
      const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
      response.resume();
      refused.terminate();
      return response.statusCode;
    };
    at.equal(await refusal('/v1/stream', 'http://evil.example'), 403);
    at.notOk([101, undefined].includes(await refusal('/elsewhere', 'http://good.example')));
  });

  t.test(
    'upgrades every path that it accepts, and says which, with query, headers and address',
    async (at) => {
      const asked: UpgradeRequest[] = [];
      const admitted: Admission[] = [];
      const { transport, sockets } = await site(
        at,
        { accepts: (path) => path.startsWith('/ws/') },
        {
          upgrade: (request) => {
            asked.push(request);
            const { path, query } = request;
            const admission = { path, address: '10.9.8.7', agent: query, token: null };
            return { accept: true, subprotocol: null, admission };
          },
          open: (socket, admission) => {
            sockets.push(socket);
            admitted.push(admission);
          },
        },
      );
      for (const path of ['/ws/prices?a=%20b', '/ws/alerts']) {
        const ws = new WebSocket(`${scheme}://127.0.0.1:${transport.port}${path}`, {
          headers: { 'X-Thing': ['1', '2'] as unknown as string },
          rejectUnauthorized: false,
        });
        at.teardown(() => ws.terminate());
        await once(ws, 'open');
      }
      await until('both', () => admitted.length === 2);
      at.match(asked[0], { path: '/ws/prices', query: 'a=%20b', subprotocols: [] });
      at.equal(asked[0]?.headers['x-thing'], '1, 2', 'a header that came twice');
      at.match(asked[0]?.address ?? '', /127\.0\.0\.1|7f00:0001/);
      at.match(admitted, [
        { path: '/ws/prices', agent: 'a=%20b' },
        { path: '/ws/alerts', agent: '' },
      ]);
      at.same([sockets[0]?.address, sockets[1]?.address], ['10.9.8.7', '10.9.8.7'], 'as it was admitted');
    },
  );

  t.test(
    'gives requests whole: headers, address, and bodies of known length, in chunks, and none',
    async (at) => {
      const asked: HttpRequest[] = [];
      const { transport } = await site(
        at,
        {},
        {
          http: (request) => {
            asked.push(request);
            return answerOf(200, String(request.body.length));
          },
        },
      );
      const { port } = transport;
      const send = async (text: string): Promise<string> => {
        const raw = await rawSocket(at, port);
        let got = '';
        raw.on('data', (data: Buffer) => {
          got += data.toString();
        });
        for (const part of text.split('|')) {
          raw.write(part);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await until('an answer', () => got.includes('\r\n\r\n') || raw.destroyed);
        raw.destroy();
        return got;
      };
      const body = pattern(5, 1_000);
      at.match(await ask(port, 'POST', '/x?q=1', { 'X-One': 'a' }, body), { status: 200 });
      at.match(asked[0], { method: 'POST', path: '/x', query: 'q=1', headers: { 'x-one': 'a' } });
      at.match(asked[0]?.address ?? '', /127\.0\.0\.1|7f00:0001/);
      at.ok(body.equals(asked[0]?.body ?? new Uint8Array(0)), 'the largest body that is allowed');
      at.match(
        await send(
          'POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n|3\r\nabc\r\n|2\r\nd|e\r\n0\r\n\r\n',
        ),
        /200/,
      );
      at.equal(Buffer.from(asked[1]?.body ?? []).toString(), 'abcde');
      at.match(await send('POST /l HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n|ab|cd'), /200/);
      at.equal(Buffer.from(asked[2]?.body ?? []).toString(), 'abcd');
      for (const head of [
        'POST /n HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n',
        'GET /n HTTP/1.1\r\nhost: x\r\n\r\n',
      ])
        at.match(await send(head), /200/);
      at.same(
        asked.slice(3).map((request) => request.body.length),
        [0, 0],
      );
      at.match(await ask(port, 'POST', '/', {}, pattern(5, 1_001)), { status: 413 });
      const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
      at.match(
        await send(`POST /big HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n|${chunk}|${chunk}`),
        /413/,
      );
      const cut = await rawSocket(at, port);
      cut.write('POST /cut HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
      await new Promise((resolve) => setImmediate(resolve));
      cut.destroy();
      at.match(await ask(port, 'GET', '/last'), { status: 200 });
      at.same(
        asked.slice(5).map((request) => request.path),
        ['/last'],
        'what is too large or cut midway is never asked for',
      );
    },
  );

  t.test('answers HTTP: body, HEAD without one, 304, 404, and what a promise gives later', async (at) => {
    const large = pattern(3, 400_000);
    const answers: Record<string, () => HttpResponse | Promise<HttpResponse>> = {
      '/large': () => ({ status: 200, headers: { 'content-type': 'image/png' }, body: large }),
      '/later': () => new Promise((resolve) => setTimeout(() => resolve(answerOf(503, 'later')), 5)),
      '/same': () => ({ status: 304, headers: { etag: '"1"' }, body: new Uint8Array(0) }),
      '/fails': () => Promise.reject(new Error('inside')),
      '/throws': () => {
        throw new Error('inside');
      },
    };
    const asked: HttpRequest[] = [];
    const { transport } = await site(
      at,
      {},
      {
        http: (request) => {
          asked.push(request);
          return answers[request.path]?.() ?? answerOf(404, 'nothing');
        },
      },
    );
    const { port } = transport;
    const got = await ask(port, 'GET', '/large?a=1&b=2');
    at.equal(got.status, 200);
    at.equal(got.headers['content-type'], 'image/png');
    at.ok(large.equals(got.body), 'a large body is whole');
    at.match(asked[0], { method: 'GET', path: '/large', query: 'a=1&b=2' });
    const head = await ask(port, 'HEAD', '/large');
    at.equal(head.headers['content-length'], '400000');
    at.equal(head.body.length, 0);
    at.equal((await ask(port, 'GET', '/same', { 'if-none-match': '"1"' })).status, 304);
    at.equal(asked.at(-1)?.headers['if-none-match'], '"1"');
    at.equal((await ask(port, 'GET', '/none')).status, 404);
    at.match(await ask(port, 'GET', '/later'), { status: 503, body: Buffer.from('later') });
    for (const path of ['/fails', '/throws']) {
      const failed = await ask(port, 'GET', path);
      at.equal(failed.status, 500);
      at.notMatch(failed.body.toString(), /inside/);
    }
  });

  t.test('refuses big uploads and survives requests that are cut midway', async (at) => {
    let answer: ((value: HttpResponse) => void) | null = null;
    const { transport } = await site(
      at,
      {},
      {
        http: ({ method, path }) =>
          path === '/slow'
            ? new Promise((resolve) => {
                answer = resolve;
              })
            : answerOf(method === 'POST' ? 405 : 200, 'x'),
      },
    );
    const { port } = transport;
    // The server may answer or cut before it has read all: both are refusals.
    const outcome = await ask(port, 'POST', '/', {}, Buffer.alloc(8_000_000)).then(
      ({ status }) => status,
      () => 'cut',
    );
    at.ok(outcome === 413 || outcome === 'cut', `${outcome}`);
    const raw = await rawSocket(at, port);
    raw.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('the request', () => answer !== null);
    raw.destroy();
    await once(raw, 'close');
    (answer as unknown as (value: HttpResponse) => void)(answerOf(200, 'too late'));
    const half = await rawSocket(at, port);
    half.write('GET / HT');
    half.destroy();
    at.equal((await ask(port, 'GET', '/')).status, 200);
  });

  t.test('serves many sockets, and ends them all within the deadline of close', async (at) => {
    const { transport, sockets, closes } = await site(at);
    const clients = await Promise.all(Array.from({ length: 200 }, () => open(at, transport.port)));
    const got = clients.map(inbox);
    const frame = transport.frame(Buffer.from('to all'), true);
    for (const socket of sockets) socket.send(frame);
    await until('one each', () => got.every((list) => list.length === 1));
    clients[0]?.pause();
    for (const socket of sockets.slice(0, 100)) socket.close(1001, 'goes');
    await transport.close(200);
    at.equal(closes.length, 200);
    await at.rejects(ask(transport.port, 'GET', '/'), 'nothing listens any more');
  });
}

function answerOf(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(text) };
}

/** Bytes that differ with their place and with `seed`. */
function pattern(seed: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) + seed * 17) & 0xff;
  return bytes;
}
