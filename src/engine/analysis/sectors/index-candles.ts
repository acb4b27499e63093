import { bucketStart, TIMEFRAME_COUNT, TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import { CANDLE_MS, endedBy } from '../metrics/candle-lookup.js';
import { SeriesBook } from '../series-book.js';

/** Where past values are looked for, the finest that reaches back first. */
const LADDER = (['5m', '15m', '1h', '4h', '1d'] as const).map(timeframeIndex);

/** Open, high, low, close and bucket of a candle in the making. */
interface Shape {
  bucket: number;
  /** False: the index was not there when it began. */
  isWhole: boolean;
  open: number;
  high: number;
  low: number;
  close: number;
}

/**
 * Candles of indices, with their indicators: an index is a number at moments, and its candles are made of these. A
 * candle that time has left behind waits until its frame closes it.
 */
export class IndexCandles {
  readonly book = new SeriesBook();
  /** By slot and timeframe: the one that moves, and the one before. */
  readonly #moving: Shape[] = [];
  readonly #left: (Shape | null)[] = [];
  readonly #last: { time: number; value: number }[] = [];
  readonly #buckets = new Float64Array(TIMEFRAME_COUNT);

  /** Makes the candles of one more index; gives its slot. */
  add(): number {
    const slot = this.#last.length;
    this.book.add(slot);
    this.#last.push({ time: Number.NEGATIVE_INFINITY, value: Number.NaN });
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      this.#moving.push({ bucket: Number.NaN, isWhole: false, open: 0, high: 0, low: 0, close: 0 });
      this.#left.push(null);
    }
    return slot;
  }

  /** Says which moment is sampled next, ms: it ends its candles rather than beginning new ones. */
  at(moment: number): void {
    for (const [index, timeframe] of TIMEFRAMES.entries()) {
      this.#buckets[index] = bucketStart(timeframe, moment - 1);
    }
  }

  /** Takes the value of an index at the moment that `at` has named. */
  sample(slot: number, moment: number, value: number): void {
    const last = this.#last[slot] as { time: number; value: number };
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      const series = slot * TIMEFRAME_COUNT + timeframe;
      const bucket = this.#buckets[timeframe] as number;
      let shape = this.#moving[series] as Shape;
      if (shape.bucket !== bucket) {
        this.#left[series] = Number.isNaN(shape.bucket) ? null : shape;
        const open = last.time === bucket ? last.value : value;
        const isWhole = !Number.isNaN(last.value);
        shape = { bucket, isWhole, open, high: open, low: open, close: open };
        this.#moving[series] = shape;
      }
      if (value > shape.high) shape.high = value;
      if (value < shape.low) shape.low = value;
      shape.close = value;
    }
    last.time = moment;
    last.value = value;
  }

  /** Closes a candle. Gives false if it was not sampled from its beginning, or is closed already. */
  close(slot: number, timeframe: number, candleTime: number, volume: number): boolean {
    const series = slot * TIMEFRAME_COUNT + timeframe;
    const shape = [this.#moving[series], this.#left[series]].find((known) => known?.bucket === candleTime);
    if (!shape?.isWhole) return false;
    if (candleTime <= this.book.time(slot, timeframe, 0)) return false;
    const { open, high, low, close } = shape;
    this.book.push(slot, timeframe, { time: candleTime, open, high, low, close, volume });
    return true;
  }

  /** Gives the value at the end of the candle of a frame; NaN: it was not sampled. */
  closeOf(slot: number, timeframe: number, candleTime: number): number {
    return this.book.time(slot, timeframe, 0) === candleTime
      ? this.book.close(slot, timeframe, 0)
      : Number.NaN;
  }

  /** Gives the close of the candle that ended at a moment, ms; NaN: there is none. */
  endingAt(slot: number, timeframe: number, end: number): number {
    const start = end - (CANDLE_MS[timeframe] as number);
    const newest = this.book.time(slot, timeframe, 0);
    let back = Math.min(
      Math.round((newest - start) / (CANDLE_MS[timeframe] as number)),
      this.book.count(slot, timeframe) - 1,
    );
    while (back > 0 && this.book.time(slot, timeframe, back) < start) back -= 1;
    return this.book.time(slot, timeframe, back) === start
      ? this.book.close(slot, timeframe, back)
      : Number.NaN;
  }

  /** Gives the newest value as of a moment, ms; NaN: it was older than `maxAge` ms, or is not kept. */
  asOf(slot: number, moment: number, maxAge: number): number {
    for (const timeframe of LADDER) {
      const back = endedBy(this.book, slot, timeframe, moment);
      if (back === -1) continue;
      const age = moment - this.book.time(slot, timeframe, back) - (CANDLE_MS[timeframe] as number);
      if (age <= maxAge) return this.book.close(slot, timeframe, back);
    }
    return Number.NaN;
  }

  /** The candle that forms, with a value that is not sampled: as `sample` would make it. */
  forming(slot: number, timeframe: number, bucket: number, value: number): Omit<Shape, 'bucket' | 'isWhole'> {
    const moving = this.#moving[slot * TIMEFRAME_COUNT + timeframe] as Shape;
    const last = this.#last[slot] as { time: number; value: number };
    const open = moving.bucket === bucket ? moving.open : last.time === bucket ? last.value : value;
    const high = moving.bucket === bucket ? moving.high : open;
    const low = moving.bucket === bucket ? moving.low : open;
    return { open, high: Math.max(high, value), low: Math.min(low, value), close: value };
  }
}
