import { METRICS_FIELDS, REGIME_FIELDS, SECTOR_FIELDS } from './analysis-fields.js';
import type { ChannelKind, EventChannel } from './channels.js';
import type { ErrorCode } from './errors.js';
import { DASHBOARD_FIELDS, PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from './user-view-fields.js';

export type { MetricsData, RegimeData, SectorData, SignalData, SignalEventData } from './analysis-data.js';
export type {
  DashboardData,
  HoldingData,
  PortfolioData,
  WatchedAssetData,
  WatchlistData,
} from './user-view-fields.js';

/** WebSocket subprotocols, the first being the default. */
export const SUBPROTOCOLS = ['cryptopredict.v1.msgpack', 'cryptopredict.v1.json'] as const;
export type Subprotocol = (typeof SUBPROTOCOLS)[number];

/** Where the stream answers. */
export const STREAM_PATH = '/v1/stream';

/** What a client may ask for. */
export const OPS = ['auth', 'subscribe', 'unsubscribe', 'query', 'ping', 'list', 'explain'] as const;
export type Op = (typeof OPS)[number];

/** `id` is the client's own, echoed in the reply: text of at most 64 characters or a safe integer. */
export type RequestId = string | number;

/** A place in a channel's sequence of events. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

export type ClientMessage =
  | {
      readonly id: RequestId;
      readonly op: 'subscribe';
      readonly channels: readonly string[];
      /** Send `data` as arrays in the order of the snapshot's `fields`; applies to the channels named here. */
      readonly rows?: boolean;
      readonly recover?: Readonly<Record<string, Position>>;
    }
  | { readonly id: RequestId; readonly op: 'unsubscribe'; readonly channels: readonly string[] }
  | {
      readonly id: RequestId;
      readonly op: 'query';
      readonly method: string;
      readonly params?: Readonly<Record<string, unknown>>;
    }
  | { readonly id: RequestId; readonly op: 'ping' }
  | { readonly id: RequestId; readonly op: 'list' }
  /** Says who is at the other end, from now on: `token` is the access token of `auth.login` or `auth.refresh`. */
  | { readonly id: RequestId; readonly op: 'auth'; readonly token: string }
  | { readonly id: RequestId; readonly op: 'explain'; readonly channel: string };

export interface Limits {
  readonly max_frame_bytes: number;
  readonly max_subscriptions: number;
  readonly max_messages_per_second: number;
}

export interface WelcomeMessage {
  readonly type: 'welcome';
  /** Name and version of the server. */
  readonly server: string;
  /** Changes when the server starts anew: offsets of another epoch mean nothing. */
  readonly epoch: string;
  readonly time: number;
  readonly limits: Limits;
  /** True if any served price is made up or replayed. */
  readonly simulated: boolean;
}

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
}

export type ReplyMessage =
  | { readonly type: 'reply'; readonly id: RequestId; readonly ok: true; readonly result: unknown }
  | {
      readonly type: 'reply';
      /** Null if the message was too broken to hold one. */
      readonly id: RequestId | null;
      readonly ok: false;
      readonly error: WireError;
    };

/** Full state of a channel; updates with a greater offset follow. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  /** As the client wrote it, rate included. */
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
  /**
   * Null while there is no value yet, and where `recovered` is true. A map, or with `rows` an array in the order of `fields`;
   * of channels of events a list, of `system-status` a map.
   */
  readonly data: unknown;
  /** Only with `rows`; never of channels of events. */
  readonly fields?: readonly string[];
  /** Only after `recover`. True: `offset` is the one that was asked for, and what was missed follows as updates. */
  readonly recovered?: boolean;
}

export interface UpdateMessage {
  readonly type: 'update';
  readonly channel: string;
  readonly offset: number;
  readonly time: number;
  readonly data: unknown;
}

export interface SkippedMessage {
  readonly type: 'skipped';
  readonly channel: string;
  /** Updates that were replaced by newer ones before they could be sent, since the last such message. */
  readonly count: number;
}

export interface ClosingMessage {
  readonly type: 'closing';
  readonly code: number;
  readonly reason: string;
  readonly retry_ms: number | null;
}

export interface DrainingMessage {
  readonly type: 'draining';
  readonly positions: Readonly<Record<string, Position>>;
  readonly retry_ms: number;
}

export type ServerMessage =
  | WelcomeMessage
  | ReplyMessage
  | SnapshotMessage
  | UpdateMessage
  | SkippedMessage
  | ClosingMessage
  | DrainingMessage;

/** `ticker`: rolling 24 h from 1m candles, null until 24 h are known; bid and ask null where the feed has none. */
export const TICKER_FIELDS = [
  'time',
  'last',
  'bid',
  'ask',
  'open_24h',
  'high_24h',
  'low_24h',
  'volume_24h',
  'change_24h_percent',
  'simulated',
  'exchange_time',
  'received_time',
] as const;

/** One entry of `trades`; its `data` is always a list of these, oldest first. */
export const TRADE_FIELDS = [
  'id',
  'time',
  'price',
  'amount',
  'side',
  'simulated',
  'exchange_time',
  'received_time',
] as const;

/** What every candle and indicator set carries besides its values; see `Quality` and `market.ts`. */
export const QUALITY_FIELDS = ['state', 'source', 'coverage', 'depth', 'simulated'] as const;

/** `candles`: prices in quote per base, volume in base units; `closed` once per candle, never lost. */
export const CANDLE_FIELDS = [
  'time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'trade_count',
  'vwap',
  'closed',
  ...QUALITY_FIELDS,
  'exchange_time',
  'received_time',
] as const;

/** `indicators`: these, then one column per configured output (`sma_20`, `rsi_14`, `macd_signal`, …), null in warm-up. */
export const INDICATOR_HEAD_FIELDS = [
  'time',
  'closed',
  ...QUALITY_FIELDS,
  'exchange_time',
  'received_time',
] as const;

/** Kinds whose data has fields in an order; events are maps. */
export type RowKind = Exclude<ChannelKind, EventChannel['kind']>;

/** Gives the fields of a channel kind's data; `indicatorColumns` are the configured outputs in order. */
export function fieldsOf(kind: RowKind, indicatorColumns: readonly string[]): readonly string[] {
  switch (kind) {
    case 'ticker':
      return TICKER_FIELDS;
    case 'trades':
      return TRADE_FIELDS;
    case 'candles':
      return CANDLE_FIELDS;
    case 'indicators':
      return [...INDICATOR_HEAD_FIELDS, ...indicatorColumns];
    case 'metrics':
      return METRICS_FIELDS;
    case 'regime':
      return REGIME_FIELDS;
    case 'sectors':
      return SECTOR_FIELDS;
    case 'portfolio':
      return PORTFOLIO_FIELDS;
    case 'watchlist':
      return WATCHLIST_FIELDS;
    case 'dashboard':
      return DASHBOARD_FIELDS;
  }
}

type Row<F extends readonly string[], T extends Record<F[number], unknown>> = T;

/** A `ticker` payload as a map. */
export type TickerData = Row<
  typeof TICKER_FIELDS,
  {
    time: number;
    last: number;
    bid: number | null;
    ask: number | null;
    open_24h: number | null;
    high_24h: number | null;
    low_24h: number | null;
    volume_24h: number | null;
    change_24h_percent: number | null;
    simulated: boolean;
    exchange_time: number;
    received_time: number;
  }
>;

/** One entry of a `trades` payload as a map. */
export type TradeData = Row<
  typeof TRADE_FIELDS,
  {
    id: string;
    time: number;
    price: number;
    amount: number;
    side: 'buy' | 'sell' | null;
    simulated: boolean;
    exchange_time: number;
    received_time: number;
  }
>;

/** A `candles` payload as a map; `candles.list` answers items of the same shape. */
export type CandleData = Row<
  typeof CANDLE_FIELDS,
  {
    time: number;
    open: number;
    high: number;
    low: number;
    close: number;
    volume: number;
    trade_count: number | null;
    vwap: number | null;
    closed: boolean;
    state: string;
    source: string;
    coverage: number;
    depth: number | null;
    simulated: boolean;
    exchange_time: number | null;
    received_time: number | null;
  }
>;

/** An `indicators` payload as a map: head fields, then a number or null per configured output. */
export type IndicatorData = {
  time: number;
  closed: boolean;
  state: string;
  source: string;
  coverage: number;
  depth: number;
  simulated: boolean;
  exchange_time: number;
  received_time: number;
} & Record<string, unknown>;
