import type {
  LiveAsset,
  LivePortfolio,
  LivePortfolioAsset,
  LiveRiskSettings,
  LiveSetting,
  LiveWatchlist,
  LiveWatchlistAsset,
} from '../live-records.js';
import type { Queryable } from '../pool.js';

/** How one of the tables that the server holds in memory is read. */
export interface LiveSource<K extends number | string, R> {
  readonly table: string;
  keyOf(row: R): K;
  /** Gives the rows of these keys, as far as they exist, in any order. */
  byKeys(connection: Queryable, keys: readonly K[]): Promise<readonly R[]>;
  /** Gives the `limit` rows that follow a key, by ascending key; null: the first ones. */
  page(connection: Queryable, after: K | null, limit: number): Promise<readonly R[]>;
}

export const ASSET_ROWS = source<number, LiveAsset>({
  ...{ table: 'assets', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: `id, symbol, name, asset_type AS "assetType", quote_currency AS "quoteCurrency",
    data_source AS "dataSource", is_active AS "isActive", is_supported AS "isSupported"`,
});

export const WATCHLIST_ROWS = source<number, LiveWatchlist>({
  ...{ table: 'watchlists', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: `id, user_id AS "userId", name, watchlist_type AS "watchlistType", is_active AS "isActive",
    is_public AS "isPublic", max_assets AS "maxAssets", sort_order AS "sortOrder"`,
});

export const WATCHLIST_ASSET_ROWS = source<number, LiveWatchlistAsset>({
  ...{ table: 'watchlist_assets', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: `id, watchlist_id AS "watchlistId", asset_id AS "assetId", position_type AS "positionType",
    sort_order AS "sortOrder", is_active AS "isActive"`,
});

export const PORTFOLIO_ROWS = source<number, LivePortfolio>({
  ...{ table: 'portfolios', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: 'id, user_id AS "userId", is_active AS "isActive", is_public AS "isPublic"',
});

export const PORTFOLIO_ASSET_ROWS = source<number, LivePortfolioAsset>({
  ...{ table: 'portfolio_assets', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: `id, portfolio_id AS "portfolioId", asset_id AS "assetId", asset_type AS "assetType",
    leverage_ratio AS "leverageRatio", quantity, entry_price AS "entryPrice", exit_price AS "exitPrice",
    trade_status AS "tradeStatus", pnl_realized_usd AS "pnlRealizedUsd",
    allocation_target_percent AS "allocationTargetPercent", investment_timeframe AS "investmentTimeframe",
    risk_category AS "riskCategory", stop_loss_price AS "stopLossPrice", take_profit_price AS "takeProfitPrice",
    max_allocation_percent AS "maxAllocationPercent", sort_order AS "sortOrder", is_active AS "isActive"`,
});

export const RISK_ROWS = source<number, LiveRiskSettings>({
  ...{ table: 'risk_management', key: 'id', type: 'int', keyOf: ({ id }) => id },
  columns: `id, user_id AS "userId", max_position_size AS "maxPositionSize",
    max_portfolio_risk AS "maxPortfolioRisk", risk_rules AS "riskRules"`,
});

export const SETTING_ROWS = source<string, LiveSetting>({
  ...{ table: 'system_config', key: 'key', type: 'text', keyOf: ({ key }) => key },
  columns: 'key, value',
});

interface Description<K, R> {
  readonly table: string;
  /** Primary key, and its type. */
  readonly key: string;
  readonly type: 'int' | 'text';
  /** In SQL, each under its name in the record. */
  readonly columns: string;
  readonly keyOf: (row: R) => K;
}

function source<K extends number | string, R extends object>({
  table,
  key,
  type,
  columns,
  keyOf,
}: Description<K, R>): LiveSource<K, R> {
  const read = `SELECT ${columns} FROM ${table}`;
  return {
    table,
    keyOf,
    async byKeys(connection, keys) {
      const { rows } = await connection.query<R>(`${read} WHERE ${key} = ANY($1::${type}[])`, [keys]);
      return rows;
    },
    async page(connection, after, limit) {
      const { rows } = await connection.query<R>(
        `${read} WHERE $1::${type} IS NULL OR ${key} > $1 ORDER BY ${key} LIMIT $2`,
        [after, limit],
      );
      return rows;
    },
  };
}
