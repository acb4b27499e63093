import { bucketEnd, bucketStart, momentText, type Timeframe } from '../../timeframe.js';
import type { FileCandle } from './candle-file.js';
import { DecimalSum } from './decimal-sum.js';

/** A candle without what only the file knows. */
export type TimedCandle = Omit<FileCandle, 'volumeText'>;

/**
 * Rolls the candles of a file up to a longer timeframe (UTC; weeks from Monday, months by the calendar), volumes without
 * rounding. A first or last bucket of which the file lacks the beginning or the end is left out; a hole within the file
 * is the exchange's own.
 */
export class CandleRollUp {
  readonly #volume = new DecimalSum();
  /** Start of the bucket that is being filled; NaN before the first candle. */
  #time = Number.NaN;
  #end = Number.NaN;
  /** Where the last candle taken in ends. */
  #reached = Number.NaN;
  #open = Number.NaN;
  #high = Number.NaN;
  #low = Number.NaN;
  #close = Number.NaN;
  #isFirstCut = false;
  #firstCut: string | null = null;

  /** @param part timeframe of the candles taken in, of which those of `timeframe` can be made */
  constructor(
    private readonly timeframe: Timeframe,
    private readonly part: Timeframe,
  ) {}

  /** Takes candles in, oldest first; gives those of the longer timeframe that are complete. */
  take(candles: readonly FileCandle[]): readonly TimedCandle[] {
    const complete: TimedCandle[] = [];
    for (const candle of candles) {
      // A bucket is complete with its last piece, or, where that is missing, with what comes after.
      if (candle.time >= this.#end) this.#finish(complete);
      if (Number.isNaN(this.#time)) this.#begin(candle);
      else this.#add(candle);
      this.#reached = bucketEnd(this.part, candle.time);
      if (this.#reached >= this.#end) this.#finish(complete);
    }
    return complete;
  }

  /** Names what is left out at the beginning and, so far, at the end. */
  get leftOut(): readonly string[] {
    const told: string[] = [];
    if (this.#firstCut !== null) told.push(this.#firstCut);
    if (!Number.isNaN(this.#time)) told.push(this.#name(this.#isFirstCut ? 'only' : 'last'));
    return told;
  }

  #begin(candle: FileCandle): void {
    this.#time = bucketStart(this.timeframe, candle.time);
    this.#end = bucketEnd(this.timeframe, this.#time);
    this.#isFirstCut = Number.isNaN(this.#reached) && this.#time !== candle.time;
    this.#open = candle.open;
    this.#high = candle.high;
    this.#low = candle.low;
    this.#close = candle.close;
    this.#volume.reset();
    this.#volume.add(candle.volume, candle.volumeText);
  }

  #add(candle: FileCandle): void {
    this.#high = Math.max(this.#high, candle.high);
    this.#low = Math.min(this.#low, candle.low);
    this.#close = candle.close;
    this.#volume.add(candle.volume, candle.volumeText);
  }

  #finish(complete: TimedCandle[]): void {
    if (Number.isNaN(this.#time)) return;
    if (this.#isFirstCut) {
      this.#firstCut = this.#name('first');
    } else {
      complete.push({
        time: this.#time,
        open: this.#open,
        high: this.#high,
        low: this.#low,
        close: this.#close,
        volume: this.#volume.value,
      });
    }
    this.#isFirstCut = false;
    this.#time = Number.NaN;
  }

  #name(which: string): string {
    return `the ${which} candle of ${this.timeframe}, ${momentText(this.#time)},`;
  }
}
