import type { Pool } from '../pool.js';

/** What the stored candles of an asset say of its past. Prices in quote currency; null: not known. */
export interface PriceHistory {
  readonly assetId: number;
  /** Close of the 1h candle that ended 7 days before `at`. */
  readonly close7d: number | null;
  readonly close30d: number | null;
  /** Highest high and lowest low of all closed 1d, 1w and 1M candles, with the start of the shortest that has it, ms. */
  readonly high: number | null;
  readonly highTime: number | null;
  readonly low: number | null;
  readonly lowTime: number | null;
}

interface HistoryRow {
  readonly id: number;
  readonly close_7d: string | null;
  readonly close_30d: string | null;
  readonly high: string | null;
  readonly high_ms: number | null;
  readonly low: string | null;
  readonly low_ms: number | null;
}

const LONG = `p.asset_id = a.id AND p.timeframe IN ('1d', '1w', '1M') AND p.is_closed`;
/** 1d before 1w before 1M: the shortest candle dates an extreme best. */
const SHORTEST_FIRST = 'p.timeframe';

const QUERY = `SELECT a.id, week.close_price AS close_7d, month.close_price AS close_30d,
    top.high_price AS high, extract(epoch FROM top.candle_time)::float8 * 1000 AS high_ms,
    bottom.low_price AS low, extract(epoch FROM bottom.candle_time)::float8 * 1000 AS low_ms
  FROM unnest($1::int[]) AS a (id)
  LEFT JOIN price_data week ON week.asset_id = a.id AND week.timeframe = '1h' AND week.is_closed
    AND week.candle_time = to_timestamp($2::float8 / 1000)
  LEFT JOIN price_data month ON month.asset_id = a.id AND month.timeframe = '1h' AND month.is_closed
    AND month.candle_time = to_timestamp($3::float8 / 1000)
  LEFT JOIN LATERAL (SELECT p.high_price, p.candle_time FROM price_data p WHERE ${LONG}
    ORDER BY p.high_price DESC, ${SHORTEST_FIRST}, p.candle_time LIMIT 1) top ON true
  LEFT JOIN LATERAL (SELECT p.low_price, p.candle_time FROM price_data p WHERE ${LONG}
    ORDER BY p.low_price, ${SHORTEST_FIRST}, p.candle_time LIMIT 1) bottom ON true`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Reads what `assets` tells of the past of the given assets; reads all their long candles, so not on every tick.
 *
 * @param at ms since the epoch, by the exchange's clock
 */
export async function readPriceHistory(
  pool: Pool,
  assetIds: readonly number[],
  at: number,
): Promise<ReadonlyMap<number, PriceHistory>> {
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const endedBefore = (days: number): number => hour - days * DAY_MS - HOUR_MS;
  const { rows } = await pool.query<HistoryRow>(QUERY, [assetIds, endedBefore(7), endedBefore(30)]);
  const number = (text: string | null): number | null => (text === null ? null : Number(text));
  return new Map(
    rows.map((row) => [
      row.id,
      {
        assetId: row.id,
        close7d: number(row.close_7d),
        close30d: number(row.close_30d),
        high: number(row.high),
        highTime: row.high_ms,
        low: number(row.low),
        lowTime: row.low_ms,
      },
    ]),
  );
}
