import type { Pool } from '../pool.js';
import type { AssetFigures, AssetFilter, AssetListing, AssetReader, AssetRecord } from '../records.js';

/** Coins that are meant to be worth one unit of a currency. Anything else is `crypto`. */
const STABLECOINS = new Set(
  'USDT USDC DAI TUSD FDUSD USDP PYUSD USDD GUSD LUSD FRAX BUSD UST USTC USDE USDS USD1 RLUSD EURT EURC EURI AEUR XUSD USDG'.split(
    ' ',
  ),
);

interface AssetRow {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly asset_type: AssetRecord['assetType'];
  readonly quote_currency: string | null;
  readonly data_source: string;
  readonly is_active: boolean;
  readonly current_price: string | null;
  readonly price_change_percentage_24h: string | null;
  readonly price_change_percentage_7d: string | null;
  readonly price_change_percentage_30d: string | null;
  readonly ath: string | null;
  readonly ath_date: number | null;
  readonly atl: string | null;
  readonly atl_date: number | null;
  readonly market_cap: string | null;
  readonly market_cap_rank: number | null;
  readonly total_volume: string | null;
  readonly last_price_update: number | null;
}

const COLUMNS = `id, symbol, name, asset_type, quote_currency, data_source, is_active, current_price,
  price_change_percentage_24h, price_change_percentage_7d, price_change_percentage_30d, ath, ath_date, atl, atl_date,
  market_cap, market_cap_rank, total_volume, last_price_update`;

/** Reads and writes `assets`. */
export class AssetRepository implements AssetReader {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Makes sure that each listing has an active asset, and gives the assets in the order of the listings. One asset is
   * a symbol of a data source: simulated prices never meet real ones.
   *
   * @throws Error if a (data source, symbol) comes twice
   */
  async register(listings: readonly AssetListing[]): Promise<readonly AssetRecord[]> {
    const { rows } = await this.#pool.query<AssetRow>(
      `INSERT INTO assets AS a (symbol, name, asset_type, quote_currency, data_source)
       SELECT * FROM unnest($1::text[], $2::text[], $3::asset_type[], $4::text[], $5::text[])
         AS n (symbol, name, asset_type, quote_currency, data_source)
       ORDER BY n.data_source, n.symbol -- two servers that start at once lock the rows in the same order
       ON CONFLICT (data_source, symbol) DO UPDATE SET is_active = true
       RETURNING ${COLUMNS}`,
      [
        listings.map(({ symbol }) => symbol),
        listings.map(({ base }) => base),
        listings.map(({ base }) => (STABLECOINS.has(base) ? 'stablecoin' : 'crypto')),
        listings.map(({ quote }) => quote),
        listings.map(({ dataSource }) => dataSource),
      ],
    );
    const records = new Map(rows.map((row) => [`${row.data_source} ${row.symbol}`, toRecord(row)]));
    return listings.map(({ dataSource, symbol }) => {
      const record = records.get(`${dataSource} ${symbol}`);
      if (record === undefined) throw new Error(`asset ${symbol} of ${dataSource} was not registered`);
      return record;
    });
  }

  /**
   * Sets the live figures of many assets in one statement, nulls too. Figures older than those that are there change
   * nothing. Gives the number of assets changed.
   */
  async updateFigures(figures: readonly AssetFigures[]): Promise<number> {
    if (figures.length === 0) return 0;
    const { rowCount } = await this.#pool.query(
      `UPDATE assets a SET
         current_price = f.price,
         price_change_percentage_24h = f.change_24h,
         price_change_percentage_7d = f.change_7d,
         price_change_percentage_30d = f.change_30d,
         ath = f.ath,
         ath_date = to_timestamp(f.ath_ms / 1000),
         atl = f.atl,
         atl_date = to_timestamp(f.atl_ms / 1000),
         last_price_update = to_timestamp(f.updated_ms / 1000),
         market_cap = f.market_cap,
         market_cap_rank = f.market_cap_rank,
         total_volume = f.total_volume
       FROM unnest($1::int[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::float8[],
         $8::numeric[], $9::float8[], $10::float8[], $11::numeric[], $12::int[], $13::numeric[])
         AS f (id, price, change_24h, change_7d, change_30d, ath, ath_ms, atl, atl_ms, updated_ms, market_cap,
           market_cap_rank, total_volume)
       WHERE a.id = f.id
         AND (a.last_price_update IS NULL OR a.last_price_update <= to_timestamp(f.updated_ms / 1000))`,
      [
        figures.map((f) => f.assetId),
        figures.map((f) => f.currentPrice),
        figures.map((f) => f.priceChange24h),
        figures.map((f) => f.priceChange7d),
        figures.map((f) => f.priceChange30d),
        figures.map((f) => f.ath),
        figures.map((f) => f.athDate),
        figures.map((f) => f.atl),
        figures.map((f) => f.atlDate),
        figures.map((f) => f.lastPriceUpdate),
        figures.map((f) => f.marketCap),
        figures.map((f) => f.marketCapRank),
        figures.map((f) => f.totalVolume),
      ],
    );
    return rowCount ?? 0;
  }

  async list(filter: AssetFilter): Promise<readonly AssetRecord[]> {
    const { rows } = await this.#pool.query<AssetRow>(
      `SELECT ${COLUMNS} FROM assets
       WHERE is_active AND id = ANY($1::int[]) AND id > $2
         AND ($3::asset_type IS NULL OR asset_type = $3)
         AND ($4::text IS NULL OR position(lower($4) IN lower(symbol)) > 0 OR position(lower($4) IN lower(name)) > 0)
         AND ($6::int IS NULL OR id IN (SELECT asset_id FROM sector_mapping WHERE sector_id = $6))
       ORDER BY id LIMIT $5`,
      [
        filter.ids,
        filter.afterId ?? 0,
        filter.type ?? null,
        filter.q ?? null,
        filter.limit,
        filter.sectorId ?? null,
      ],
    );
    return rows.map(toRecord);
  }

  /** Gives an asset whether active or not; null: no such id. */
  async get(id: number): Promise<AssetRecord | null> {
    const { rows } = await this.#pool.query<AssetRow>(`SELECT ${COLUMNS} FROM assets WHERE id = $1`, [id]);
    const [row] = rows;
    return row === undefined ? null : toRecord(row);
  }
}

function toRecord(row: AssetRow): AssetRecord {
  return {
    id: row.id,
    symbol: row.symbol,
    name: row.name,
    assetType: row.asset_type,
    quoteCurrency: row.quote_currency,
    dataSource: row.data_source,
    isActive: row.is_active,
    currentPrice: row.current_price,
    priceChange24h: row.price_change_percentage_24h,
    priceChange7d: row.price_change_percentage_7d,
    priceChange30d: row.price_change_percentage_30d,
    ath: row.ath,
    athDate: row.ath_date,
    atl: row.atl,
    atlDate: row.atl_date,
    marketCap: row.market_cap,
    marketCapRank: row.market_cap_rank,
    totalVolume: row.total_volume,
    lastPriceUpdate: row.last_price_update,
  };
}
