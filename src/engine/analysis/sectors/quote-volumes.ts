import { DAY_MS, HOUR_MS, timeframeIndex } from '../../../timeframe.js';
import { endedBy } from '../metrics/candle-lookup.js';
import type { SeriesReader } from '../series-reader.js';

/** Candles that are kept: what a series keeps of hours, and what weights of the past need of days. */
const HOURS = 800;
const DAYS = 440;

/** Traded volume of one market in quote units, by the hour and by the day: close × volume of each candle. */
export class QuoteVolumes {
  readonly #hours = new VolumeSlots(timeframeIndex('1h'), HOUR_MS, HOURS);
  readonly #days = new VolumeSlots(timeframeIndex('1d'), DAY_MS, DAYS);

  /** Takes in the closed hours that ended at or before `hours`, ms, and the closed days that did by `days`. */
  fill(series: SeriesReader, asset: number, hours: number, days: number): void {
    this.#hours.fill(series, asset, hours);
    this.#days.fill(series, asset, days);
  }

  /**
   * Gives the volume traded from `from` up to `to`, ms, in the candles that are known: hours if they reach back to
   * `from`, else days. A candle that lies in the window in part counts by its share. NaN: nothing of it is known.
   */
  over(from: number, to: number): number {
    return this.#slots(from).over(from, to);
  }

  /** Gives the mean volume a day of a window, or of what is known of it; NaN: less than `days` days are. */
  meanDaily(from: number, to: number, days: number): number {
    const slots = this.#slots(from);
    const begin = Math.max(slots.oldest, from);
    const end = Math.floor(to / slots.length) * slots.length;
    const known = (end - begin) / DAY_MS;
    return known > 0 && known >= days ? slots.over(begin, end) / known : Number.NaN;
  }

  /** Says whether all since a moment, ms, is known. */
  reaches(from: number): boolean {
    return Math.min(this.#hours.oldest, this.#days.oldest) <= from;
  }

  /** Start of the newest hour or day that is known, ms. */
  newest(isHour: boolean): number {
    return (isHour ? this.#hours : this.#days).newest;
  }

  #slots(from: number): VolumeSlots {
    return this.#hours.oldest <= from || this.#hours.oldest <= this.#days.oldest ? this.#hours : this.#days;
  }
}

/** Volumes of candles of one length; a ring by the number of the candle since the epoch. */
class VolumeSlots {
  /** Of a candle, ms. */
  readonly length: number;
  readonly #timeframe: number;
  readonly #slots: Float64Array;
  /** Number of the newest candle that is known, and of the oldest one. */
  #newest = Number.NEGATIVE_INFINITY;
  #oldest = Number.POSITIVE_INFINITY;

  constructor(timeframe: number, length: number, size: number) {
    this.#timeframe = timeframe;
    this.length = length;
    this.#slots = new Float64Array(size).fill(Number.NaN);
  }

  /** Start of the oldest candle, ms; Infinity: there is none. */
  get oldest(): number {
    return this.#oldest * this.length;
  }

  get newest(): number {
    return this.#newest * this.length;
  }

  fill(series: SeriesReader, asset: number, until: number): void {
    const size = this.#slots.length;
    const last = endedBy(series, asset, this.#timeframe, until);
    if (last === -1) return;
    const newest = series.time(asset, this.#timeframe, last) / this.length;
    if (newest <= this.#newest) return;
    const first = Math.max(this.#newest + 1, newest - size + 1);
    for (let candle = first; candle <= newest; candle++) this.#slots[candle % size] = Number.NaN;
    for (let back = last; ; back++) {
      const candle = series.time(asset, this.#timeframe, back) / this.length;
      if (!(candle >= first)) break;
      this.#slots[candle % size] =
        series.close(asset, this.#timeframe, back) * series.volume(asset, this.#timeframe, back);
      this.#oldest = Math.min(this.#oldest, candle);
    }
    this.#newest = newest;
    this.#oldest = Math.max(this.#oldest, newest - size + 1);
  }

  over(from: number, to: number): number {
    const first = Math.max(Math.floor(from / this.length), this.#oldest);
    const last = Math.min(Math.ceil(to / this.length), this.#newest + 1) - 1;
    if (!(first <= last)) return Number.NaN;
    const slots = this.#slots;
    const size = slots.length;
    // In the order of time: with what forms behind it, the sum has the bits that it has once that has closed.
    let sum = (slots[first % size] as number) * this.#share(first, from, to);
    let place = (first + 1) % size;
    for (let left = last - first - 1; left > 0; left--) {
      const volume = slots[place] as number;
      place = place + 1 === size ? 0 : place + 1;
      sum = added(sum, volume);
    }
    return first === last ? sum : added(sum, (slots[last % size] as number) * this.#share(last, from, to));
  }

  /** How much of a candle lies between two moments, ms; 0–1. */
  #share(candle: number, from: number, to: number): number {
    const start = candle * this.length;
    return (Math.min(start + this.length, to) - Math.max(start, from)) / this.length;
  }
}

/** A sum with one more; NaN is nothing. */
function added(sum: number, volume: number): number {
  if (Number.isNaN(volume)) return sum;
  return Number.isNaN(sum) ? volume : sum + volume;
}
