import type { z } from 'zod';
import type { recommendationRow } from '../api/recommendations.js';
import type { StatusEvent, StatusMap } from '../api/system-status.js';
import type { dashboardState, portfolioState, watchlistState } from '../api/user-view-shapes.js';
import type { CHANNEL_KINDS, Rate } from '../channels.js';
import type {
  CandleData,
  IndicatorData,
  MetricsData,
  RegimeData,
  SectorData,
  SignalData,
  SignalEventData,
  TickerData,
  TradeData,
} from '../protocol.js';
import type { Timeframe } from '../timeframe.js';

type Rated<Name extends string> = Name | `${Name}@${Rate}`;

export type MetricsTimeframe = (typeof CHANNEL_KINDS)['metrics']['timeframes'][number];
export type RegimeTimeframe = (typeof CHANNEL_KINDS)['regime']['timeframes'][number];

/** Names of channels; a rate behind `@` asks for at most one update in that time, `*` for all symbols. */
export type TickerChannel = `ticker:${string}`;
export type TradesChannel = `trades:${string}`;
export type CandlesChannel = Rated<`candles:${string}:${Timeframe}`>;
export type IndicatorsChannel = Rated<`indicators:${string}:${Timeframe}`>;
export type MetricsChannel = Rated<`metrics:${MetricsTimeframe}`>;
export type RegimeChannel = Rated<`regime:${RegimeTimeframe}`>;
export type SectorsChannel = Rated<'sectors'>;
/** By the sector's name or id. */
export type SectorChannel = `sectors:${string}`;
/** Takes no rate, as all channels of events: none is left out. */
export type SignalsChannel = 'signals' | `signals:${string}`;
/** Channels of who has logged in. */
export type PortfolioChannel = Rated<'portfolio'>;
export type DashboardChannel = Rated<'dashboard'>;
/** By the id of the list: the user's own, or a default one. */
export type WatchlistChannel = Rated<`watchlist:${number}`>;

/** What channels carry: `state` in snapshots, `data` in updates. */
interface Kinds {
  ticker: { channel: TickerChannel; state: TickerData; data: TickerData };
  trades: { channel: TradesChannel; state: readonly TradeData[]; data: readonly TradeData[] };
  candles: { channel: CandlesChannel; state: CandleData; data: CandleData };
  indicators: { channel: IndicatorsChannel; state: IndicatorData; data: IndicatorData };
  metrics: { channel: MetricsChannel; state: MetricsData; data: MetricsData };
  regime: { channel: RegimeChannel; state: RegimeData; data: RegimeData };
  sectors: { channel: SectorsChannel; state: readonly SectorData[]; data: readonly SectorData[] };
  sector: { channel: SectorChannel; state: SectorData; data: SectorData };
  signals: { channel: SignalsChannel; state: readonly SignalData[]; data: SignalEventData };
  portfolio: { channel: PortfolioChannel; state: PortfolioData; data: PortfolioData };
  dashboard: { channel: DashboardChannel; state: DashboardData; data: DashboardData };
  watchlist: { channel: WatchlistChannel; state: WatchlistData; data: WatchlistData };
  alerts: { channel: 'alerts'; state: readonly AlertEventData[]; data: AlertEventData };
  notifications: {
    channel: 'notifications';
    state: readonly NotificationEventData[];
    data: NotificationEventData;
  };
  recommendations: {
    channel: 'recommendations';
    state: readonly RecommendationData[];
    data: RecommendationData;
  };
  system: { channel: 'system-status'; state: SystemStatusData; data: SystemStatusEvent };
}

export type AnyChannel = Kinds[keyof Kinds]['channel'];

type KindOf<C extends string> = {
  [K in keyof Kinds]: C extends Kinds[K]['channel'] ? K : never;
}[keyof Kinds];

/** What the updates of a channel carry. */
export type DataOf<C extends string> = [KindOf<C>] extends [never] ? unknown : Kinds[KindOf<C>]['data'];

/** What the snapshot of a channel carries: of channels of events what stands, else what its updates carry. */
export type StateOf<C extends string> = [KindOf<C>] extends [never] ? unknown : Kinds[KindOf<C>]['state'];

/** A portfolio as it stands by the newest prices: sums in US dollars; null: `missing` says why. */
export type PortfolioData = Readonly<z.output<typeof portfolioState>>;
/** What a dashboard shows; null: the `missing` beside it says why. */
export type DashboardData = Readonly<z.output<z.ZodObject<typeof dashboardState>>>;
/** A list as it stands by the newest prices; null: `missing` says why. */
export type WatchlistData = Readonly<z.output<typeof watchlistState>>;
/** An entry of the review queue. */
export type RecommendationData = Readonly<z.output<typeof recommendationRow>>;
/** How the server and its parts stand. */
export type SystemStatusData = StatusMap;
/** A part has changed its state, a gap was noticed or ended, or events were given up. */
export type SystemStatusEvent = StatusEvent;

/** A notification of the user. */
export interface NotificationEventData {
  readonly id: number;
  readonly notification_type: 'signal' | 'alert' | 'system' | 'educational';
  readonly priority: 'low' | 'normal' | 'high' | 'urgent';
  readonly title: string;
  readonly message: string;
  readonly status: 'unread' | 'read' | 'dismissed';
  /** What it is about. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An alert of the user has fired. */
export interface AlertEventData {
  readonly alert_id: number;
  readonly symbol: string;
  readonly alert_type: string;
  readonly condition: string;
  readonly trigger_value: number;
  readonly timeframe: Timeframe | null;
  readonly is_repeating: boolean;
  readonly notification_method: string | null;
  /** What fired it. */
  readonly cause: string;
  /** What was reached, what for, and what was before. */
  readonly value: number;
  readonly threshold: number;
  readonly previous: number | null;
  readonly direction: string | null;
  /** ms */
  readonly triggered_at: number;
  readonly title: string;
  readonly message: string;
}
