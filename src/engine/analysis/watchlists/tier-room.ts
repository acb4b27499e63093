import type { AnalysisAsset } from '../market.js';
import type { Side } from './score.js';
import type { MarketScores } from './scores.js';
import type { WatchlistInput } from './watchlist-input.js';

/** Where an asset is listed. */
export interface Seat {
  readonly list: WatchlistInput;
  readonly positionType: Side;
}

/** Who sits in the tiers on one day, and how many more each takes of a data source. */
export class TierRoom {
  readonly #tiers: readonly WatchlistInput[];
  readonly #scores: MarketScores;
  readonly #sourceOf: (assetId: number) => string | undefined;
  readonly #seats = new Map<number, Seat>();
  /** Assets of a list by data source, with those that were given a place today: `list:source`. */
  readonly #counts = new Map<string, number>();
  readonly #coins = new Set<string>();

  /** @param tiers the best first: an asset in several counts to the first of them */
  constructor(
    tiers: readonly WatchlistInput[],
    scores: MarketScores,
    sourceOf: (assetId: number) => string | undefined,
  ) {
    this.#tiers = tiers;
    this.#scores = scores;
    this.#sourceOf = sourceOf;
    for (const list of tiers) {
      for (const { assetId, positionType } of list.assets) {
        this.take(list, assetId);
        if (!this.#seats.has(assetId)) this.#seats.set(assetId, { list, positionType });
        const score = scores.ofId(assetId);
        const asset = score === undefined ? undefined : scores.frame.market.asset(score.asset);
        if (asset !== undefined) this.#coins.add(asset.base);
      }
    }
  }

  /** End of the day, ms. */
  get time(): number {
    return this.#scores.frame.time;
  }

  /** Bitcoin's row in `assets`; null: it is not served. */
  get bitcoin(): number | null {
    return this.#scores.frame.market.reference('BTC')?.assetId ?? null;
  }

  seatOf(assetId: number): Seat | undefined {
    return this.#seats.get(assetId);
  }

  /** Says whether a tier has a served market of the same coin. */
  hasCoin({ base }: AnalysisAsset): boolean {
    return this.#coins.has(base);
  }

  hasRoom(list: WatchlistInput, assetId: number): boolean {
    return (this.#counts.get(this.#place(list, assetId)) ?? 0) < list.maxAssets;
  }

  /** Takes one of the places of a list. */
  take(list: WatchlistInput, assetId: number): void {
    const place = this.#place(list, assetId);
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
  }

  /** Takes the place that an asset is still to be given; none if it sits there already, or there is no such tier. */
  reserve(listId: number, assetId: number): void {
    const list = this.#tiers.find(({ id }) => id === listId);
    const isThere = list?.assets.some((watched) => watched.assetId === assetId) ?? true;
    if (list !== undefined && !isThere) this.take(list, assetId);
  }

  /** Gives the served assets of a list of the same data source as an asset, without it, in the order of the list. */
  served(
    list: WatchlistInput,
    assetId: number,
  ): readonly { readonly assetId: number; readonly positionType: Side; readonly symbol: string }[] {
    const source = this.#sourceOf(assetId);
    return list.assets.flatMap((watched) => {
      const score = this.#scores.ofId(watched.assetId);
      const isOne = watched.assetId !== assetId && this.#sourceOf(watched.assetId) === source;
      return isOne && score !== undefined ? [{ ...watched, symbol: score.symbol }] : [];
    });
  }

  /** Gives the rows of those assets; none if there is no list. */
  peers(list: WatchlistInput | null, assetId: number): readonly number[] {
    return list === null ? [] : this.served(list, assetId).map((watched) => watched.assetId);
  }

  #place(list: WatchlistInput, assetId: number): string {
    return `${list.id}:${this.#sourceOf(assetId) ?? ''}`;
  }
}
