import {
  type CategoryFigures,
  type CoinFigures,
  type DailyClose,
  EXTERNAL_FIGURES,
  type ExternalEvent,
  type ExternalName,
  type ExternalReading,
  type ExternalSeriesName,
  type ExternalSource,
} from '../../external-events.js';
import { DAY_MS, HOUR_MS, momentText } from '../../timeframe.js';

export {
  type CategoryFigures,
  type CoinFigures,
  type DailyClose,
  EXTERNAL_FIGURES,
  EXTERNAL_SOURCES,
  type ExternalEvent,
  type ExternalName,
  type ExternalReading,
  type ExternalSeriesName,
  type ExternalSource,
  type Liquidation,
} from '../../external-events.js';

/** Coins and categories are stale after this, ms. */
const COIN_MAX_AGE_MS = 6 * HOUR_MS;
/**
 * Figures of so many moments are kept of each name: a frame of a close is computed up to two minutes after it, and what
 * came in between must not hide what was known then.
 */
const VERSIONS = 16;

interface Dated {
  readonly asOf: number;
}

/**
 * The newest figures from outside. They come in with the data, in order, as prices do; whoever reads says what time it
 * is, and is given what spoke of no later moment. A stale figure is no figure: null, with the reason from `reason`.
 */
export class ExternalBook {
  readonly #readings = new Map<ExternalName, readonly ExternalReading[]>();
  readonly #series = new Map<ExternalSeriesName, readonly DailyClose[]>();
  readonly #coins = new Map<string, readonly CoinFigures[]>();
  readonly #categories = new Map<string, readonly CategoryFigures[]>();
  readonly #off = new Map<ExternalSource, string>();
  #watchingSince: number | null = null;
  #unwatchedReason = 'is not watched';

  /** Takes what a source tells. Liquidations are passed over: the metrics take them. */
  apply(event: ExternalEvent): void {
    if (event.type === 'reading') this.set(event.reading);
    else if (event.type === 'series') this.setSeries(event.name, event.closes);
    else if (event.type === 'coins') this.setCoins(event.coins);
    else if (event.type === 'categories') this.setCategories(event.categories);
    else if (event.type === 'state') this.setState(event.source, event.fault);
    else if (event.type === 'watching') {
      this.#watchingSince = event.since;
      if (event.reason !== null) this.#unwatchedReason = event.reason;
    }
  }

  /** Takes a figure. One that speaks of a moment that is known already takes its place. */
  set(reading: ExternalReading): void {
    this.#readings.set(reading.name, withVersion(this.#readings.get(reading.name), reading));
  }

  /** Takes daily closes, oldest first, in the place of those known. */
  setSeries(name: ExternalSeriesName, closes: readonly DailyClose[]): void {
    this.#series.set(name, closes);
  }

  setCoins(coins: readonly CoinFigures[]): void {
    for (const coin of coins) this.#coins.set(coin.base, withVersion(this.#coins.get(coin.base), coin));
  }

  setCategories(categories: readonly CategoryFigures[]): void {
    for (const category of categories) {
      const { coingeckoId } = category;
      this.#categories.set(coingeckoId, withVersion(this.#categories.get(coingeckoId), category));
    }
  }

  /** Says why a source brings nothing, in words: `is switched off`, `has not answered since …`; null: it works. */
  setState(source: ExternalSource, fault: string | null): void {
    if (fault === null) this.#off.delete(source);
    else this.#off.set(source, fault);
  }

  /** Gives a figure as of `now`, ms; null: unknown or stale. */
  value(name: ExternalName, now: number): number | null {
    return this.reading(name, now)?.value ?? null;
  }

  reading(name: ExternalName, now: number): ExternalReading | null {
    return fresh(this.#readings.get(name), now, EXTERNAL_FIGURES[name].maxAgeMs);
  }

  /** Gives the daily closes of days that ended by `now`, oldest first. */
  closes(name: ExternalSeriesName, now: number): readonly DailyClose[] {
    return (this.#series.get(name) ?? []).filter(({ day }) => day + DAY_MS <= now);
  }

  coin(base: string, now: number): CoinFigures | null {
    return fresh(this.#coins.get(base), now, COIN_MAX_AGE_MS);
  }

  category(coingeckoId: string, now: number): CategoryFigures | null {
    return fresh(this.#categories.get(coingeckoId), now, COIN_MAX_AGE_MS);
  }

  /** Since when liquidations are heard without a hole, ms; null: they are not, see `unwatchedReason`. */
  get watchingSince(): number | null {
    return this.#watchingSince;
  }

  /** Says why liquidations are not heard, in words that follow `the stream of liquidations`. */
  get unwatchedReason(): string {
    return this.#unwatchedReason;
  }

  /** Says why a figure is null: `the source fear_greed has brought nothing yet`. */
  reason(name: ExternalName, now: number): string {
    const { source } = EXTERNAL_FIGURES[name];
    return this.#reason(source, newest(this.#readings.get(name), now), '');
  }

  /** Says why figures of a coin are null. */
  coinReason(base: string, now: number): string {
    return this.#reason('global_market', newest(this.#coins.get(base), now), ` of ${base}`);
  }

  /** Says why figures of a category are null. */
  categoryReason(coingeckoId: string, now: number): string {
    const found = newest(this.#categories.get(coingeckoId), now);
    return this.#reason('global_market', found, ` of the category ${coingeckoId}`);
  }

  #reason(source: ExternalSource, found: Dated | null, what: string): string {
    const fault = this.#off.get(source);
    if (found === null) return `the source ${source} ${fault ?? `has brought nothing${what} yet`}`;
    const newest = `its newest figure${what} is of ${momentText(found.asOf)}`;
    return `the source ${source} ${fault ?? 'is late'}: ${newest}`;
  }
}

/** Gives the versions with one more, in the order of what they speak of; the oldest goes when there are too many. */
function withVersion<T extends Dated>(known: readonly T[] = [], added: T): readonly T[] {
  const others = known.filter(({ asOf }) => asOf !== added.asOf);
  const place = others.findLastIndex(({ asOf }) => asOf < added.asOf) + 1;
  return others.toSpliced(place, 0, added).slice(-VERSIONS);
}

function newest<T extends Dated>(versions: readonly T[] = [], now: number): T | null {
  return versions.findLast(({ asOf }) => asOf <= now) ?? null;
}

function fresh<T extends Dated>(versions: readonly T[] | undefined, now: number, maxAgeMs: number): T | null {
  const found = newest(versions, now);
  return found !== null && now - found.asOf <= maxAgeMs ? found : null;
}
