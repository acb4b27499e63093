import type { Timeframe } from '../../timeframe.js';
import { Conditions } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import { appendEvents } from '../outbox.js';
import type { Queryable } from '../pool.js';
import { SIGNALS, type SignalRow, type SignalStatus } from '../signal-records.js';

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

interface InsertedRow {
  readonly id: number;
  readonly created_at: number;
  /** Place among those given. */
  readonly n: number;
  readonly symbol: string;
}

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
SELECT i.id, i.created_at, min(g.n) AS n,
  (SELECT symbol FROM assets WHERE assets.id = i.asset_id) AS symbol FROM inserted i
JOIN given g ON g.user_id IS NOT DISTINCT FROM i.user_id
  AND (g.ai_model_id, g.asset_id, g.timeframe, g.candle_time, g.signal_type)
    = (i.ai_model_id, i.asset_id, i.timeframe, i.candle_time, i.signal_type)
GROUP BY i.id, i.created_at, i.asset_id ORDER BY n`;

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
  const { rows } = await connection.query<InsertedRow>(INSERT, [
    // JSON has no such numbers and would make them NULL; as text they reach the CHECK, which refuses them.
    JSON.stringify(given, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
  ]);
  const events = rows.flatMap(({ id, created_at, n, symbol }) => {
    const signal = signals[n];
    if (signal === undefined) return [];
    const data = {
      id,
      symbol,
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

/** The asset and the model of a signal `s`, as `a` and `m`. */
export const JOINS = 'JOIN assets a ON a.id = s.asset_id JOIN ai_models m ON m.id = s.ai_model_id';

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
