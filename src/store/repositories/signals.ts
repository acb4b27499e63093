import type { Timeframe } from '../../timeframe.js';
import type { Decimal } from '../changes.js';
import { Conditions, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { MarketRegime } from '../market-records.js';
import { appendEvents } from '../outbox.js';
import type { Queryable } from '../pool.js';
import {
  type RiskLevel,
  SIGNALS,
  type SignalRow,
  type SignalStatus,
  type SignalType,
} from '../signal-records.js';
import { recordActivities } from './activities.js';

/** A signal as a model makes it. Its key is model, asset, timeframe, candle time, type and user: it is written once. */
export interface NewSignal {
  readonly assetId: number;
  readonly aiModelId: number;
  readonly timeframe: Timeframe;
  /** Start of the candle at whose close it was made, ms since the epoch. */
  readonly candleTime: number;
  readonly signalType: 'long' | 'short';
  readonly signalOrigin:
    | 'watchlist_screening'
    | 'portfolio_rebalancing'
    | 'market_opportunity'
    | 'risk_management';
  readonly signalQuality: 'low' | 'medium' | 'high';
  /** 0–1. */
  readonly confidenceScore: number;
  readonly metricsSnapshotId?: number | null;
  readonly watchlistAnalysisId?: number | null;
  readonly portfolioAnalysisId?: number | null;
  /** Prices in quote currency. */
  readonly entryPrice?: number | null;
  readonly targetPrice?: number | null;
  readonly stopLoss?: number | null;
  readonly riskLevel?: 'low' | 'medium' | 'high' | 'extreme' | null;
  readonly riskRewardRatio?: number | null;
  readonly marketContext?: Readonly<Record<string, unknown>> | null;
  readonly sectorContext?: Readonly<Record<string, unknown>> | null;
  readonly confluenceFactors?: readonly unknown[] | null;
  readonly invalidationCriteria?: readonly unknown[] | null;
  readonly riskManagement?: Readonly<Record<string, unknown>> | null;
  readonly timeHorizonHours?: number | null;
  readonly optimalEntryTimeframe?: Timeframe | null;
  readonly monitoringTimeframe?: Timeframe | null;
  readonly signalStrength?: 'weak' | 'moderate' | 'strong' | 'very_strong' | null;
  readonly confluenceCount?: number | null;
  /** −1 to 1. */
  readonly marketCorrelation?: number | null;
  /** ms since the epoch; null: does not expire by itself. */
  readonly expiresAt?: number | null;
  /** Whose it is alone; null: everybody's. */
  readonly userId: number | null;
  /** Channels that tell of it, e.g. `signals` and `signals:BTC/USDT`. */
  readonly channels: readonly string[];
}

/** Columns that take what a signal brings, in this order: name in SQL and in JSON, type, name of the field. */
const COLUMNS: readonly (readonly [name: string, type: string, field: keyof NewSignal])[] = [
  ['user_id', 'integer', 'userId'],
  ['asset_id', 'integer', 'assetId'],
  ['ai_model_id', 'integer', 'aiModelId'],
  ['timeframe', 'timeframe', 'timeframe'],
  ['signal_type', 'signal_type', 'signalType'],
  ['signal_origin', 'signal_origin', 'signalOrigin'],
  ['signal_quality', 'signal_quality', 'signalQuality'],
  ['confidence_score', 'numeric', 'confidenceScore'],
  ['metrics_snapshot_id', 'bigint', 'metricsSnapshotId'],
  ['watchlist_analysis_id', 'bigint', 'watchlistAnalysisId'],
  ['portfolio_analysis_id', 'bigint', 'portfolioAnalysisId'],
  ['entry_price', 'numeric', 'entryPrice'],
  ['target_price', 'numeric', 'targetPrice'],
  ['stop_loss', 'numeric', 'stopLoss'],
  ['risk_level', 'risk_level', 'riskLevel'],
  ['risk_reward_ratio', 'numeric', 'riskRewardRatio'],
  ['market_context', 'jsonb', 'marketContext'],
  ['sector_context', 'jsonb', 'sectorContext'],
  ['confluence_factors', 'jsonb', 'confluenceFactors'],
  ['invalidation_criteria', 'jsonb', 'invalidationCriteria'],
  ['risk_management', 'jsonb', 'riskManagement'],
  ['time_horizon_hours', 'integer', 'timeHorizonHours'],
  ['optimal_entry_timeframe', 'timeframe', 'optimalEntryTimeframe'],
  ['monitoring_timeframe', 'timeframe', 'monitoringTimeframe'],
  ['signal_strength', 'signal_strength', 'signalStrength'],
  ['confluence_count', 'integer', 'confluenceCount'],
  ['market_correlation', 'numeric', 'marketCorrelation'],
];

/** `n` is the place among those given, so that the events come in the order of the signals. */
const INSERT = `
WITH given AS MATERIALIZED (
  SELECT ${COLUMNS.map(([name]) => name).join(', ')}, n,
    to_timestamp(candle_ms / 1000) AS candle_time, to_timestamp(expires_ms / 1000) AS expires_at
  FROM jsonb_to_recordset($1::jsonb) AS g (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')},
    candle_ms float8, expires_ms float8, n integer)
), inserted AS (
  INSERT INTO ai_trading_signals (${COLUMNS.map(([name]) => name).join(', ')}, candle_time, expires_at)
  SELECT ${COLUMNS.map(([name]) => name).join(', ')}, candle_time, expires_at FROM given ORDER BY n
  ON CONFLICT ON CONSTRAINT unique_ai_trading_signals_key DO NOTHING
  RETURNING id, created_at, user_id, ai_model_id, asset_id, timeframe, candle_time, signal_type
)
SELECT i.id, i.created_at, min(g.n) AS n FROM inserted i
JOIN given g ON g.user_id IS NOT DISTINCT FROM i.user_id
  AND (g.ai_model_id, g.asset_id, g.timeframe, g.candle_time, g.signal_type)
    = (i.ai_model_id, i.asset_id, i.timeframe, i.candle_time, i.signal_type)
GROUP BY i.id, i.created_at ORDER BY n`;

/**
 * Writes signals that are not there yet and an event for each of those to each of its channels, all in the caller's
 * transaction. Gives the number of those written; a key that comes twice among the given is written once, the first.
 *
 * @param connection in a transaction; it is to be rolled back if this rejects
 */
export async function insertSignals(connection: Queryable, signals: readonly NewSignal[]): Promise<number> {
  const given = signals.map((signal, n) => ({
    ...wireRow(signal),
    candle_ms: signal.candleTime,
    expires_ms: signal.expiresAt ?? null,
    n,
  }));
  const { rows } = await connection.query<{ id: number; created_at: number; n: number }>(INSERT, [
    // JSON has no such numbers and would make them NULL; as text they reach the CHECK, which refuses them.
    JSON.stringify(given, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
  ]);
  const events = rows.flatMap(({ id, created_at, n }) => {
    const signal = signals[n];
    if (signal === undefined) return [];
    const data = {
      id,
      ...wireRow(signal),
      candle_time: signal.candleTime,
      expires_at: signal.expiresAt ?? null,
      status: 'active',
      created_at,
    };
    return signal.channels.map((channel) => ({ channel, userId: signal.userId, data }));
  });
  await appendEvents(connection, events);
  return rows.length;
}

function wireRow(signal: NewSignal): Record<string, unknown> {
  return Object.fromEntries(COLUMNS.map(([name, , field]) => [name, signal[field] ?? null]));
}

/** A signal as it stands, with the names of its asset and its model. */
export interface SignalRecord extends SignalRow {
  readonly symbol: string;
  readonly modelName: string;
  readonly modelVersion: string;
  /** Of the asset, decimal text; null: not known. */
  readonly currentPrice: string | null;
}

export interface SignalFilter extends PageRequest {
  /** Signals of simulated prices and of real ones are never listed together. */
  readonly dataSource: string;
  readonly symbol?: string;
  readonly status?: SignalStatus;
  /** 0–1, inclusive. */
  readonly confidenceMin?: number;
}

const NEWEST = new Keyset('signals', 'DESC', [
  { sql: 's.created_at', type: 'time' },
  { sql: 's.id', type: 'integer' },
]);

const SELECT = `${SIGNALS.select('s')}, a.symbol, a.current_price AS "currentPrice", m.name AS "modelName",
  m.version AS "modelVersion"`;

const JOINS = 'JOIN assets a ON a.id = s.asset_id JOIN ai_models m ON m.id = s.ai_model_id';

/** Gives signals, the newest first. An active one whose time is over is listed as active until it is expired. */
export async function listSignals(database: Queryable, filter: SignalFilter): Promise<Page<SignalRecord>> {
  const where = new Conditions();
  where.add(filter.dataSource, (place) => `a.data_source = ${place}`);
  // By the asset's id, so that an index leads to its newest ones.
  where.add(
    filter.symbol,
    (place) => `s.asset_id = (SELECT id FROM assets WHERE data_source = $1 AND symbol = ${place})`,
  );
  where.add(filter.status, (place) => `s.status = ${place}`);
  where.add(filter.confidenceMin, (place) => `s.confidence_score >= ${place}::numeric`);
  const { rows } = await database.query<SignalRecord & KeyedRow>(
    `SELECT ${SELECT}, ${NEWEST.select} FROM ai_trading_signals s ${JOINS}
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...signal }) => signal);
}

/** Gives a signal; null: there is none that the user may see. */
export async function getSignal(database: Queryable, id: number): Promise<SignalRecord | null> {
  const { rows } = await database.query<SignalRecord>(
    `SELECT ${SELECT} FROM ai_trading_signals s ${JOINS} WHERE s.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** How an active signal ends. */
export interface SignalEnd {
  readonly id: number;
  readonly status: Exclude<SignalStatus, 'active'>;
  readonly reason?: string;
  /** In quote currency; what is left out stays as it is. */
  readonly actualEntryPrice?: Decimal;
  readonly maxFavorableExcursion?: Decimal;
  readonly maxAdverseExcursion?: Decimal;
  readonly signalSuccessful?: boolean;
}

interface EndedRow {
  readonly id: number;
  readonly user_id: number | null;
  readonly asset_id: number;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly signal_type: SignalType;
  readonly candle_time: number;
  readonly status: SignalStatus;
}

const ENDED = `s.id, s.user_id, s.asset_id, s.timeframe, s.signal_type, s.candle_time, s.status,
  (SELECT symbol FROM assets WHERE id = s.asset_id) AS symbol`;

/**
 * Ends signals that are active, and tells of each in the same transaction. One that is not active any more, or not
 * there, is passed over: each ends once, whoever tries. Gives the ids of those that were ended.
 *
 * @param connection in a transaction of the engine; it is to be rolled back if this rejects
 */
export async function endSignals(
  connection: Queryable,
  ends: readonly SignalEnd[],
): Promise<readonly number[]> {
  if (ends.length === 0) return [];
  const { rows } = await connection.query<EndedRow>(
    `WITH given AS MATERIALIZED (
       SELECT DISTINCT ON (id) * FROM jsonb_to_recordset($1::jsonb) AS g (id bigint, status signal_status,
         entry numeric, favorable numeric, adverse numeric, successful boolean, place integer)
       ORDER BY id, place
     ), held AS MATERIALIZED (
       SELECT id FROM ai_trading_signals WHERE id IN (SELECT id FROM given) AND status = 'active'
       ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE ai_trading_signals s SET status = g.status,
       invalidated_at = CASE g.status WHEN 'invalidated' THEN now() END,
       actual_entry_price = coalesce(g.entry, s.actual_entry_price),
       max_favorable_excursion = coalesce(g.favorable, s.max_favorable_excursion),
       max_adverse_excursion = coalesce(g.adverse, s.max_adverse_excursion),
       signal_successful = coalesce(g.successful, s.signal_successful)
     FROM given g, held h WHERE g.id = s.id AND h.id = s.id RETURNING ${ENDED}`,
    [
      JSON.stringify(
        ends.map((end, place) => ({
          id: end.id,
          status: end.status,
          entry: digits(end.actualEntryPrice),
          favorable: digits(end.maxFavorableExcursion),
          adverse: digits(end.maxAdverseExcursion),
          successful: end.signalSuccessful,
          place,
        })),
      ),
    ],
  );
  const reasons = new Map(ends.toReversed().map(({ id, reason }) => [id, reason]));
  await tellEnds(connection, rows, reasons);
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** JSON would make NULL of what is no number; as text it reaches the CHECK, which refuses it. */
function digits(value: Decimal | undefined): string | null {
  return value === undefined ? null : String(value);
}

/**
 * Expires active signals whose time is over, at most `limit` of them, and tells of each in the same transaction. Gives
 * their ids. Two servers that do so at once take different ones.
 *
 * @param connection in a transaction of the engine; it is to be rolled back if this rejects
 */
export async function expireSignals(connection: Queryable, limit = 1_000): Promise<readonly number[]> {
  const { rows } = await connection.query<EndedRow>(
    `UPDATE ai_trading_signals s SET status = 'expired' WHERE id IN (
       SELECT id FROM ai_trading_signals WHERE status = 'active' AND expires_at <= now()
       ORDER BY expires_at, id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
     ) RETURNING ${ENDED}`,
    [limit],
  );
  await tellEnds(connection, rows, new Map());
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** `conflict`: it is not active any more. */
export type CancelSignal = 'cancelled' | 'not_found' | 'conflict';

/**
 * Cancels an active signal for an admin, writes down who did and why, and tells of it, in the caller's transaction.
 *
 * @param connection in a transaction of the admin, as its last work
 */
export async function cancelSignal(
  connection: Queryable,
  adminId: number,
  id: number,
  reason: string,
): Promise<CancelSignal> {
  const { rows } = await connection.query<EndedRow>(
    `UPDATE ai_trading_signals s SET status = 'cancelled' WHERE s.id = $1 AND s.status = 'active' RETURNING ${ENDED}`,
    [id],
  );
  if (rows.length === 0) return (await getSignal(connection, id)) === null ? 'not_found' : 'conflict';
  await recordActivities(connection, [
    {
      userId: adminId,
      activityType: 'admin_action',
      entityType: 'signal',
      entityId: id,
      action: 'cancel',
      details: { reason },
    },
  ]);
  await tellEnds(connection, rows, new Map([[id, reason]]));
  return 'cancelled';
}

async function tellEnds(
  connection: Queryable,
  rows: readonly EndedRow[],
  reasons: ReadonlyMap<number, string | undefined>,
): Promise<void> {
  const events = rows
    .toSorted((a, b) => a.id - b.id)
    .flatMap(({ user_id: userId, ...signal }) => {
      const data = { ...signal, former_status: 'active', reason: reasons.get(signal.id) ?? null };
      return ['signals', `signals:${signal.symbol}`].map((channel) => ({ channel, userId, data }));
    });
  await appendEvents(connection, events);
}

export interface PerformanceQuery {
  readonly dataSource: string;
  /** Signals of candles from then on, ms. */
  readonly from: number;
  readonly timeframe?: Timeframe;
  /** Name of the model. */
  readonly model?: string;
  readonly assetId?: number;
}

/** What became of signals. What cannot be said without any is null. */
export interface SignalFigures {
  readonly signals: number;
  readonly active: number;
  /** Of which it is known whether they were successful. */
  readonly judged: number;
  readonly successful: number;
  /** 0–1 of those judged. */
  readonly successRate: number | null;
  readonly meanConfidence: number | null;
  readonly meanRiskReward: number | null;
  /** Percent of the entry price, how far the price went the signal's way and against it; both from 0 up as a rule. */
  readonly meanFavorablePct: number | null;
  readonly meanAdversePct: number | null;
}

export interface SignalPerformance {
  readonly total: SignalFigures;
  /** Name and version as `name version`. */
  readonly byModel: readonly (SignalFigures & { readonly model: string })[];
  readonly byTimeframe: readonly (SignalFigures & { readonly timeframe: Timeframe })[];
  readonly byRiskLevel: readonly (SignalFigures & { readonly riskLevel: RiskLevel | null })[];
  /** Of the regime that the newest analysis of the signal's snapshot saw; null: none did. */
  readonly byRegime: readonly (SignalFigures & { readonly regime: MarketRegime | null })[];
}

interface PerformanceRow extends SignalFigures {
  /** One bit per column that is not grouped by. */
  readonly grouping: number;
  readonly model: string;
  readonly timeframe: Timeframe;
  readonly riskLevel: RiskLevel | null;
  readonly regime: MarketRegime | null;
}

const MOVE = (price: string): string =>
  `(${price} - coalesce(s.actual_entry_price, s.entry_price)) / coalesce(s.actual_entry_price, s.entry_price) * 100
   * CASE s.signal_type WHEN 'long' THEN 1 ELSE -1 END`;

/** Gives what became of signals, in all and by model, timeframe, risk level and regime, in one pass. */
export async function signalPerformance(
  database: Queryable,
  query: PerformanceQuery,
): Promise<SignalPerformance> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `a.data_source = ${place}`)
    .add(query.from, (place) => `s.candle_time >= ${timeAt(place)}`)
    .add(query.timeframe, (place) => `s.timeframe = ${place}`)
    .add(query.model, (place) => `m.name = ${place}`)
    .add(query.assetId, (place) => `s.asset_id = ${place}`);
  const { rows } = await database.query<PerformanceRow>(
    `SELECT grouping(model, timeframe, risk_level, regime) AS grouping, model, timeframe,
       risk_level AS "riskLevel", regime,
       count(*) AS signals,
       count(*) FILTER (WHERE status = 'active') AS active,
       count(is_successful) AS judged,
       count(*) FILTER (WHERE is_successful) AS successful,
       avg(CASE WHEN is_successful THEN 1.0 WHEN NOT is_successful THEN 0 END)::float8 AS "successRate",
       avg(confidence_score)::float8 AS "meanConfidence",
       avg(risk_reward_ratio)::float8 AS "meanRiskReward",
       avg(favorable)::float8 AS "meanFavorablePct",
       avg(adverse)::float8 AS "meanAdversePct"
     FROM (
       SELECT m.name || ' ' || m.version AS model, s.timeframe, s.risk_level, r.current_regime AS regime, s.status,
         s.signal_successful AS is_successful, s.confidence_score, s.risk_reward_ratio,
         ${MOVE('s.max_favorable_excursion')} AS favorable, -(${MOVE('s.max_adverse_excursion')}) AS adverse
       FROM ai_trading_signals s ${JOINS}
       LEFT JOIN LATERAL (
         SELECT current_regime FROM ai_regime_analysis
         WHERE metrics_snapshot_id = s.metrics_snapshot_id AND data_source = 'live'
         ORDER BY analysis_time DESC, id DESC LIMIT 1
       ) r ON true
       WHERE ${where.sql()}
     ) AS judged
     GROUP BY GROUPING SETS ((), (model), (timeframe), (risk_level), (regime))
     ORDER BY model, timeframe, risk_level, regime`,
    where.values,
  );
  const groups = new Map(
    [0b0111, 0b1011, 0b1101, 0b1110, 0b1111].map((bits) => [bits, [] as PerformanceRow[]]),
  );
  for (const row of rows) groups.get(row.grouping)?.push(row);
  const of = <T>(bits: number, toGroup: (row: PerformanceRow, figures: SignalFigures) => T): readonly T[] =>
    (groups.get(bits) ?? []).map((row) => {
      const { grouping, model, timeframe, riskLevel, regime, ...figures } = row;
      return toGroup(row, figures);
    });
  const [total] = of(0b1111, (_, figures) => figures);
  if (total === undefined) throw new Error('an aggregate without groups gave no row');
  return {
    total,
    byModel: of(0b0111, ({ model }, figures) => ({ model, ...figures })),
    byTimeframe: of(0b1011, ({ timeframe }, figures) => ({ timeframe, ...figures })),
    byRiskLevel: of(0b1101, ({ riskLevel }, figures) => ({ riskLevel, ...figures })),
    byRegime: of(0b1110, ({ regime }, figures) => ({ regime, ...figures })),
  };
}
