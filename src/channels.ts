import { isTimeframe, TIMEFRAMES, type Timeframe } from './timeframe.js';

/**
 * Channel kinds: by what follows the kind in a channel's name, and who may subscribe. `symbol`: a symbol; `series`: a symbol
 * and a timeframe; `market`: a timeframe, of `timeframes`; `sectors`: nothing, or a sector; `events`: nothing, or a symbol;
 * `own-events` and `own-view`: nothing, each user has their own; `list`: the id of a watchlist; `admin-events`: nothing.
 */
export const CHANNEL_KINDS = {
  ticker: { scope: 'symbol', role: 'guest' },
  trades: { scope: 'symbol', role: 'guest' },
  candles: { scope: 'series', role: 'guest' },
  indicators: { scope: 'series', role: 'guest' },
  metrics: { scope: 'market', role: 'guest', timeframes: ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] },
  regime: { scope: 'market', role: 'guest', timeframes: ['1h', '4h', '1d', '1w', '1M'] },
  sectors: { scope: 'sectors', role: 'guest' },
  signals: { scope: 'events', role: 'guest' },
  alerts: { scope: 'own-events', role: 'user' },
  notifications: { scope: 'own-events', role: 'user' },
  portfolio: { scope: 'own-view', role: 'user' },
  watchlist: { scope: 'list', role: 'user' },
  dashboard: { scope: 'own-view', role: 'user' },
  'system-status': { scope: 'admin-events', role: 'admin' },
  recommendations: { scope: 'admin-events', role: 'admin' },
} as const satisfies Record<string, Scope & { readonly role: 'guest' | 'user' | 'admin' }>;

type Scope =
  | {
      readonly scope:
        | 'symbol'
        | 'series'
        | 'sectors'
        | 'events'
        | 'own-events'
        | 'admin-events'
        | 'own-view'
        | 'list';
    }
  | { readonly scope: 'market'; readonly timeframes: readonly Timeframe[] };

export type ChannelKind = keyof typeof CHANNEL_KINDS;

type KindOf<S extends Scope['scope']> = {
  [K in ChannelKind]: (typeof CHANNEL_KINDS)[K]['scope'] extends S ? K : never;
}[ChannelKind];

/** Rates a client may ask for after `@`, in ms between updates; without one it gets every tick. */
export const RATES = { '100ms': 100, '250ms': 250, '1s': 1000 } as const;
export type Rate = keyof typeof RATES;

interface Named {
  /** Name without the rate: what is published under. */
  readonly name: string;
  /** ms between updates; 0 means every one. */
  readonly rateMs: number;
}

/** A channel of one symbol's prices. */
export type PriceChannel =
  | (Named & { readonly kind: KindOf<'symbol'>; readonly symbol: string; readonly timeframe: null })
  | (Named & { readonly kind: KindOf<'series'>; readonly symbol: string; readonly timeframe: Timeframe });

/** A channel of what is computed of the whole market, or of its sectors. */
export type AnalysisChannel =
  | (Named & { readonly kind: KindOf<'market'>; readonly timeframe: Timeframe })
  /** `sector`: as it was written, a name or an id; null: all of them. */
  | (Named & { readonly kind: 'sectors'; readonly sector: string | null });

/** A channel of events of which none is left out: every one is an update, and a snapshot is what stands. */
export interface EventChannel extends Named {
  readonly kind: KindOf<'events' | 'own-events' | 'admin-events'>;
  /** Null: of all symbols, or of none. */
  readonly symbol: string | null;
  /** Whose own channel it is; null: everybody's, or all admins'. */
  readonly userId: number | null;
  /** As whom its rows are read; null: as a guest. */
  readonly readerId: number | null;
  readonly rateMs: 0;
}

/** A channel of what is computed for a user, of which the newest state is enough. */
export type UserChannel =
  | (Named & { readonly kind: KindOf<'own-view'>; readonly userId: number })
  /** `userId`: who watches; the list is theirs or a default one. */
  | (Named & { readonly kind: 'watchlist'; readonly watchlistId: number; readonly userId: number });

/** A channel of which the newest state is enough. */
export type StateChannel = PriceChannel | AnalysisChannel | UserChannel;

/** A channel name taken apart. */
export type Channel = StateChannel | EventChannel;

/** Longest channel name that is looked at. */
export const MAX_CHANNEL_LENGTH = 120;

/** What stands for every symbol in the name of a price channel. */
export const EVERY_SYMBOL = '*';

/** Who names a channel, as far as it matters; null: a guest. */
export type Subscriber = { readonly id: number; readonly role: 'public' | 'admin' } | null;

/** Why a name is no channel, in words for the client: what was wrong and what is allowed. */
export interface ChannelFault {
  readonly code: 'unknown_channel' | 'unauthenticated' | 'forbidden';
  readonly fault: string;
}

/** Gives the canonical name of a symbol's channel, e.g. `candles:BTC/USDT:1m`. */
export function channelName(
  kind: KindOf<'symbol' | 'series' | 'events'>,
  symbol: string,
  timeframe?: Timeframe,
): string {
  return timeframe === undefined ? `${kind}:${symbol}` : `${kind}:${symbol}:${timeframe}`;
}

/** Gives the channel of a symbol's ticker or trades, without a rate. */
export function symbolChannel(kind: KindOf<'symbol'>, symbol: string): PriceChannel {
  return { name: channelName(kind, symbol), kind, symbol, timeframe: null, rateMs: 0 };
}

/** Gives the channel of a series, without a rate. */
export function seriesChannel(kind: KindOf<'series'>, symbol: string, timeframe: Timeframe): PriceChannel {
  return { name: channelName(kind, symbol, timeframe), kind, symbol, timeframe, rateMs: 0 };
}

/** Says whether a channel tells events, of which none is left out. */
export function isEventChannel(channel: Channel): channel is EventChannel {
  return 'readerId' in channel;
}

/** Says whether a channel is of what is computed for a user. */
export function isUserChannel(channel: Channel): channel is UserChannel {
  return 'userId' in channel && !('readerId' in channel);
}

/** Says whether only who has logged in may have a channel. */
export function needsLogin({ kind }: Channel): boolean {
  return CHANNEL_KINDS[kind].role !== 'guest';
}

/** Says whether somebody may have a channel now that was named by who was at the same place before. */
export function isFor(channel: Channel, subscriber: Subscriber): boolean {
  const { role } = CHANNEL_KINDS[channel.kind];
  if (role === 'guest') return true;
  if (subscriber === null || (role === 'admin' && subscriber.role !== 'admin')) return false;
  const namedBy = isEventChannel(channel) ? channel.readerId : isUserChannel(channel) ? channel.userId : null;
  return namedBy === subscriber.id;
}

/** Says whether a channel's name stands for every symbol that is served. */
export function isPattern(channel: Channel): boolean {
  return 'symbol' in channel && channel.symbol === EVERY_SYMBOL && !isEventChannel(channel);
}

/** Gives the name of one symbol's channel of a pattern, rate included. */
export function memberOf(pattern: string, symbol: string): string {
  return pattern.replace(`:${EVERY_SYMBOL}`, () => `:${symbol}`);
}

/** Gives the broker's topic of a channel: a user's own channels are topics of their own, which no other user's are. */
export function topicName(name: string, userId: number | null): string {
  return userId === null ? name : `${name}#${userId}`;
}

/** Gives the broker's topic of a channel. A watchlist has one, whoever watches. */
export function topicOf(channel: Channel): string {
  return 'userId' in channel && channel.kind !== 'watchlist'
    ? topicName(channel.name, channel.userId)
    : channel.name;
}

/** Kinds of which none is left out: their events are the database's, and the same for every process. */
const EVENT_KINDS: readonly string[] = Object.entries(CHANNEL_KINDS).flatMap(([kind, { scope }]) =>
  scope.endsWith('events') ? [kind] : [],
);

/** Says whether a topic of the broker carries events; the others carry what this process has computed. */
export function isEventTopic(topic: string): boolean {
  return EVENT_KINDS.includes(topic.split(/[:#]/, 1)[0] ?? '');
}

/**
 * Takes a channel name apart: `<kind>[:<symbol or sector>][:<timeframe>][@<rate>]`. Symbols of derivatives hold a colon
 * themselves (`BTC/USDT:USDT`), so the timeframe is what follows the last one. Whether the symbol, sector or list exists
 * is not looked at.
 *
 * @param subscriber whose own channel is meant, and who may have it
 */
export function parseChannel(text: string, subscriber: Subscriber = null): Channel | ChannelFault {
  if (text.length > MAX_CHANNEL_LENGTH) {
    return unknown(`a channel has at most ${MAX_CHANNEL_LENGTH} characters, this has ${text.length}`);
  }
  const at = text.lastIndexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  const rate = at === -1 ? null : text.slice(at + 1);
  if (rate !== null && !Object.hasOwn(RATES, rate)) {
    const allowed = Object.keys(RATES).map((known) => `@${known}`);
    return unknown(`"@${rate}" is not a rate; allowed: ${allowed.join(', ')}`);
  }
  const rateMs = rate === null ? 0 : RATES[rate as Rate];
  const colon = name.indexOf(':');
  const kind = colon === -1 ? name : name.slice(0, colon);
  if (!isKind(kind)) {
    return unknown(`"${kind}" is not a channel kind; allowed: ${Object.keys(CHANNEL_KINDS).join(', ')}`);
  }
  const rest = colon === -1 ? null : name.slice(colon + 1);
  if (CHANNEL_KINDS[kind].role === 'guest') return parseKind(text, { name, rateMs }, kind as GuestKind, rest);
  if (subscriber === null) {
    return { code: 'unauthenticated', fault: `"${kind}" needs a login: see auth.login and the op auth` };
  }
  if (CHANNEL_KINDS[kind].role === 'admin' && subscriber.role !== 'admin') {
    return { code: 'forbidden', fault: `"${kind}" is for admins` };
  }
  return parseOwn({ name, rateMs }, kind as OwnKind, rest, subscriber.id);
}

type OwnKind = KindOf<'own-events' | 'admin-events' | 'own-view' | 'list'>;
type GuestKind = Exclude<ChannelKind, OwnKind>;

function isKind(text: string): text is ChannelKind {
  return Object.hasOwn(CHANNEL_KINDS, text);
}

/** Channels of users and admins. */
function parseOwn(named: Named, kind: OwnKind, rest: string | null, userId: number): Channel | ChannelFault {
  switch (kind) {
    case 'watchlist':
      return rest !== null && /^[1-9]\d{0,9}$/.test(rest)
        ? { ...named, kind, watchlistId: Number(rest), userId }
        : unknown(`"${kind}" lacks the id of a list; the form is watchlist:7`);
    case 'portfolio':
    case 'dashboard':
      return rest === null ? { ...named, kind, userId } : bare(kind);
    case 'alerts':
    case 'notifications':
    case 'system-status':
    case 'recommendations': {
      if (rest !== null) return bare(kind);
      if (named.rateMs !== 0) return noRate(kind);
      const isOwn = CHANNEL_KINDS[kind].scope === 'own-events';
      return { ...named, kind, symbol: null, userId: isOwn ? userId : null, readerId: userId, rateMs: 0 };
    }
  }
}

function bare(kind: OwnKind): ChannelFault {
  return unknown(`"${kind}" stands alone: nothing follows it but a rate, where it takes one`);
}

function noRate(kind: ChannelKind): ChannelFault {
  return unknown(`"${kind}" takes no rate: none of its events is left out`);
}

/** `rest` is what follows the first colon; null: there is none. */
function parseKind(text: string, named: Named, kind: GuestKind, rest: string | null): Channel | ChannelFault {
  switch (kind) {
    case 'ticker':
    case 'trades':
      return rest === null || rest === ''
        ? unknown(`"${text}" lacks a symbol; the form is ${kind}:BTC/USDT`)
        : { ...named, kind, symbol: rest, timeframe: null };
    case 'candles':
    case 'indicators': {
      const last = rest?.lastIndexOf(':') ?? -1;
      const symbol = rest?.slice(0, Math.max(last, 0)) ?? '';
      const timeframe = rest?.slice(last + 1) ?? '';
      if (symbol !== '' && isTimeframe(timeframe)) return { ...named, kind, symbol, timeframe };
      const form = `${kind}:BTC/USDT:1m with one of ${TIMEFRAMES.join(', ')}`;
      return unknown(`"${text}" lacks a symbol or timeframe; the form is ${form}`);
    }
    case 'metrics':
    case 'regime': {
      const { timeframes } = CHANNEL_KINDS[kind];
      const timeframe = timeframes.find((known) => known === rest);
      return timeframe === undefined
        ? unknown(`"${text}" lacks a timeframe; the form is ${kind}:1h with one of ${timeframes.join(', ')}`)
        : { ...named, kind, timeframe };
    }
    case 'sectors':
      return rest === ''
        ? unknown(`"${text}" lacks a sector; the form is sectors, or sectors:DeFi with its name or id`)
        : { ...named, kind, sector: rest };
    case 'signals': {
      if (named.rateMs !== 0) return noRate(kind);
      if (rest === EVERY_SYMBOL)
        return unknown('"signals:*" is not needed: "signals" has those of all symbols');
      return rest === ''
        ? unknown(`"${text}" lacks a symbol; the form is ${kind}, or ${kind}:BTC/USDT`)
        : { ...named, kind, symbol: rest, userId: null, readerId: null, rateMs: 0 };
    }
  }
}

function unknown(fault: string): ChannelFault {
  return { code: 'unknown_channel', fault };
}
