import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { Received, SocketClient, SocketClientOptions } from '../support/socket-client.js';

/** What a statement of the conformance list is tested with. */
export interface Peer {
  readonly port: number;
  readonly encoding: 'msgpack' | 'json';
  readonly symbols: readonly string[];
  readonly admin: { readonly email: string; readonly password: string };
  /** Connects until the end of the statement. */
  connect(options?: SocketClientOptions): Promise<SocketClient>;
}

/** Tests one statement; `t` takes what was found. */
export type Statement = (t: Test, peer: Peer) => Promise<void>;
export type Statements = Readonly<Record<`C${number}`, Statement>>;

/** Somebody who has registered. */
export interface Member {
  readonly id: number;
  readonly access: string;
  readonly refresh: string;
}

const PASSWORD = 'correct horse battery';

/** Gives the result of a query, or of another op. @throws Error if it was refused */
export async function result(client: SocketClient, message: Received): Promise<Received> {
  const reply = await client.request(message);
  if (reply.ok !== true) throw new Error(`${JSON.stringify(message)}: ${JSON.stringify(reply.error)}`);
  return reply.result as Received;
}

/** Asks a method. @throws Error if it was refused */
export function query(client: SocketClient, method: string, params: Received = {}): Promise<Received> {
  return result(client, { op: 'query', method, params });
}

/** Gives the refusal of a request. @throws Error if it was answered */
export async function refusal(client: SocketClient, message: Received): Promise<Received> {
  const reply = await client.request(message);
  if (reply.ok !== false) throw new Error(`${JSON.stringify(message)} was answered`);
  return reply.error as Received;
}

/** Subscribes and waits for a new snapshot of each channel, or of each that a pattern stands for. */
export async function subscribe(
  client: SocketClient,
  channels: readonly string[],
  more: Received = {},
): Promise<void> {
  const before = client.of('snapshot').length;
  await result(client, { op: 'subscribe', channels, ...more });
  await client.until('snapshots', () => client.of('snapshot').length >= before + channels.length);
}

/** Waits for so many updates of a channel and gives them. */
export async function updates(client: SocketClient, channel: string, count: number): Promise<Received[]> {
  await client.until(`${count} updates of ${channel}`, () => client.of('update', channel).length >= count);
  return client.of('update', channel);
}

/** Registers somebody new. */
export async function join(client: SocketClient): Promise<Member> {
  return memberOf(
    await query(client, 'auth.register', { email: `${randomUUID()}@example.com`, password: PASSWORD }),
  );
}

/** Gives who an answer of `auth.login` or its like is of. */
export function memberOf(answer: Received): Member {
  const { id } = answer.user as { readonly id: number };
  return { id, access: String(answer.access_token), refresh: String(answer.refresh_token) };
}

/** Gives a connection of somebody new. */
export async function joined(peer: Peer): Promise<{ readonly client: SocketClient; readonly me: Member }> {
  const client = await peer.connect();
  const me = await join(client);
  await result(client, { op: 'auth', token: me.access });
  return { client, me };
}

/** Expects `closing` with a code and then the close with it. */
export async function expectClose(t: Test, client: SocketClient, code: number): Promise<Received> {
  t.equal(await client.closed(), code);
  const [closing] = client.of('closing');
  t.match(closing, { code, reason: /./ });
  return closing ?? {};
}
