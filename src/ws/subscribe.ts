import { type Channel, isFor, isPattern, memberOf } from '../channels.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Position } from '../protocol.js';
import type { ChannelSource } from './channel-source.js';
import type { Connection } from './connection.js';
import { Subscription } from './group.js';
import type { Hub } from './hub.js';
import type { Slices } from './slices.js';

/** What subscribing works with. */
export interface SubscribeContext {
  readonly hub: Hub;
  readonly channels: ChannelSource;
  readonly slices: Slices;
  readonly limits: { readonly maxSubscriptions: number };
  readonly logger: Logger;
}

/** What a client asks for. */
export interface SubscribeRequest {
  readonly channels: readonly string[];
  readonly rows?: boolean;
  readonly recover?: Readonly<Record<string, Position>>;
}

/** A channel that is asked for; of a pattern each that it stands for. */
interface Wanted {
  readonly text: string;
  readonly channel: Channel;
  /** The pattern that it comes from; null: it was named. */
  readonly pattern: string | null;
}

/** What patterns of a connection stand for, all together, in multiples of `maxSubscriptions`. */
const PATTERN_SHARE = 4;

/**
 * Subscribes to all channels of a request or to none: `reply` is called, then a snapshot of each is sent, then updates that
 * follow it. A channel that is subscribed already begins anew. Takes turns with everything else, however many there are.
 * @throws RequestError `unknown_channel`, `unauthenticated`, `forbidden`, `too_many_subscriptions`, `unavailable`
 */
export async function subscribe(
  context: SubscribeContext,
  connection: Connection,
  request: SubscribeRequest,
  reply: () => void,
): Promise<void> {
  const { limits } = context;
  const texts = new Set(request.channels);
  const asked = { texts };
  connection.beginAsking(asked);
  try {
    // One after the other, so that of two requests for one channel the later one counts.
    const mine = await connection.inOrder(async () => {
      const wanted = await resolve(context, connection, texts);
      expectRoom(connection, wanted, limits.maxSubscriptions);
      for (const { pattern } of wanted) {
        if (pattern !== null && texts.has(pattern)) connection.keepPattern(pattern, request);
      }
      return register(context, connection, wanted, request, asked.texts);
    });
    const failure = await mine.ready;
    if (failure !== null) {
      for (const subscription of mine.current()) remove(connection, context.hub, subscription);
      for (const text of texts) connection.dropPattern(text);
      throw failure instanceof RequestError ? failure : away(context, failure);
    }
    if (connection.isClosed) return;
    reply();
    await begin(context, connection, mine.current());
  } finally {
    connection.endAsking(asked);
  }
}

/** Subscribes to what a pattern of a connection stands for since lately. @throws what the broker throws */
export async function extend(
  context: SubscribeContext,
  connection: Connection,
  pattern: string,
  symbols: readonly string[],
): Promise<void> {
  const request = connection.patterns.get(pattern);
  if (request === undefined || connection.isClosed) return;
  const asked = { texts: new Set([pattern]) };
  connection.beginAsking(asked);
  try {
    const mine = await connection.inOrder(async () => {
      const wanted = symbols.map((symbol): Wanted => {
        const text = memberOf(pattern, symbol);
        return { text, channel: context.channels.find(text, 'channels'), pattern };
      });
      return register(context, connection, wanted, { ...request, recover: {} }, asked.texts);
    });
    const failure = await mine.ready;
    if (failure !== null) {
      for (const subscription of mine.current()) remove(connection, context.hub, subscription);
      throw failure;
    }
    await begin(context, connection, mine.current());
  } finally {
    connection.endAsking(asked);
  }
}

/** Ends a subscription, or all that a pattern stands for; gives false if there was none. */
export async function unsubscribe(
  { hub, slices }: Pick<SubscribeContext, 'hub' | 'slices'>,
  connection: Connection,
  text: string,
): Promise<boolean> {
  let isAsked = false;
  for (const { texts } of connection.asking) isAsked = texts.delete(text) || isAsked;
  if (!connection.dropPattern(text)) {
    const subscription = connection.subscriptions.get(text);
    if (subscription === undefined || !subscription.isNamed) return isAsked;
    return end(connection, hub, text, null);
  }
  for (const { text: member, pattern } of [...connection.subscriptions.values()]) {
    if (pattern !== text) continue;
    end(connection, hub, member, text);
    if (slices.isOver) await slices.pause();
  }
  return true;
}

/** Ends all subscriptions of a connection that is gone, or those that `ends` names; takes turns with everything else. */
export async function unsubscribeAll(
  { hub, slices }: Pick<SubscribeContext, 'hub' | 'slices'>,
  connection: Connection,
  ends: (subscription: Subscription) => boolean = () => true,
): Promise<void> {
  for (const subscription of [...connection.subscriptions.values()]) {
    if (!ends(subscription)) continue;
    remove(connection, hub, subscription);
    if (slices.isOver) await slices.pause();
  }
}

async function resolve(
  { channels, slices, logger }: SubscribeContext,
  connection: Connection,
  texts: ReadonlySet<string>,
): Promise<readonly Wanted[]> {
  const { user } = connection.caller;
  const wanted: Wanted[] = [];
  for (const [index, text] of [...texts].entries()) {
    const field = `channels[${index}]`;
    const channel = channels.find(text, field, user);
    if (isPattern(channel)) {
      for (const symbol of channels.symbols()) {
        const member = memberOf(text, symbol);
        wanted.push({ text: member, channel: channels.find(member, field), pattern: text });
        if (slices.isOver) await slices.pause();
      }
      continue;
    }
    if (channel.kind === 'watchlist') await admit({ channels, logger }, channel, field);
    wanted.push({ text, channel, pattern: null });
    if (slices.isOver) await slices.pause();
  }
  return wanted;
}

/** @throws RequestError `unknown_channel`, also for what is another user's; `unavailable` */
export async function admit(
  { channels, logger }: Pick<SubscribeContext, 'channels' | 'logger'>,
  channel: Channel,
  field: string,
): Promise<void> {
  try {
    await channels.admit(channel, field);
  } catch (error) {
    throw error instanceof RequestError ? error : away({ logger }, error);
  }
}

/** The reason may name hosts and roles of ours: it is in the log only. */
function away({ logger }: Pick<SubscribeContext, 'logger'>, failure: unknown): RequestError {
  logger.warn({ error: messageOf(failure) }, 'channels cannot be subscribed to');
  return new RequestError('unavailable', 'the broker or the database is away: try again in some seconds');
}

function somebodyElse(): RequestError {
  const message = 'who asked has logged out meanwhile, or has another role';
  return new RequestError('unauthenticated', message, 'channels');
}

function expectRoom(connection: Connection, wanted: readonly Wanted[], max: number): void {
  const named = new Set<string>();
  const members = new Set<string>();
  for (const { text, isNamed, pattern } of connection.subscriptions.values()) {
    if (isNamed) named.add(text);
    if (pattern !== null) members.add(text);
  }
  for (const pattern of connection.patterns.keys()) named.add(pattern);
  const before = named.size;
  for (const { text, pattern } of wanted) {
    named.add(pattern ?? text);
    if (pattern !== null) members.add(text);
  }
  if (named.size > max) {
    throw new RequestError(
      'too_many_subscriptions',
      `a connection may have ${max} subscriptions; this has ${before}`,
      'channels',
    );
  }
  if (members.size > Math.max(max * PATTERN_SHARE, 1)) {
    throw new RequestError(
      'too_many_subscriptions',
      `patterns of a connection may stand for ${max * PATTERN_SHARE} channels, these for ${members.size}`,
      'channels',
    );
  }
}

/** Puts subscriptions into the place of what the connection had, and has the broker deliver. */
async function register(
  { hub, slices }: SubscribeContext,
  connection: Connection,
  wanted: readonly Wanted[],
  request: SubscribeRequest,
  /** Those that were not given up meanwhile. */
  texts: ReadonlySet<string>,
): Promise<{ readonly ready: Promise<unknown>; current(): readonly Subscription[] }> {
  const form = { codec: connection.codec, rows: request.rows === true };
  const mine: Subscription[] = [];
  const outcomes: Promise<unknown>[] = [];
  for (const { text, channel, pattern } of wanted) {
    if (connection.isClosed) break;
    if (!texts.has(pattern ?? text)) continue;
    // A log-out takes no turn in the line: what was ended by it does not begin behind it.
    if (!isFor(channel, connection.caller.user)) {
      outcomes.push(Promise.resolve(somebodyElse()));
      break;
    }
    const { recover } = request;
    const from = recover !== undefined && Object.hasOwn(recover, text) ? (recover[text] ?? null) : null;
    const subscription = new Subscription(connection, text, channel, form, from);
    const before = connection.subscriptions.get(text);
    subscription.isNamed = pattern === null || before?.isNamed === true;
    subscription.pattern = pattern ?? before?.pattern ?? null;
    // Held before the old one is released, so that the broker is not asked to stop and to begin again.
    const acquired = hub.acquire(subscription);
    outcomes.push(
      acquired.then(
        () => null,
        (error: unknown) => error ?? new Error('it was refused'),
      ),
    );
    if (before !== undefined) remove(connection, hub, before);
    connection.subscriptions.set(text, subscription);
    mine.push(subscription);
    if (slices.isOver) await slices.pause();
  }
  return {
    ready: Promise.all(outcomes).then((errors) => errors.find((error) => error !== null) ?? null),
    // Some may have been ended meanwhile, by `unsubscribe`, by another `subscribe` or with the connection.
    current: () => mine.filter((s) => connection.subscriptions.get(s.text) === s),
  };
}

/** Sends each subscription what it begins with, no faster than the client reads. */
async function begin(
  { hub, slices }: SubscribeContext,
  connection: Connection,
  subscriptions: readonly Subscription[],
): Promise<void> {
  for (const subscription of subscriptions) {
    const isWanted = (): boolean =>
      !connection.isClosed && connection.subscriptions.get(subscription.text) === subscription;
    if (!isWanted()) continue;
    for (const frames of hub.join(subscription)) {
      for (const frame of frames) connection.sendFrame(frame);
      if (slices.isOver) await slices.pause();
      if (connection.isCongested) await connection.whenDrained();
      if (!isWanted()) break;
    }
  }
}

/** Takes away one of the two that hold a subscription: the client's naming it, or a pattern. */
function end(connection: Connection, hub: Hub, text: string, pattern: string | null): boolean {
  const subscription = connection.subscriptions.get(text);
  if (subscription === undefined) return false;
  if (pattern === null) subscription.isNamed = false;
  else subscription.pattern = null;
  if (!subscription.isNamed && subscription.pattern === null) remove(connection, hub, subscription);
  return true;
}

function remove(connection: Connection, hub: Hub, subscription: Subscription): void {
  connection.subscriptions.delete(subscription.text);
  connection.drop(subscription);
  hub.leave(subscription);
  hub.release(subscription.channel);
}
