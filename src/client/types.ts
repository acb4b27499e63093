import type { CHANNEL_KINDS, Rate } from '../channels.js';
import type {
  CandleData,
  IndicatorData,
  MetricsData,
  Position,
  RegimeData,
  SectorData,
  SignalData,
  SignalEventData,
  TickerData,
  TradeData,
} from '../protocol.js';
import type { Timeframe } from '../timeframe.js';

type Rated<Name extends string> = Name | `${Name}@${Rate}`;

/** Names of channels; a rate behind `@` asks for at most one update in that time. */
export type TickerChannel = `ticker:${string}`;
export type TradesChannel = `trades:${string}`;
export type CandlesChannel = Rated<`candles:${string}:${Timeframe}`>;
export type IndicatorsChannel = Rated<`indicators:${string}:${Timeframe}`>;
export type MetricsChannel = Rated<`metrics:${MetricsTimeframe}`>;
export type RegimeChannel = Rated<`regime:${RegimeTimeframe}`>;
export type SectorsChannel = Rated<'sectors'>;
/** By the sector's name or id. */
export type SectorChannel = `sectors:${string}`;
/** Takes no rate: none of its events is left out. */
export type SignalsChannel = 'signals' | `signals:${string}`;
export type AnyChannel =
  | TickerChannel
  | TradesChannel
  | CandlesChannel
  | IndicatorsChannel
  | MetricsChannel
  | RegimeChannel
  | SectorsChannel
  | SectorChannel
  | SignalsChannel;

export type MetricsTimeframe = (typeof CHANNEL_KINDS)['metrics']['timeframes'][number];
export type RegimeTimeframe = (typeof CHANNEL_KINDS)['regime']['timeframes'][number];
/** Windows of analyses of sectors. */
export type Period = '1h' | '4h' | '1d' | '7d' | '30d';

/** What the updates of a channel carry. */
export type DataOf<C extends string> = C extends TickerChannel
  ? TickerData
  : C extends TradesChannel
    ? readonly TradeData[]
    : C extends CandlesChannel
      ? CandleData
      : C extends IndicatorsChannel
        ? IndicatorData
        : C extends MetricsChannel
          ? MetricsData
          : C extends RegimeChannel
            ? RegimeData
            : C extends SectorsChannel
              ? readonly SectorData[]
              : C extends SectorChannel
                ? SectorData
                : C extends SignalsChannel
                  ? SignalEventData
                  : unknown;

/** What the snapshot of a channel carries: of `signals` those that are active, else what its updates carry. */
export type StateOf<C extends string> = C extends SignalsChannel ? readonly SignalData[] : DataOf<C>;

/** Full state of a channel: the first of a subscription, and the first after every reconnect. */
export interface Snapshot<S> {
  readonly type: 'snapshot';
  readonly channel: string;
  readonly position: Position;
  /** Server's clock, ms. */
  readonly time: number;
  /** Null while the series has no value yet. */
  readonly data: S | null;
  /** Present if it is the first after a reconnect: changes in between were not seen. */
  readonly resumed?: Resumed;
}

/** A change that follows the snapshot. */
export interface Update<D> {
  readonly type: 'update';
  readonly channel: string;
  readonly position: Position;
  readonly time: number;
  readonly data: D;
}

/** `S`: what snapshots carry, where that is something else than what updates do. */
export type Change<D, S = D> = Snapshot<S> | Update<D>;

/** A channel goes on after a reconnect. */
export interface Resumed {
  readonly channel: string;
  /** The last that was seen before; null if nothing was. */
  readonly from: Position | null;
  readonly to: Position;
  /** Changes that happened in between; null: unknown, because the server was restarted. */
  readonly missed: number | null;
}

/** An asset as `assets.list` and `assets.get` answer it: prices in quote currency, changes in percent, times in ms. */
export interface AssetData {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly asset_type: string;
  readonly quote_currency: string | null;
  readonly data_source: string;
  readonly is_active: boolean;
  readonly current_price: number | null;
  readonly price_change_24h: number | null;
  readonly price_change_7d: number | null;
  readonly price_change_30d: number | null;
  readonly ath: number | null;
  readonly ath_date: number | null;
  readonly atl: number | null;
  readonly atl_date: number | null;
  readonly market_cap: number | null;
  readonly market_cap_rank: number | null;
  readonly total_volume: number | null;
  readonly last_price_update: number | null;
  /** Present once a live price is known. */
  readonly simulated?: boolean;
  /** Why each field that is null is so. */
  readonly missing: Readonly<Record<string, string>>;
}

/** All current indicator values of a series, as `indicators.get` answers them. */
export interface IndicatorValues {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly time: number;
  readonly closed: boolean;
  readonly forming: boolean;
  /** Server's clock, ms. */
  readonly computed_at: number;
  /** By column; null while it warms up. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Candlestick patterns that the newest closed candle completes. */
  readonly patterns: readonly {
    readonly name: string;
    readonly direction: 'bullish' | 'bearish' | 'neutral';
  }[];
  /** Start of that candle, ms; null: none has closed. */
  readonly patterns_time: number | null;
}

/** A candle of `candles.list`; with `indicators: true` its values by column, null where they are not known. */
export type CandleItem = CandleData & {
  readonly indicators?: Readonly<Record<string, number | null>> | null;
};

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back as `cursor` for the next page; null: there is none. */
  readonly next_cursor: string | null;
}
