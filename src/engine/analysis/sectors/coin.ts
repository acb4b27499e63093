import { isDollar } from '../../../dollars.js';
import { bucketEnd, DAY_MS, TIMEFRAMES, type Timeframe } from '../../../timeframe.js';
import type { AnalysisAsset, AnalysisMarket, AnalysisSector } from '../market.js';
import { CANDLE_MS, endedBy } from '../metrics/candle-lookup.js';
import type { SeriesReader } from '../series-reader.js';
import { QuoteVolumes } from './quote-volumes.js';

/** A member whose last close is older takes no part: its price says nothing any more, ms. */
const MAX_AGE_MS = DAY_MS;

/** A coin by the one market that stands for it. What is known of it goes on when the market is numbered anew. */
export class Coin {
  /** As the analyses know it now. */
  asset: AnalysisAsset;
  /** Newest close that the indices have seen, US dollars; NaN: none yet. */
  price = Number.NaN;
  /** End of that candle, ms. */
  pricedAt = Number.NEGATIVE_INFINITY;
  readonly volumes = new QuoteVolumes();

  constructor(asset: AnalysisAsset) {
    this.asset = asset;
  }

  /** Takes the close of the newest candle of a timeframe that ended at or before `moment`, ms, if it is news. */
  update(series: SeriesReader, timeframe: number, moment: number): void {
    const back = endedBy(series, this.asset.asset, timeframe, moment);
    if (back === -1) return;
    const end = series.time(this.asset.asset, timeframe, back) + (CANDLE_MS[timeframe] as number);
    if (end <= this.pricedAt) return;
    const price = series.close(this.asset.asset, timeframe, back);
    if (!(price > 0) || !Number.isFinite(price)) return;
    this.price = price;
    this.pricedAt = end;
  }

  /** Says whether it has a price at a moment, ms. */
  isPriced(moment: number): boolean {
    return this.price > 0 && moment - this.pricedAt <= MAX_AGE_MS;
  }

  /** Gives how many candles ago the one is that began at `candleTime`, ms, closed or forming; −1: it is not there. */
  backOf(series: SeriesReader, timeframe: number, candleTime: number): number {
    const { asset } = this.asset;
    if (series.time(asset, timeframe, 0) === candleTime) return 0;
    const end = bucketEnd(TIMEFRAMES[timeframe] as Timeframe, candleTime);
    const back = endedBy(series, asset, timeframe, end);
    return back !== -1 && series.time(asset, timeframe, back) === candleTime ? back : -1;
  }
}

/** Which coins there are, and in which sectors: one market of each coin, in dollars. */
export class Coins {
  #assets: readonly AnalysisAsset[] | null = null;
  #sectors: readonly AnalysisSector[] | null = null;
  #all: readonly Coin[] = [];
  #moving: readonly Coin[] = [];
  #bySector = new Map<number, readonly Coin[]>();
  #byBase = new Map<string, Coin>();

  /** In the order of their numbers. */
  get all(): readonly Coin[] {
    return this.#all;
  }

  /** Those that are not dollars themselves (USDC/USDT …): what the whole market's index is made of. */
  get moving(): readonly Coin[] {
    return this.#moving;
  }

  get sectors(): readonly AnalysisSector[] {
    return this.#sectors ?? [];
  }

  ofSector(id: number): readonly Coin[] {
    return this.#bySector.get(id) ?? [];
  }

  ofBase(base: string): Coin | undefined {
    return this.#byBase.get(base);
  }

  /** Takes the market as it is now. Cheap if nothing has changed. */
  update(market: AnalysisMarket): void {
    if (market.assets === this.#assets && market.sectors === this.#sectors) return;
    this.#assets = market.assets;
    this.#sectors = market.sectors;
    const known = new Map(this.#all.map((coin) => [coin.asset.assetId, coin]));
    const bases = new Set(market.assets.map(({ base }) => base));
    const chosen = [...bases].flatMap((base) => market.reference(base) ?? []);
    this.#all = chosen
      .toSorted((a, b) => a.asset - b.asset)
      .map((asset) => {
        const coin = known.get(asset.assetId) ?? new Coin(asset);
        coin.asset = asset;
        return coin;
      });
    this.#moving = this.#all.filter(({ asset }) => !isDollar(asset.base));
    this.#byBase = new Map(this.#all.map((coin) => [coin.asset.base, coin]));
    this.#bySector = new Map(
      market.sectors.map(({ id }) => [id, this.#all.filter(({ asset }) => asset.sectorId === id)]),
    );
  }
}
