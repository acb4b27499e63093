import type { Candle, Source } from '../market.js';
import type { Timeframe } from '../timeframe.js';

/** A row of `assets`: one symbol of one exchange. */
export interface AssetRecord {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly assetType: 'crypto' | 'stablecoin' | 'macro' | 'index';
  readonly quoteCurrency: string | null;
  /** Exchange id; `demo` and `<id>-simulated` keep made-up prices apart from real ones. */
  readonly dataSource: string;
  readonly isActive: boolean;
  /** Decimal text as stored, or null: not known. */
  readonly currentPrice: string | null;
  readonly priceChange24h: string | null;
  readonly priceChange7d: string | null;
  readonly priceChange30d: string | null;
  readonly ath: string | null;
  readonly athDate: number | null;
  readonly atl: string | null;
  readonly atlDate: number | null;
  readonly marketCap: string | null;
  readonly marketCapRank: number | null;
  readonly totalVolume: string | null;
  readonly lastPriceUpdate: number | null;
}

/** What is known of a listed market when its asset is registered. */
export interface AssetListing {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly dataSource: string;
}

/** Live figures of an asset, kept current at a bounded rate. Null: not known. */
export interface AssetFigures {
  readonly assetId: number;
  readonly currentPrice: number;
  /** Percent, 1.5 = +1.5 %. */
  readonly priceChange24h: number | null;
  readonly priceChange7d: number | null;
  readonly priceChange30d: number | null;
  readonly ath: number | null;
  readonly athDate: number | null;
  readonly atl: number | null;
  readonly atlDate: number | null;
  /** Exchange time of the last trade, ms. */
  readonly lastPriceUpdate: number;
  /** Of the coin, US dollars; null: no source tells, as the two that follow. */
  readonly marketCap: number | null;
  readonly marketCapRank: number | null;
  readonly totalVolume: number | null;
}

/** A candle as it goes to and comes from `price_data`. */
export interface CandleRecord extends Candle {
  readonly assetId: number;
  readonly timeframe: Timeframe;
  readonly isClosed: boolean;
  /** True if the exchange's own finished candle said so. */
  readonly isValidated: boolean;
  readonly source: Source;
  /** 0–1, see `Quality`. */
  readonly coverage: number;
  /** Flat column → value, absent ones left out; null where not computed. See `indicator-document.ts`. */
  readonly indicators: Readonly<Record<string, number>> | null;
}

export interface CandleQuery {
  readonly assetId: number;
  readonly timeframe: Timeframe;
  /** Inclusive, ms; default: no bound. */
  readonly from?: number;
  /** Exclusive, ms; default: no bound. */
  readonly to?: number;
  readonly limit: number;
  readonly withIndicators?: boolean;
}

/** Reads closed candles. Postgres answers; nothing here looks at forming rows left by an earlier run. */
export interface CandleReader {
  /** Gives the newest `limit` closed candles in the range, oldest first. */
  latestClosed(query: CandleQuery): Promise<readonly CandleRecord[]>;
  /** As `latestClosed`, prices and volume as exact decimal text, in the same order. */
  latestClosedExact(query: CandleQuery): Promise<readonly ExactCandle[]>;
}

/** A closed candle with the digits exactly as stored. */
export interface ExactCandle {
  readonly record: CandleRecord;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

export interface AssetFilter {
  readonly type?: AssetRecord['assetType'];
  /** Primary or not. */
  readonly sectorId?: number;
  /** Case-insensitive part of symbol or name. */
  readonly q?: string;
  /** Only these: what a process serves, of all that the database has seen. */
  readonly ids: readonly number[];
  readonly limit: number;
  /** Only ids greater than this. */
  readonly afterId?: number;
}

export interface AssetReader {
  /** Gives active assets by ascending id, at most `limit`. */
  list(filter: AssetFilter): Promise<readonly AssetRecord[]>;
  get(id: number): Promise<AssetRecord | null>;
}
