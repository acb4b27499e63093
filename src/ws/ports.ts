import type { StatusMap } from '../api/system-status.js';
import type { AnalysisChannel, PriceChannel } from '../channels.js';
import type { AsUserOptions } from '../store/as-user.js';
import type { GuestReader } from '../store/guest-reader.js';
import type { Connection } from '../store/pool.js';
import type { AssetReader, CandleReader } from '../store/records.js';
import type { Timeframe } from '../timeframe.js';
import type { User } from './caller.js';
import type { SignIn } from './sign-in.js';

/** Current state of a channel: what a snapshot carries. */
export interface ChannelState {
  /** Offset of the newest change; updates that follow have a greater one. */
  readonly offset: number;
  /** Our clock, ms. */
  readonly time: number;
  /** Values in the order of the channel's fields (`trades`: a list of rows); null while there is no value yet. */
  readonly row: readonly unknown[] | null;
}

/** At which offset of its channel a candle closed. */
export interface ClosedAt {
  readonly offset: number;
  /** Start of the candle, ms. */
  readonly time: number;
}

/** Candlestick patterns of a closed candle. */
export interface ClosedPatterns {
  /** Start of the candle, ms. */
  readonly time: number;
  readonly found: readonly {
    readonly name: string;
    readonly direction: 'bullish' | 'bearish' | 'neutral';
  }[];
}

/** What the gateway sees of the engine: current state, never computation. Synchronous, reads memory only. */
export interface MarketView {
  /** Served symbols, in the order of the configuration. */
  symbols(): readonly string[];
  /** Database id of a served symbol; undefined if it is not served. */
  assetId(symbol: string): number | undefined;
  /** True if the prices of a served symbol are made up or replayed. @throws RangeError if it is not served */
  isSimulated(symbol: string): boolean;
  /** Configured indicator outputs, in the order of the row. */
  readonly indicatorColumns: readonly string[];
  /** @throws RangeError if the channel's symbol is not served */
  state(channel: PriceChannel): ChannelState;
  /**
   * Gives the candles that closed lately, oldest first, values in the order of `CANDLE_FIELDS`; at least all that
   * the database may not hold yet.
   * @throws RangeError if the symbol is not served
   */
  recentClosed(symbol: string, timeframe: Timeframe): readonly (readonly unknown[])[];
  /**
   * Gives which candles of a series closed after an offset of its `candles` channel, and at which, oldest first; null: that
   * is not known of all of them any more.
   * @throws RangeError if the symbol is not served
   */
  closesAfter(symbol: string, timeframe: Timeframe, offset: number): readonly ClosedAt[] | null;
  /**
   * Gives the newest closed candle of a series and the candlestick patterns that it completes; null if none has closed.
   * @throws RangeError if the symbol is not served
   */
  patterns(symbol: string, timeframe: Timeframe): ClosedPatterns | null;
}

/** Health for `/readyz` and `welcome`. */
export interface Readiness {
  /** Null when ready, else what is missing, in words. */
  notReady(): string | null;
  readonly simulated: boolean;
}

export interface GatewayPorts {
  readonly market: MarketView;
  readonly candles: CandleReader;
  readonly assets: AssetReader;
  /** Null: this server analyses nothing. */
  readonly analysis: AnalysisView | null;
  /** Null: there is no database. */
  readonly stored: StoredAnalyses | null;
  /** Null: there is no database, so nobody can log in. */
  readonly users: UserStore | null;
  /** Null: there is no database, so nobody can log in. */
  readonly accounts: Accounts | null;
  /** Null: there is no database, so nobody can log in. */
  readonly signIn: SignIn | null;
  /** Null: nothing is known of the server's parts. */
  readonly status: SystemStatus | null;
  /** Null: nothing is computed for users here. */
  readonly userViews: UserViews | null;
  readonly readiness: Readiness;
  /** Prometheus text for `/metrics`. */
  metricsText(): Promise<string>;
  /** Names the server's run; offsets of another epoch mean nothing. */
  readonly epoch: string;
}

/** What guests read of the database, without its connections. */
export type StoredAnalyses = Pick<GuestReader, keyof GuestReader>;

/** A row of an analysis under v4's column names, with `time`, `state` (`forming` or `closed`) and `simulated`. */
export type AnalysisMap = Readonly<Record<string, unknown>>;

/**
 * What the gateway sees of the analyses: their newest values, with the candles that form. Synchronous; reads memory, and
 * computes at most once in a quarter of a second what nobody has asked for meanwhile. Null: nothing can be said yet.
 */
export interface AnalysisView {
  /** Ids and names of the sectors that are analysed. */
  sectors(): readonly { readonly id: number; readonly name: string }[];
  /** Columns of `metrics_snapshot`. */
  metrics(timeframe: Timeframe): AnalysisMap | null;
  /** Columns of `ai_regime_analysis`; 1h and longer. */
  regime(timeframe: Timeframe): AnalysisMap | null;
  /** `current_regime`, `probabilities` of each regime `horizon` closed candles ahead, and `statistics` of the past. */
  regimeForecast(timeframe: Timeframe, horizon: number): AnalysisMap | null;
  /** Columns of `ai_sector_analysis` with `sector_id` and `sector`, the best first. */
  sectorAnalyses(): readonly AnalysisMap[];
  /**
   * Columns of `ai_cross_sector_analysis`, and `flows`: a list of `from_sector_id`, `from_sector`, `to_sector_id`,
   * `to_sector`, `score`.
   */
  rotation(): AnalysisMap | null;
  /** `current_analysis`, `performance_metrics`, `recommendation`; rejects with a RangeError if the symbol is not served. */
  asset(symbol: string): Promise<AnalysisMap>;
  /**
   * Newest scores of a watchlist's assets: `time`, `outlook`, `direction` and `scores`, a list of `asset_id`, `score`, `rank`
   * and `missing`; null: there is no such list, or nothing is known.
   */
  watchlist(id: number): Promise<AnalysisMap | null>;
  /**
   * Values of `metrics`, `regime` and `sectors` channels in the order of their fields (`sectors`: a list of rows), with
   * their offset. The `sector` of a channel is its name.
   */
  state(channel: AnalysisChannel): ChannelState;
}

/** The rows of users. */
export interface UserStore {
  /**
   * Runs `work` in a transaction in which the database shows and takes the rows of one user only, whatever its queries
   * say; of the role `cryptopredict_gateway`. Null: as a guest.
   * @throws what `work` or the database throws; nothing of it stays then
   */
  as<T>(
    userId: number | null,
    work: (connection: Connection) => Promise<T>,
    options?: AsUserOptions,
  ): Promise<T>;
  /** Whose rows of the market are read, such as `binance` or `demo`. */
  readonly dataSource: string;
}

/** Who is who. What users do with their accounts is in `SignIn`. */
export interface Accounts {
  /** Gives who a session token speaks for; null: nobody, or not any more. @throws RequestError `unavailable` */
  authenticate(token: string): Promise<User | null>;
  /**
   * Gives those of some sessions whose log-in still holds, by the id that was asked for, with the role that their users
   * have now. A refresh leaves a log-in holding: `expiresAt` is then that of its newest tokens.
   */
  holding(sessionIds: readonly number[]): Promise<ReadonlyMap<number, User>>;
  /**
   * Has `listener` called in this process when sessions of a user may have ended, or the user's role changed: `holding`
   * tells. Gives what takes the listener away.
   */
  onRevoked(listener: (userId: number) => void): () => void;
}

/** How the parts of the server stand. */
export interface SystemStatus {
  /** Gives what was found when it was last looked, at most a second ago. Synchronous, O(1). */
  current(): StatusMap;
  /**
   * Has `listener` called after each look, once a second; it must not throw. State changes are told apart from that, as
   * events of the outbox channel `system-status`. Gives what ends that.
   */
  onChange(listener: (status: StatusMap) => void): () => void;
}

/** What is computed for one user, or for a list: the user's own portfolio or dashboard, or a list by its id. */
export type UserView =
  | { readonly kind: 'portfolio' | 'dashboard' }
  | { readonly kind: 'watchlist'; readonly id: number };

/**
 * Live states of users: rows of `PORTFOLIO_FIELDS`, `WATCHLIST_FIELDS`, `DASHBOARD_FIELDS`. What somebody is subscribed to
 * at the broker is computed and published while it moves, under `userViewTopic`, and nothing else is.
 */
export interface UserViews {
  /**
   * Gives the state of a view, for a subscription after the broker has it: updates follow at the next offset. The row of a
   * list that does not exist is null. Whether the user may see a list is the caller's to check.
   */
  state(view: UserView, userId: number): Promise<ChannelState>;
}

/** Gives the topic of a view at the broker: `portfolio#42`, `dashboard#42`, `watchlist:7`. */
export function userViewTopic(view: UserView, userId: number): string {
  return view.kind === 'watchlist' ? `watchlist:${view.id}` : `${view.kind}#${userId}`;
}
