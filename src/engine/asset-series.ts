import type { Source } from '../market.js';
import {
  bucketEnd,
  bucketStart,
  MINUTE_MS,
  TIMEFRAME_COUNT,
  TIMEFRAMES,
  type Timeframe,
} from '../timeframe.js';
import type { CandleBuilder } from './candle-builder.js';
import type { FeedUptime } from './feed-uptime.js';
import type { IndicatorSet } from './indicators/indicator-set.js';
import { CLOSE, HIGH, LOW, OPEN, VOLUME } from './indicators/slab-layout.js';
import { type Piece, RollUp } from './roll-up.js';
import { type CandleView, emptyCandle, type MutableCandle } from './views.js';

/** What is told of a candle that closes, beside its numbers. */
export interface Closing {
  readonly time: number;
  readonly end: number;
  /** Base units; a division of lots, or the exchange's own digits. */
  readonly volume: number;
  readonly exchangeTime: number | null;
  readonly receivedAt: number | null;
}

/** The eight series of one asset: their indicators, their last closed candle, and the candles that form. */
export class AssetSeries {
  /** Start of each series' current bucket, ms. */
  readonly #starts = new Float64Array(TIMEFRAME_COUNT).fill(Number.NaN);
  readonly #ends = new Float64Array(TIMEFRAME_COUNT).fill(Number.NaN);
  readonly rollUp = new RollUp();
  readonly #set: IndicatorSet;
  readonly #slab: Float64Array;
  readonly #counts = new Int32Array(TIMEFRAME_COUNT);
  readonly #known = new Uint8Array(TIMEFRAME_COUNT);
  readonly #closed: readonly MutableCandle[] = TIMEFRAMES.map(() => emptyCandle());
  readonly #forming = emptyCandle();
  readonly #scale: number;
  readonly #isSimulated: boolean;

  /** @param scale 10^amountDecimals */
  constructor(set: IndicatorSet, scale: number, isSimulated: boolean) {
    this.#set = set;
    this.#slab = set.createSlab(TIMEFRAME_COUNT);
    this.#scale = scale;
    this.#isSimulated = isSimulated;
  }

  /** Puts every series into its bucket that holds `time`. */
  enterBuckets(time: number): void {
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      const start = bucketStart(TIMEFRAMES[timeframe] as Timeframe, time);
      this.#starts[timeframe] = start;
      this.#ends[timeframe] = bucketEnd(TIMEFRAMES[timeframe] as Timeframe, start);
    }
  }

  start(timeframe: number): number {
    return this.#starts[timeframe] as number;
  }

  /** Advances a series by a closed candle. */
  commit(timeframe: number, candle: Piece, closing: Closing): void {
    const slab = this.#slab;
    const base = timeframe * this.#set.stride;
    slab[base + OPEN] = candle.open;
    slab[base + HIGH] = candle.high;
    slab[base + LOW] = candle.low;
    slab[base + CLOSE] = candle.close;
    slab[base + VOLUME] = closing.volume;
    const view = this.#closed[timeframe] as MutableCandle;
    view.depth = this.#counts[timeframe] as number;
    this.#set.commit(slab, timeframe, this.#counts);
    view.time = closing.time;
    view.open = candle.open;
    view.high = candle.high;
    view.low = candle.low;
    view.close = candle.close;
    view.volume = closing.volume;
    view.tradeCount = Number.isNaN(candle.tradeCount) ? null : candle.tradeCount;
    view.vwap = vwapOf(candle.notional, closing.volume, candle.low, candle.high);
    view.source = this.#isSimulated ? 'simulated' : candle.source;
    view.coverage = shareOf(candle.coveredMs, closing.end - closing.time);
    view.isValidated = candle.isValidated;
    view.exchangeTime = closing.exchangeTime;
    view.receivedAt = closing.receivedAt;
  }

  /** Closes a longer series if its bucket ends at `end`; true if that gave a candle. */
  closeAt(timeframe: number, end: number, exchangeTime: number, receivedAt: number): boolean {
    if (this.#ends[timeframe] !== end) return false;
    const hasCandle = timeframe > 0 && !this.rollUp.isEmpty(timeframe);
    const time = this.start(timeframe);
    if (hasCandle) this.commitRollUp(timeframe, { time, end, exchangeTime, receivedAt });
    this.#starts[timeframe] = end;
    this.#ends[timeframe] = bucketEnd(TIMEFRAMES[timeframe] as Timeframe, end);
    return hasCandle;
  }

  /** Advances a longer series by what its roll-up holds, and empties that. */
  commitRollUp(timeframe: number, closing: Omit<Closing, 'volume'>): void {
    const piece = this.rollUp.piece(timeframe);
    this.rollUp.clear(timeframe);
    this.commit(timeframe, piece, { ...closing, volume: piece.lots / this.#scale });
  }

  /** Makes every forming candle unknown while candles close. */
  hideForming(): void {
    this.#known.fill(0);
  }

  /** Composes the eight forming candles out of closed minutes and the open one, and peeks their indicators. */
  showForming(head: CandleBuilder): void {
    const slab = this.#slab;
    const stride = this.#set.stride;
    if (head.content === 'nothing') {
      this.#showWithoutHead();
      return;
    }
    const { open, high, low, close, lots } = head;
    slab[OPEN] = open;
    slab[HIGH] = high;
    slab[LOW] = low;
    slab[CLOSE] = close;
    slab[VOLUME] = head.volume;
    const rollUp = this.rollUp;
    for (let timeframe = 1, base = stride; timeframe < TIMEFRAME_COUNT; timeframe++, base += stride) {
      slab[base + OPEN] = rollUp.isEmpty(timeframe) ? open : rollUp.open(timeframe);
      slab[base + HIGH] = Math.max(rollUp.high(timeframe), high);
      slab[base + LOW] = Math.min(rollUp.low(timeframe), low);
      slab[base + CLOSE] = close;
      slab[base + VOLUME] = (rollUp.lots(timeframe) + lots) / this.#scale;
    }
    this.#known.fill(1);
    this.#set.peek(slab, this.#counts);
  }

  #showWithoutHead(): void {
    const slab = this.#slab;
    this.#known[0] = 0;
    for (let timeframe = 1; timeframe < TIMEFRAME_COUNT; timeframe++) {
      const base = timeframe * this.#set.stride;
      const isKnown = !this.rollUp.isEmpty(timeframe);
      this.#known[timeframe] = Number(isKnown);
      if (!isKnown) continue;
      slab[base + OPEN] = this.rollUp.open(timeframe);
      slab[base + HIGH] = this.rollUp.high(timeframe);
      slab[base + LOW] = this.rollUp.low(timeframe);
      slab[base + CLOSE] = this.rollUp.close(timeframe);
      slab[base + VOLUME] = this.rollUp.lots(timeframe) / this.#scale;
    }
    this.#set.peek(slab, this.#counts);
  }

  /** Gives the forming candle; null if there is none. The object is overwritten by the next call. */
  forming(timeframe: number, head: CandleBuilder, uptime: FeedUptime): CandleView | null {
    if (this.#known[timeframe] === 0) return null;
    const view = this.#forming;
    const base = timeframe * this.#set.stride;
    const hasHead = head.content !== 'nothing';
    const isMinute = timeframe === 0;
    const lastMinute = this.#closed[0] as MutableCandle;
    view.time = this.start(timeframe);
    view.open = this.#slab[base + OPEN] as number;
    view.high = this.#slab[base + HIGH] as number;
    view.low = this.#slab[base + LOW] as number;
    view.close = this.#slab[base + CLOSE] as number;
    view.volume = this.#slab[base + VOLUME] as number;
    const trades = (isMinute ? 0 : this.rollUp.tradeCount(timeframe)) + (hasHead ? head.tradeCount : 0);
    view.tradeCount = Number.isNaN(trades) ? null : trades;
    const notional = (isMinute ? 0 : this.rollUp.notional(timeframe)) + (hasHead ? head.notional : 0);
    view.vwap = vwapOf(notional, view.volume, view.low, view.high);
    view.source = this.#sourceWith(timeframe, hasHead ? head.source : undefined);
    const elapsed = hasHead ? Math.min(Math.max(head.exchangeTime - head.time, 0), MINUTE_MS) : 0;
    const covered = uptime.within(head.time, head.time + elapsed);
    const before = head.time - view.time;
    view.coverage =
      before + elapsed === 0
        ? uptime.share(head.time, head.time)
        : shareOf((isMinute ? 0 : this.rollUp.coveredMs(timeframe)) + covered, before + elapsed);
    view.depth = this.#counts[timeframe] as number;
    view.isValidated = false;
    view.exchangeTime = hasHead ? head.exchangeTime : lastMinute.exchangeTime;
    view.receivedAt = hasHead ? head.receivedAt : lastMinute.receivedAt;
    return view;
  }

  /** Gives the last closed candle; null if there is none. The object is overwritten when the next one closes. */
  lastClosed(timeframe: number): CandleView | null {
    return this.#counts[timeframe] === 0 ? null : (this.#closed[timeframe] as CandleView);
  }

  formingValue(timeframe: number, column: number): number {
    return this.#known[timeframe] === 0 ? Number.NaN : this.#set.formingValue(this.#slab, timeframe, column);
  }

  closedValue(timeframe: number, column: number): number {
    return this.#set.closedValue(this.#slab, timeframe, column);
  }

  #sourceWith(timeframe: number, head: Source | undefined): Source {
    if (this.#isSimulated) return 'simulated';
    if (timeframe === 0 && head !== undefined) return head;
    return this.rollUp.source(timeframe, head);
  }
}

function vwapOf(notional: number, volume: number, low: number, high: number): number | null {
  if (Number.isNaN(notional) || volume <= 0) return null;
  // A mean lies between its extremes; only rounding can say otherwise.
  return Math.min(Math.max(notional / volume, low), high);
}

function shareOf(part: number, whole: number): number {
  return Math.min(part / whole, 1);
}
