import { Conditions, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import { type NewPrediction, PREDICTIONS, type PredictionRow } from '../signal-records.js';

/** A prediction with the names of its asset and its model. */
export interface PredictionRecord extends PredictionRow {
  readonly symbol: string;
  readonly modelName: string;
  readonly modelVersion: string;
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

/** The price at the time that a prediction was for, decimal text. */
export interface Realization {
  readonly id: number;
  readonly actualPrice: string;
}

/** How predictions of a layer did. What cannot be said without any is null. */
export interface PredictionFigures {
  readonly layer: number;
  readonly predictions: number;
  /** Of which the time has come. */
  readonly realized: number;
  readonly accurate: number;
  /** 0–1 of those of which it is known. */
  readonly accurateRate: number | null;
  /** Percent. */
  readonly meanAccuracy: number | null;
  readonly meanConfidence: number | null;
}

const NEWEST = new Keyset('predictions', 'DESC', [
  { sql: 'p.created_at', type: 'time' },
  { sql: 'p.id', type: 'integer' },
]);

const SELECT = `SELECT ${PREDICTIONS.select('p')}, a.symbol, m.name AS "modelName", m.version AS "modelVersion"`;
const FROM = `FROM predictions p JOIN assets a ON a.id = p.asset_id JOIN ai_models m ON m.id = p.ai_model_id`;

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

/** Gives predictions whose time has come and of which nothing is known yet, those of the longest ago first. */
export async function duePredictions(
  database: Queryable,
  limit: number,
): Promise<readonly PredictionRecord[]> {
  const { rows } = await database.query<PredictionRecord>(
    `${SELECT} ${FROM} WHERE NOT p.is_realized AND p.target_datetime <= now()
     ORDER BY p.target_datetime, p.id LIMIT $1`,
    [limit],
  );
  return rows;
}

/**
 * Writes what became of predictions of a price, each once; gives how many. The accuracy is 100 % less the error in
 * percent of the actual price, not below 0; a prediction of something else is only marked with the price.
 */
export async function realizePredictions(
  database: Queryable,
  realizations: readonly Realization[],
): Promise<number> {
  if (realizations.length === 0) return 0;
  const { rowCount } = await database.query(
    `WITH given AS MATERIALIZED (
       SELECT DISTINCT ON (id) id, price FROM unnest($1::bigint[], $2::numeric[]) WITH ORDINALITY AS g (id, price, place)
       ORDER BY id, place
     ), held AS MATERIALIZED (
       SELECT id FROM predictions WHERE id IN (SELECT id FROM given) AND NOT is_realized
       ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE predictions p SET is_realized = true, evaluated_at = now(), actual_price = e.price,
       absolute_error = e.error, squared_error = e.error * e.error,
       accuracy_percentage = greatest(100 - e.error / e.price * 100, 0),
       is_accurate = e.error / e.price * 100 <= p.accuracy_threshold
     FROM (
       SELECT o.id, g.price,
         -- Where nothing of a price was said, all that follows from it is NULL.
         CASE o.prediction_type WHEN 'price' THEN abs(o.predicted_price - g.price) END AS error
       FROM predictions o JOIN held h ON h.id = o.id JOIN given g ON g.id = o.id
     ) e
     WHERE e.id = p.id`,
    [realizations.map(({ id }) => id), realizations.map(({ actualPrice }) => actualPrice)],
  );
  return rowCount ?? 0;
}

/** Gives how predictions made from a time on did, by layer. */
export async function predictionFigures(
  database: Queryable,
  query: {
    readonly dataSource: string;
    /** ms */
    readonly from: number;
    readonly layer?: number;
  },
): Promise<readonly PredictionFigures[]> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `a.data_source = ${place}`)
    .add(query.from, (place) => `p.created_at >= ${timeAt(place)}`)
    .add(query.layer, (place) => `p.layer_source = ${place}`);
  const { rows } = await database.query<PredictionFigures>(
    `SELECT p.layer_source AS layer, count(*) AS predictions, count(*) FILTER (WHERE p.is_realized) AS realized,
       count(*) FILTER (WHERE p.is_accurate) AS accurate,
       avg(CASE WHEN p.is_accurate THEN 1.0 WHEN NOT p.is_accurate THEN 0 END)::float8 AS "accurateRate",
       avg(p.accuracy_percentage)::float8 AS "meanAccuracy", avg(p.confidence_score)::float8 AS "meanConfidence"
     FROM predictions p JOIN assets a ON a.id = p.asset_id
     WHERE ${where.sql()} GROUP BY p.layer_source ORDER BY p.layer_source`,
    where.values,
  );
  return rows;
}
