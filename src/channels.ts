import { isTimeframe, TIMEFRAMES, type Timeframe } from './timeframe.js';

/** Channel kinds that exist now, with the parts that follow the kind in a channel's name. */
export const CHANNEL_KINDS = {
  ticker: { timeframe: false },
  trades: { timeframe: false },
  candles: { timeframe: true },
  indicators: { timeframe: true },
} as const;

export type ChannelKind = keyof typeof CHANNEL_KINDS;

/** Rates a client may ask for after `@`, in ms between updates; without one it gets every tick. */
export const RATES = { '100ms': 100, '250ms': 250, '1s': 1000 } as const;
export type Rate = keyof typeof RATES;

/** A channel name taken apart. */
export interface Channel {
  /** Name without the rate: what is published under. */
  readonly name: string;
  readonly kind: ChannelKind;
  readonly symbol: string;
  /** Present for `candles` and `indicators`. */
  readonly timeframe: Timeframe | null;
  /** ms between updates; 0 means every tick. */
  readonly rateMs: number;
}

/** Longest channel name that is looked at. */
export const MAX_CHANNEL_LENGTH = 100;

/** Why a name is no channel, in words for the client: what was wrong and what is allowed. */
export interface ChannelFault {
  readonly fault: string;
}

/** Gives the canonical name of a channel, e.g. `candles:BTC/USDT:1m`. */
export function channelName(kind: ChannelKind, symbol: string, timeframe?: Timeframe): string {
  return timeframe === undefined ? `${kind}:${symbol}` : `${kind}:${symbol}:${timeframe}`;
}

/**
 * Takes a channel name apart: `<kind>:<symbol>[:<timeframe>][@<rate>]`. Symbols of derivatives hold a colon
 * themselves (`BTC/USDT:USDT`), so the timeframe is what follows the last one. Whether the symbol exists is not
 * looked at.
 */
export function parseChannel(text: string): Channel | ChannelFault {
  if (text.length > MAX_CHANNEL_LENGTH) {
    return { fault: `a channel has at most ${MAX_CHANNEL_LENGTH} characters, this has ${text.length}` };
  }
  const at = text.lastIndexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  let rateMs = 0;
  if (at !== -1) {
    const rate = text.slice(at + 1);
    if (!Object.hasOwn(RATES, rate)) {
      return {
        fault: `"@${rate}" is not a rate; allowed: ${Object.keys(RATES)
          .map((r) => `@${r}`)
          .join(', ')}`,
      };
    }
    rateMs = RATES[rate as Rate];
  }
  const first = name.indexOf(':');
  const kind = first === -1 ? name : name.slice(0, first);
  if (!Object.hasOwn(CHANNEL_KINDS, kind)) {
    return { fault: `"${kind}" is not a channel kind; allowed: ${Object.keys(CHANNEL_KINDS).join(', ')}` };
  }
  const channelKind = kind as ChannelKind;
  const rest = first === -1 ? '' : name.slice(first + 1);
  if (!CHANNEL_KINDS[channelKind].timeframe) {
    return rest === ''
      ? { fault: `"${text}" lacks a symbol; the form is ${kind}:BTC/USDT` }
      : { name, kind: channelKind, symbol: rest, timeframe: null, rateMs };
  }
  const last = rest.lastIndexOf(':');
  const symbol = last === -1 ? rest : rest.slice(0, last);
  const timeframe = last === -1 ? '' : rest.slice(last + 1);
  if (symbol === '' || !isTimeframe(timeframe)) {
    return {
      fault: `"${text}" lacks a symbol or timeframe; the form is ${kind}:BTC/USDT:1m with one of ${TIMEFRAMES.join(', ')}`,
    };
  }
  return { name, kind: channelKind, symbol, timeframe, rateMs };
}
