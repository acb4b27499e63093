import { isTimeframe, TIMEFRAMES, type Timeframe } from './timeframe.js';

/**
 * Channel kinds, by what follows the kind in a channel's name. `symbol`: a symbol; `series`: a symbol and a timeframe;
 * `market`: a timeframe, of `timeframes`; `sectors`: nothing, or a sector; `events`: nothing, or a symbol.
 */
export const CHANNEL_KINDS = {
  ticker: { scope: 'symbol' },
  trades: { scope: 'symbol' },
  candles: { scope: 'series' },
  indicators: { scope: 'series' },
  metrics: { scope: 'market', timeframes: ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] },
  regime: { scope: 'market', timeframes: ['1h', '4h', '1d', '1w', '1M'] },
  sectors: { scope: 'sectors' },
  signals: { scope: 'events' },
} as const satisfies Record<string, Scope>;

type Scope =
  | { readonly scope: 'symbol' | 'series' | 'sectors' | 'events' }
  | { readonly scope: 'market'; readonly timeframes: readonly Timeframe[] };

export type ChannelKind = keyof typeof CHANNEL_KINDS;

type KindOf<S extends Scope['scope']> = {
  [K in ChannelKind]: (typeof CHANNEL_KINDS)[K]['scope'] extends S ? K : never;
}[ChannelKind];

/** Kinds of channels of users and admins: known, but nobody can log in yet. */
export const LOGIN_KINDS = [
  'alerts',
  'notifications',
  'portfolio',
  'watchlist',
  'dashboard',
  'system-status',
  'recommendations',
] as const;

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
  readonly kind: KindOf<'events'>;
  /** Null: of all symbols. */
  readonly symbol: string | null;
  readonly rateMs: 0;
}

/** A channel of which the newest state is enough. */
export type StateChannel = PriceChannel | AnalysisChannel;

/** A channel name taken apart. */
export type Channel = StateChannel | EventChannel;

/** Longest channel name that is looked at. */
export const MAX_CHANNEL_LENGTH = 120;

/** Why a name is no channel, in words for the client: what was wrong and what is allowed. */
export interface ChannelFault {
  readonly code: 'unknown_channel' | 'unauthenticated';
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
  return CHANNEL_KINDS[channel.kind].scope === 'events';
}

/**
 * Takes a channel name apart: `<kind>[:<symbol or sector>][:<timeframe>][@<rate>]`. Symbols of derivatives hold a colon
 * themselves (`BTC/USDT:USDT`), so the timeframe is what follows the last one. Whether the symbol or sector exists is
 * not looked at.
 */
export function parseChannel(text: string): Channel | ChannelFault {
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
  if ((LOGIN_KINDS as readonly string[]).includes(kind)) {
    return {
      code: 'unauthenticated',
      fault: `"${kind}" needs a login, which this version does not have yet`,
    };
  }
  if (!Object.hasOwn(CHANNEL_KINDS, kind)) {
    return unknown(`"${kind}" is not a channel kind; allowed: ${Object.keys(CHANNEL_KINDS).join(', ')}`);
  }
  return parseKind(text, { name, rateMs }, kind as ChannelKind, colon === -1 ? null : name.slice(colon + 1));
}

/** `rest` is what follows the first colon; null: there is none. */
function parseKind(
  text: string,
  named: Named,
  kind: ChannelKind,
  rest: string | null,
): Channel | ChannelFault {
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
      if (named.rateMs !== 0) return unknown(`"${kind}" takes no rate: none of its events is left out`);
      return rest === ''
        ? unknown(`"${text}" lacks a symbol; the form is ${kind}, or ${kind}:BTC/USDT`)
        : { ...named, kind, symbol: rest, rateMs: 0 };
    }
  }
}

function unknown(fault: string): ChannelFault {
  return { code: 'unknown_channel', fault };
}
