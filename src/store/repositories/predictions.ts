import { Conditions, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { MarketRegime } from '../market-records.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';
import { type NewPrediction, PREDICTIONS, type PredictionRow } from '../signal-records.js';

/** A prediction with the names of its asset and its model; that of a user is no model's. */
export interface PredictionRecord extends PredictionRow {
  readonly symbol: string;
  /** Whose prices it is about, such as `binance` or `demo`. */
  readonly dataSource: string;
  readonly modelName: string | null;
  readonly modelVersion: string | null;
}

export interface PredictionFilter extends PageRequest {
  /** Predictions of simulated prices and of real ones are never listed together. */
  readonly dataSource: string;
  readonly symbol?: string;
  /** 1–4 */
  readonly layer?: number;
  /** Hours. */
  readonly horizon?: number;
}

/** What was so at the time that a prediction was for. */
export interface Realization {
  readonly id: number;
  /** Close of the candle that ended with the minute then, decimal text. */
  readonly actualPrice: string;
  /** Null: it was not about a regime. */
  readonly actualRegime?: MarketRegime | null;
}

/** How predictions did. What cannot be said without any is null. */
export interface PredictionFigures {
  readonly predictions: number;
  /** Of which the time has come, and what was so then is known. */
  readonly realized: number;
  /** Of which it is known whether they were right. */
  readonly judged: number;
  readonly accurate: number;
  /** 0–1 of those judged. */
  readonly accurateRate: number | null;
  /** Percent, of those of a price. */
  readonly meanAccuracy: number | null;
  readonly meanConfidence: number | null;
}

/** How predictions did in all, and by what they are told apart by. */
export interface PredictionAnalytics {
  readonly total: PredictionFigures;
  readonly byLayer: readonly (PredictionFigures & { readonly layer: number })[];
  /** Hours. */
  readonly byHorizon: readonly (PredictionFigures & { readonly horizon: number })[];
  /** Name and version as `name version`; those of users are not there. */
  readonly byModel: readonly (PredictionFigures & { readonly model: string })[];
}

/** How long it is tried to find out what became of a prediction: a candle that is not stored by then never comes. */
const MOST_LATE_DAYS = 60;

const NEWEST = new Keyset('predictions', 'DESC', [
  { sql: 'p.created_at', type: 'time' },
  { sql: 'p.id', type: 'integer' },
]);

const SELECT = `SELECT ${PREDICTIONS.select('p')}, a.symbol, a.data_source AS "dataSource",
  m.name AS "modelName", m.version AS "modelVersion"`;
const FROM = `FROM predictions p JOIN assets a ON a.id = p.asset_id LEFT JOIN ai_models m ON m.id = p.ai_model_id`;

/**
 * Writes predictions and gives those that are new: what the engine has said of a time stays as it was said. A user's
 * own are always new.
 */
export function insertPredictions(
  database: Queryable,
  predictions: readonly NewPrediction[],
): Promise<readonly PredictionRow[]> {
  return PREDICTIONS.insert(
    database,
    predictions,
    '(ai_model_id, asset_id, prediction_type, prediction_horizon, target_datetime) WHERE user_id IS NULL',
  );
}

/** Gives predictions that the user may see, the newest first. */
export async function listPredictions(
  database: Queryable,
  filter: PredictionFilter,
): Promise<Page<PredictionRecord>> {
  const where = new Conditions()
    .add(filter.dataSource, (place) => `a.data_source = ${place}`)
    .add(
      filter.symbol,
      (place) => `p.asset_id = (SELECT id FROM assets WHERE data_source = $1 AND symbol = ${place})`,
    )
    .add(filter.layer, (place) => `p.layer_source = ${place}`)
    .add(filter.horizon, (place) => `p.prediction_horizon = ${place}`);
  const { rows } = await database.query<PredictionRecord & KeyedRow>(
    `${SELECT}, ${NEWEST.select} ${FROM}
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...prediction }) => prediction);
}

/** Gives a prediction, and its accuracy once its time has come; null: there is none that the user may see. */
export async function getPrediction(database: Queryable, id: number): Promise<PredictionRecord | null> {
  const { rows } = await database.query<PredictionRecord>(`${SELECT} ${FROM} WHERE p.id = $1`, [id]);
  return rows[0] ?? null;
}

/** Joins `c`, the close of the stored candle of an asset that ended with the minute of a time; no row: there is none. */
const closeAt = (asset: string, time: string): string => `CROSS JOIN LATERAL (
       SELECT d.close_price
       FROM (VALUES ('1m'::timeframe, interval '1 minute'), ('1h', '1 hour'), ('1d', '1 day')) AS t (timeframe, length)
       JOIN price_data d ON d.asset_id = ${asset} AND d.timeframe = t.timeframe AND d.is_closed
         AND d.candle_time = date_trunc('minute', ${time}) - t.length
       ORDER BY t.length LIMIT 1
     ) c`;

/** Gives the close of an asset at a time, ms, as decimal text; null: no candle that ended then is stored. */
export async function storedClose(
  database: Queryable,
  assetId: number,
  time: number,
): Promise<string | null> {
  const { rows } = await database.query<{ close_price: string }>(
    `SELECT c.close_price FROM (SELECT $1::int AS id, ${timeAt('$2')} AS at) AS asked ${closeAt('asked.id', 'asked.at')}`,
    [assetId, time],
  );
  return rows[0]?.close_price ?? null;
}

/**
 * Gives what was so at the times of predictions that have come, those of the longest ago first: of those of which it is
 * stored, and not written yet.
 *
 * @param query `now`: the market's time, ms
 */
export async function dueRealizations(
  database: Queryable,
  query: { readonly now: number; readonly limit: number },
): Promise<readonly Realization[]> {
  const { rows } = await database.query<Realization>(
    `SELECT p.id, c.close_price AS "actualPrice", r.current_regime AS "actualRegime"
     FROM predictions p JOIN assets a ON a.id = p.asset_id
     ${closeAt('p.asset_id', 'p.target_datetime')}
     LEFT JOIN LATERAL (
       SELECT g.current_regime FROM metrics_snapshot m JOIN ai_regime_analysis g ON g.metrics_snapshot_id = m.id
       WHERE p.prediction_type = 'event' AND g.ai_model_id = p.ai_model_id AND g.data_source <> 'backtest'
         AND (m.data_source, m.timeframe, m.snapshot_time) = (a.data_source, '1d', p.target_datetime)
         AND g.analysis_timeframe = '1d'
       LIMIT 1
     ) r ON true
     WHERE NOT p.is_realized AND p.target_datetime <= ${timeAt('$1')}
       AND p.target_datetime > ${timeAt('$1')} - interval '${MOST_LATE_DAYS} days'
       AND (p.prediction_type <> 'event' OR r.current_regime IS NOT NULL)
     ORDER BY p.target_datetime, p.id LIMIT $2`,
    [query.now, query.limit],
  );
  return rows;
}

/**
 * Writes what became of predictions, each once; gives how many. A price is right within the prediction's own threshold,
 * and its accuracy is 100 % less the error in percent of the actual price, not below 0; a direction is right if the price
 * has moved that way, and not if it stands where it stood; a regime if it is the one that came.
 */
export async function realizePredictions(
  database: Queryable,
  realizations: readonly Realization[],
): Promise<number> {
  if (realizations.length === 0) return 0;
  const { rowCount } = await database.query(
    `WITH given AS MATERIALIZED (
       SELECT DISTINCT ON (id) id, price, regime
       FROM unnest($1::bigint[], $2::numeric[], $3::text[]) WITH ORDINALITY AS g (id, price, regime, place)
       ORDER BY id, place
     ), held AS MATERIALIZED (
       SELECT id FROM predictions WHERE id IN (SELECT id FROM given) AND NOT is_realized
       ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE predictions p SET is_realized = true, evaluated_at = now(), actual_price = e.price,
       absolute_error = e.error, squared_error = e.error * e.error,
       -- greatest() would make 0 of NULL.
       accuracy_percentage = CASE WHEN e.error IS NOT NULL THEN greatest(100 - e.error / e.price * 100, 0) END,
       is_accurate = CASE p.prediction_type
         WHEN 'price' THEN e.error / e.price * 100 <= p.accuracy_threshold
         WHEN 'trend' THEN CASE p.predicted_value ->> 'direction'
           WHEN 'up' THEN e.price > p.input_price WHEN 'down' THEN e.price < p.input_price END
         WHEN 'event' THEN p.predicted_value ->> 'regime' = e.regime END,
       context_data = CASE WHEN e.regime IS NULL THEN p.context_data
         ELSE coalesce(p.context_data, '{}') || jsonb_build_object('actual_regime', e.regime) END
     FROM (
       SELECT o.id, g.price, g.regime,
         -- Where nothing of a price was said, all that follows from it is NULL.
         CASE o.prediction_type WHEN 'price' THEN abs(o.predicted_price - g.price) END AS error
       FROM predictions o JOIN held h ON h.id = o.id JOIN given g ON g.id = o.id
     ) e
     WHERE e.id = p.id`,
    [
      realizations.map(({ id }) => id),
      realizations.map(({ actualPrice }) => actualPrice),
      realizations.map(({ actualRegime }) => actualRegime ?? null),
    ],
  );
  return rowCount ?? 0;
}

/**
 * Gives how many predictions of a user wait for their time; others that count and add wait until the transaction ends.
 *
 * @param connection in a transaction
 */
export async function openPredictions(connection: Connection, userId: number): Promise<number> {
  await lockOwner(connection, 'predictions', userId);
  const { rows } = await connection.query<{ count: number }>(
    'SELECT count(*) AS count FROM predictions WHERE user_id = $1 AND NOT is_realized AND target_datetime > now()',
    [userId],
  );
  return rows[0]?.count ?? 0;
}

interface FiguresRow extends PredictionFigures {
  /** One bit per column that is not grouped by. */
  readonly grouping: number;
  readonly layer: number;
  readonly horizon: number;
  readonly model: string | null;
}

function named<T extends { readonly model: string | null }>(
  row: T,
): readonly (T & { readonly model: string })[] {
  const { model } = row;
  return model === null ? [] : [{ ...row, model }];
}

/** Gives how predictions made from a time on did: those of the server itself, or of one user. */
export async function predictionAnalytics(
  database: Queryable,
  query: {
    readonly dataSource: string;
    /** ms */
    readonly from: number;
    /** 1–4 */
    readonly layer?: number;
    /** Default: the server's own. */
    readonly userId?: number;
  },
): Promise<PredictionAnalytics> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `a.data_source = ${place}`)
    .add(query.from, (place) => `p.created_at >= ${timeAt(place)}`)
    .add(query.layer, (place) => `p.layer_source = ${place}`)
    .add(query.userId, (place) => `p.user_id = ${place}`);
  const { rows } = await database.query<FiguresRow>(
    `SELECT grouping(layer, horizon, model) AS grouping, layer, horizon, model,
       count(*) AS predictions, count(*) FILTER (WHERE is_realized) AS realized, count(is_accurate) AS judged,
       count(*) FILTER (WHERE is_accurate) AS accurate,
       avg(CASE WHEN is_accurate THEN 1.0 WHEN NOT is_accurate THEN 0 END)::float8 AS "accurateRate",
       avg(accuracy_percentage)::float8 AS "meanAccuracy", avg(confidence_score)::float8 AS "meanConfidence"
     FROM (
       SELECT p.layer_source AS layer, p.prediction_horizon AS horizon, m.name || ' ' || m.version AS model,
         p.is_realized, p.is_accurate, p.accuracy_percentage, p.confidence_score
       ${FROM} WHERE ${where.sql(...(query.userId === undefined ? ['p.user_id IS NULL'] : []))}
     ) AS asked
     GROUP BY GROUPING SETS ((), (layer), (horizon), (model)) ORDER BY layer, horizon, model`,
    where.values,
  );
  const of = <T>(bits: number, pick: (row: FiguresRow) => T): readonly (PredictionFigures & T)[] =>
    rows
      .filter(({ grouping }) => grouping === bits)
      .map((row) => {
        const { grouping, layer, horizon, model, ...figures } = row;
        return { ...figures, ...pick(row) };
      });
  const [total] = of(0b111, () => ({}));
  if (total === undefined) throw new Error('an aggregate without groups gave no row');
  return {
    total,
    byLayer: of(0b011, ({ layer }) => ({ layer })),
    byHorizon: of(0b101, ({ horizon }) => ({ horizon })),
    byModel: of(0b110, ({ model }) => ({ model })).flatMap(named),
  };
}
