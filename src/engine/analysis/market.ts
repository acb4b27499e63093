import { DOLLARS, isDollar } from '../../dollars.js';

/** An asset as the analyses know it. */
export interface AnalysisAsset {
  /** Its number in the engine. */
  readonly asset: number;
  /** Its row in `assets`. */
  readonly assetId: number;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Primary sector; null: none is known. */
  readonly sectorId: number | null;
  /** Prices are made up or replayed. */
  readonly simulated: boolean;
}

export interface AnalysisSector {
  readonly id: number;
  readonly name: string;
  /** Of the category at CoinGecko, by which its figures are found. */
  readonly coingeckoId: string;
}

/** Which assets and sectors are analysed. The order is that of the engine's numbers. */
export class AnalysisMarket {
  #assets: readonly AnalysisAsset[] = [];
  #sectors: readonly AnalysisSector[] = [];
  readonly #byNumber: (AnalysisAsset | undefined)[] = [];

  /** In the order of their numbers. */
  get assets(): readonly AnalysisAsset[] {
    return this.#assets;
  }

  get sectors(): readonly AnalysisSector[] {
    return this.#sectors;
  }

  setAssets(assets: readonly AnalysisAsset[]): void {
    this.#assets = assets.toSorted((a, b) => a.asset - b.asset);
    this.#byNumber.length = 0;
    for (const asset of this.#assets) this.#byNumber[asset.asset] = asset;
  }

  setSectors(sectors: readonly AnalysisSector[]): void {
    this.#sectors = sectors.toSorted((a, b) => a.id - b.id);
  }

  asset(number: number): AnalysisAsset | undefined {
    return this.#byNumber[number];
  }

  /** Gives the market of a coin that stands for it, in dollars; undefined: none is served. */
  reference(base: string): AnalysisAsset | undefined {
    const markets = this.#assets.filter((asset) => asset.base === base && isDollar(asset.quote));
    return markets.toSorted((a, b) => DOLLARS.indexOf(a.quote) - DOLLARS.indexOf(b.quote))[0];
  }
}
