import type { Pool } from '../../src/store/pool.js';

/** Makes a user with an empty portfolio. */
export async function makePortfolio(pool: Pool): Promise<{ userId: number; portfolioId: number }> {
  const { rows } = await pool.query<{ userId: number; portfolioId: number }>(
    `WITH made AS (
       INSERT INTO users (email, password_hash) VALUES ('ada@example.com', '$scrypt$x') RETURNING id
     )
     INSERT INTO portfolios (user_id) SELECT id FROM made RETURNING user_id AS "userId", id AS "portfolioId"`,
  );
  const [made] = rows;
  if (made === undefined) throw new Error('there is no portfolio');
  return made;
}

/** Adds two coins of a market of `binance`, with the trade that bought them at a time, ms, for 100 each. */
export async function buy(
  pool: Pool,
  portfolioId: number,
  symbol: string,
  time: number,
  fees: number,
): Promise<void> {
  await pool.query(
    `WITH held AS (
       INSERT INTO portfolio_assets (portfolio_id, asset_id, asset_type, quantity, entry_price)
       SELECT $1, id, 'Crypto Asset', 2, 100 FROM assets WHERE symbol = $2 AND data_source = 'binance' RETURNING id
     )
     INSERT INTO trade_actions (portfolio_asset_id, action_type, asset_price, quantity, fees_paid, timeframe,
       action_source, created_at)
     SELECT id, 'buy', 100, 2, $3, '1h', 'manual', to_timestamp($4::float8 / 1000) FROM held`,
    [portfolioId, symbol, fees, time],
  );
}
