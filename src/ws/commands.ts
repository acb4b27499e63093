import { z } from 'zod';
import { EVERY_SYMBOL } from '../channels.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { type ClientMessage, OPS, type Op, type RequestId } from '../protocol.js';
import type { ChannelSource } from './channel-source.js';
import type { Connection } from './connection.js';
import { explain } from './explain.js';
import type { Hub } from './hub.js';
import { becomeGuest, identify } from './identity.js';
import type { GatewayLimits } from './limits.js';
import type { MethodContext } from './methods/registry.js';
import { answerQuery } from './query.js';
import type { RequestLog } from './request-log.js';
import { requestId, validate } from './schema.js';
import type { Slices } from './slices.js';
import type { GatewayStats } from './stats.js';
import { subscribe, unsubscribe } from './subscribe.js';

/** What handling a message needs besides its connection. */
export interface CommandContext {
  readonly hub: Hub;
  readonly channels: ChannelSource;
  readonly slices: Slices;
  readonly methods: MethodContext;
  /** Null: nothing is remembered of queries. */
  readonly requestLog: RequestLog | null;
  readonly limits: GatewayLimits;
  readonly stats: GatewayStats;
  readonly logger: Logger;
  readonly now: () => number;
}

type Message<O extends Op> = Extract<ClientMessage, { op: O }>;
type Handler<O extends Op> = (
  context: CommandContext,
  connection: Connection,
  message: Message<O>,
) => Promise<void> | void;

const id = requestId;
const channels = z.array(z.string().min(1)).min(1).max(10_000);
/** Epochs are ours; what else a client sends goes to no query. */
const epoch = z.string().regex(/^[\x21-\x7e]{1,100}$/, 'not an epoch that this server has told');
const position = z.strictObject({ epoch, offset: z.int() });

const SCHEMAS: { readonly [O in Op]: z.ZodObject } = {
  subscribe: z.strictObject({
    id,
    op: z.literal('subscribe'),
    channels,
    rows: z.boolean().optional(),
    recover: z.record(z.string(), position).optional(),
  }),
  unsubscribe: z.strictObject({ id, op: z.literal('unsubscribe'), channels }),
  query: z.strictObject({
    id,
    op: z.literal('query'),
    method: z.string(),
    params: z.record(z.string(), z.unknown()).optional(),
  }),
  ping: z.strictObject({ id, op: z.literal('ping') }),
  list: z.strictObject({ id, op: z.literal('list') }),
  auth: z.strictObject({ id, op: z.literal('auth'), token: z.string().min(1).max(1_000) }),
  explain: z.strictObject({ id, op: z.literal('explain'), channel: z.string().min(1) }),
};

const HANDLERS: { readonly [O in Op]: Handler<O> } = {
  subscribe(context, connection, message) {
    if (!connection.limiter.takeChannels(costOf(context, message.channels), context.now())) {
      throw new RequestError(
        'rate_limited',
        `too many channels were subscribed to lately: each costs a snapshot; wait some seconds`,
        'channels',
      );
    }
    return subscribe(context, connection, message, () => {
      answer(connection, message.id, { channels: [...new Set(message.channels)] });
    });
  },

  async unsubscribe(context, connection, message) {
    const ended: string[] = [];
    for (const text of message.channels) {
      if (await unsubscribe(context, connection, text)) ended.push(text);
    }
    answer(connection, message.id, { channels: ended });
  },

  async query(context, connection, message) {
    const { methods, limits, requestLog } = context;
    if (connection.pendingQueries >= limits.maxPendingQueries) {
      throw new RequestError(
        'rate_limited',
        `${limits.maxPendingQueries} queries wait for their answer already`,
      );
    }
    connection.pendingQueries += 1;
    const isLogout = message.method === 'auth.logout';
    try {
      await connection.identifying;
      connection.isLoggingOut ||= isLogout;
      const caller = { ...methods, caller: connection.caller };
      const result = await answerQuery(caller, message.method, message.params ?? {}, requestLog);
      if (isLogout) await becomeGuest(context, connection);
      answer(connection, message.id, result);
    } finally {
      if (isLogout) connection.isLoggingOut = false;
      connection.pendingQueries -= 1;
    }
  },

  async auth(context, connection, message) {
    const { accounts } = context.methods;
    answer(connection, message.id, await identify(context, accounts, connection, message.token));
  },

  async explain(context, connection, message) {
    answer(connection, message.id, await explain(context, connection, message.channel));
  },

  ping({ now }, connection, message) {
    answer(connection, message.id, { time: now() });
  },

  list({ methods }, connection, message) {
    const subscriptions = [...connection.subscriptions.values()]
      .filter((subscription) => subscription.offset >= 0)
      .map(({ text, offset, epoch, form }) => {
        return { channel: text, epoch: epoch ?? methods.epoch, offset, rows: form.rows };
      });
    answer(connection, message.id, { subscriptions, patterns: [...connection.patterns.keys()] });
  },
};

/** Does what a client's message asks for, or refuses it; never throws, whatever the bytes are. */
export function handleMessage(
  context: CommandContext,
  connection: Connection,
  data: Uint8Array,
  isBinary: boolean,
): void {
  context.stats.messagesIn += 1;
  context.stats.bytesIn += data.length;
  if (connection.isClosed) return;
  const verdict = connection.limiter.take(context.now(), data.length);
  if (verdict === 'flood') {
    connection.bye('flood', 'too many messages, and it went on');
    return;
  }
  if (data.length > context.limits.maxFrameBytes) {
    connection.bye('tooBig', `a message has at most ${context.limits.maxFrameBytes} bytes`);
    return;
  }
  let replyTo: RequestId | null = null;
  let op = '-';
  try {
    const value = decodeMap(connection, data, isBinary);
    const parsedId = requestId.safeParse(value.id);
    if (parsedId.success) replyTo = parsedId.data;
    if (verdict === 'refused') {
      const { maxMessagesPerSecond, maxBytesPerSecond } = context.limits;
      const allowed =
        connection.limiter.excess === 'messages'
          ? `${maxMessagesPerSecond} messages`
          : `${maxBytesPerSecond} bytes of messages`;
      throw new RequestError('rate_limited', `at most ${allowed} a second; going on closes the connection`);
    }
    op = readOp(value);
    const message = validate(SCHEMAS[op as Op], value, 'bad_message', Object.keys(SCHEMAS[op as Op].shape));
    connection.understood();
    // The schema of this op has just been checked, which the type of a table cannot say.
    const handler = HANDLERS[op as Op] as Handler<Op>;
    const done = handler(context, connection, message as unknown as ClientMessage);
    done?.catch((error: unknown) => refuse(context, connection, replyTo, op, error));
  } catch (error) {
    refuse(context, connection, replyTo, op, error);
  }
}

function decodeMap(connection: Connection, data: Uint8Array, isBinary: boolean): Record<string, unknown> {
  const { codec } = connection;
  if (isBinary !== codec.isBinary) {
    const form = codec.isBinary ? 'binary messages, MessagePack' : 'text messages, JSON';
    throw new RequestError('bad_message', `this connection speaks ${codec.name}: send ${form}`);
  }
  const value = codec.decode(data);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError('bad_message', 'a message is one map with "id" and "op"');
  }
  return value as Record<string, unknown>;
}

function readOp(value: Record<string, unknown>): Op {
  const op = value.op;
  if (typeof op === 'string' && (OPS as readonly string[]).includes(op)) return op as Op;
  const allowed = OPS.join(', ');
  if (typeof op !== 'string')
    throw new RequestError('bad_message', `"op" is missing; allowed: ${allowed}`, 'op');
  throw new RequestError('unknown_op', `"${op.slice(0, 40)}" is not an op; allowed: ${allowed}`, 'op');
}

/** A pattern costs what it stands for, and never more than a quarter of what may be had at once. */
function costOf({ channels, limits }: CommandContext, texts: readonly string[]): number {
  const pattern = Math.min(channels.symbols().length, Math.floor(limits.maxSubscriptions / 4));
  return texts.reduce((sum, text) => sum + (text.includes(`:${EVERY_SYMBOL}`) ? pattern : 1), 0);
}

function answer(connection: Connection, replyTo: RequestId, result: unknown): void {
  connection.send({ type: 'reply', id: replyTo, ok: true, result });
}

function refuse(
  context: CommandContext,
  connection: Connection,
  replyTo: RequestId | null,
  op: string,
  error: unknown,
): void {
  if (error instanceof RequestError) {
    const { code, message, field } = error;
    connection.refuse(replyTo, op, { code, message, ...(field === undefined ? {} : { field }) });
    return;
  }
  context.logger.error({ op, error: messageOf(error), stack: (error as Error)?.stack }, 'request failed');
  connection.refuse(replyTo, op, { code: 'internal', message: 'the server failed; it has been logged' });
}
