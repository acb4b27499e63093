import { insertValid, type Row, type TableCase } from '../../support/schema-cases.js';

const INFINITE = ['Infinity', 'NaN'] as const;

function each(column: string, values: readonly unknown[]): Row[] {
  return values.map((value) => ({ [column]: value }));
}

function bounded(column: string, below: number): Row[] {
  return each(column, [below, ...INFINITE]);
}

/** One symbol of one exchange. */
export const assetsCase: TableCase = {
  table: 'assets',
  valid: async (_, n) => ({
    symbol: `COIN${n}/USDT`,
    name: `Coin ${n}`,
    asset_type: 'crypto',
    quote_currency: 'USDT',
    data_source: 'test',
  }),
  refused: {
    chk_assets_symbol: each('symbol', ['', 'BTC /USDT', 'X'.repeat(65)]),
    chk_assets_name: each('name', ['', 'x'.repeat(101)]),
    chk_assets_quote_currency: each('quote_currency', ['', 'x'.repeat(21)]),
    chk_assets_market_cap: each('market_cap', [-0.01, 'NaN']),
    chk_assets_market_cap_rank: each('market_cap_rank', [0, -1]),
    chk_assets_current_price: bounded('current_price', 0),
    chk_assets_total_volume: bounded('total_volume', -1),
    chk_assets_circulating_supply: bounded('circulating_supply', -1),
    chk_assets_total_supply: bounded('total_supply', -1),
    chk_assets_max_supply: bounded('max_supply', -1),
    chk_assets_price_change_24h: bounded('price_change_percentage_24h', -100.01),
    chk_assets_price_change_7d: bounded('price_change_percentage_7d', -100.01),
    chk_assets_price_change_30d: bounded('price_change_percentage_30d', -100.01),
    chk_assets_ath: bounded('ath', 0),
    chk_assets_atl: bounded('atl', 0),
    chk_assets_access_count: each('access_count', [-1]),
    chk_assets_data_quality_score: each('data_quality_score', [-1, 101]),
    chk_assets_data_source: each('data_source', ['', 'a b', 'x'.repeat(65)]),
  },
};

/** A candle. */
export const priceDataCase: TableCase = {
  table: 'price_data',
  valid: async (database, n) => ({
    asset_id: await insertValid(database, assetsCase, n),
    timeframe: '1m',
    candle_time: new Date(Date.UTC(2024, 0, 1, 0, n)),
    open_price: 100,
    high_price: 110,
    low_price: 90,
    close_price: 105,
    volume: 12,
    trade_count: 3,
    vwap: 101,
    is_closed: true,
    source: 'stream',
  }),
  refused: {
    chk_price_data_open_price: bounded('open_price', 0),
    chk_price_data_high_price: bounded('high_price', 0),
    chk_price_data_low_price: bounded('low_price', 0),
    chk_price_data_close_price: bounded('close_price', 0),
    chk_price_data_volume: bounded('volume', -1),
    chk_price_data_market_cap: each('market_cap', [-1, 'NaN']),
    chk_price_data_trade_count: each('trade_count', [-1]),
    chk_price_data_vwap: bounded('vwap', 0),
    chk_price_data_technical_indicators: each('technical_indicators', ['[]', '1']),
    chk_price_data_candle_time: each('candle_time', ['infinity', '-infinity']),
    chk_price_data_coverage: each('coverage', [-0.1, 1.1, 'NaN']),
    chk_price_data_low_is_lowest: [{ low_price: 101 }, { low_price: 104 }],
    chk_price_data_high_is_highest: [{ high_price: 104 }, { high_price: 104.5 }],
  },
};
