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
import {
  CLOSE,
  HIGH,
  LOTS,
  LOW,
  OPEN,
  PART_HIGH,
  PART_LOTS,
  PART_LOW,
  PART_OPEN,
  PART_TIME,
  SCALE,
  TIME,
  VOLUME,
} from './indicators/layout.js';
import type { SeriesState } from './indicators/series-state.js';
import type { PairBook } from './pairs/pair-book.js';
import { RECENT_SHAPE, RecentCandles } from './recent-candles.js';
import { type Piece, ROLL_UP_SHAPE, RollUp } from './roll-up.js';
import type { Shape, Shaped } from './shape.js';
import { CANDLE_SHAPE, type CandleView, emptyCandle, type MutableCandle } from './views.js';

/** What is saved of the eight series of an asset. Buckets are not: the first open minute tells them. */
export function seriesShape(set: IndicatorSet) {
  return {
    fields: {
      slab: { doubles: set.slabSize * TIMEFRAME_COUNT },
      past: { doubles: set.pastSize * TIMEFRAME_COUNT },
      counts: { doubles: TIMEFRAME_COUNT },
      rollUp: ROLL_UP_SHAPE,
      closed: { list: CANDLE_SHAPE, length: TIMEFRAME_COUNT },
      recent: RECENT_SHAPE,
    },
  } as const satisfies Shape;
}
export type SavedAssetSeries = Shaped<ReturnType<typeof seriesShape>>;

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
  readonly #state: SeriesState;
  /** Number of the asset's first series in the state. */
  readonly #first: number;
  readonly #known = new Uint8Array(TIMEFRAME_COUNT);
  #areClosedPartsStale = true;
  readonly #closed: readonly MutableCandle[] = TIMEFRAMES.map(() => emptyCandle());
  readonly #forming = emptyCandle();
  /** Its newest closed candles. */
  readonly recent = new RecentCandles();
  readonly #pairs: PairBook;
  /** Lots in a base unit. */
  readonly scale: number;
  readonly #isSimulated: boolean;

  /**
   * @param state memory of all series; those of this asset are empty
   * @param pairs told of every candle that closes
   * @param first the asset's first series in it
   * @param scale 10^amountDecimals
   */
  constructor(
    set: IndicatorSet,
    state: SeriesState,
    pairs: PairBook,
    first: number,
    scale: number,
    isSimulated: boolean,
  ) {
    this.#set = set;
    this.#state = state;
    this.#pairs = pairs;
    this.#first = first;
    this.scale = scale;
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

  save(): SavedAssetSeries {
    return {
      ...this.#state.save(this.#first, TIMEFRAME_COUNT),
      rollUp: this.rollUp.save(),
      closed: this.#closed.map((candle) => ({ ...candle })),
      recent: this.recent.save(),
    };
  }

  /** Takes the place of commits and `enterBuckets`; `time`: the first open minute. `showForming` must follow. */
  load(saved: SavedAssetSeries, time: number): void {
    this.#state.load(this.#first, saved);
    this.rollUp.load(saved.rollUp);
    this.recent.load(saved.recent);
    for (const [timeframe, candle] of saved.closed.entries()) {
      Object.assign(this.#closed[timeframe] as MutableCandle, candle);
      // Pairs that wait for this asset hear of its candles as if they closed now.
      for (const { time: begin, close } of this.recent.last(timeframe, Number.POSITIVE_INFINITY)) {
        this.#pairs.closed(this.#first / TIMEFRAME_COUNT, timeframe, begin, close);
      }
    }
    this.enterBuckets(time);
  }

  start(timeframe: number): number {
    return this.#starts[timeframe] as number;
  }

  /** Advances a series by a closed candle. */
  commit(timeframe: number, candle: Piece, closing: Closing): void {
    const { input, counts } = this.#state;
    const series = this.#first + timeframe;
    input[TIME] = closing.time;
    input[OPEN] = candle.open;
    input[HIGH] = candle.high;
    input[LOW] = candle.low;
    input[CLOSE] = candle.close;
    input[VOLUME] = closing.volume;
    const view = this.#closed[timeframe] as MutableCandle;
    view.depth = counts[series] as number;
    this.#set.commit(this.#state, series);
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
    this.recent.push(timeframe, closing.time, candle, closing.volume);
    this.#pairs.closed(this.#first / TIMEFRAME_COUNT, timeframe, closing.time, candle.close);
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
    this.commit(timeframe, piece, { ...closing, volume: piece.lots / this.scale });
  }

  /** Makes every forming candle unknown while candles close. */
  hideForming(): void {
    this.#known.fill(0);
    this.#areClosedPartsStale = true;
  }

  /**
   * Composes the eight forming candles out of closed minutes and the open one, and peeks their indicators. On the tick
   * path: what closed minutes contribute is read anew only after a close.
   */
  showForming(head: CandleBuilder): void {
    if (this.#areClosedPartsStale) this.#readClosedParts(head.content !== 'nothing');
    this.#peek(head);
  }

  /** Copies what a tick needs of the roll-ups. */
  #readClosedParts(hasHead: boolean): void {
    const { slab } = this.#state;
    const { rollUp } = this;
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      const base = (this.#first + timeframe) * this.#set.slabSize;
      slab[base + PART_TIME] = this.start(timeframe);
      slab[base + PART_OPEN] = rollUp.isEmpty(timeframe) ? Number.NaN : rollUp.open(timeframe);
      slab[base + PART_HIGH] = rollUp.high(timeframe);
      slab[base + PART_LOW] = rollUp.low(timeframe);
      slab[base + PART_LOTS] = rollUp.lots(timeframe);
      this.#known[timeframe] = Number(hasHead || !rollUp.isEmpty(timeframe));
    }
    // The first trade of the minute makes more candles known.
    this.#areClosedPartsStale = !hasHead;
  }

  #peek(head: CandleBuilder): void {
    const state = this.#state;
    const { input } = state;
    state.owner = this.#first;
    input[SCALE] = this.scale;
    if (head.content === 'nothing') {
      this.#peekWithout(input);
      return;
    }
    input[OPEN] = head.open;
    input[HIGH] = head.high;
    input[LOW] = head.low;
    input[CLOSE] = head.close;
    input[VOLUME] = head.volume;
    input[LOTS] = head.lots;
    this.#set.peek(state, this.#first, this.#first + TIMEFRAME_COUNT, 0);
  }

  /** Peeks the candles whose closed part is all there is. */
  #peekWithout(input: Float64Array): void {
    input[OPEN] = Number.NaN;
    input[HIGH] = Number.NEGATIVE_INFINITY;
    input[LOW] = Number.POSITIVE_INFINITY;
    input[VOLUME] = 0;
    input[LOTS] = 0;
    for (let timeframe = 1; timeframe < TIMEFRAME_COUNT; timeframe++) {
      if (this.#known[timeframe] === 0) continue;
      input[CLOSE] = this.rollUp.close(timeframe);
      const series = this.#first + timeframe;
      this.#set.peek(this.#state, series, series + 1, timeframe);
    }
  }

  /** Gives the forming candle; null if there is none. The object is overwritten by the next call. */
  forming(timeframe: number, head: CandleBuilder, uptime: FeedUptime): CandleView | null {
    if (this.#known[timeframe] === 0) return null;
    const view = this.#forming;
    const { rollUp } = this;
    const hasHead = head.content !== 'nothing';
    const isMinute = timeframe === 0;
    const lastMinute = this.#closed[0] as MutableCandle;
    view.time = this.start(timeframe);
    view.open = rollUp.isEmpty(timeframe) ? head.open : rollUp.open(timeframe);
    view.high = hasHead ? Math.max(rollUp.high(timeframe), head.high) : rollUp.high(timeframe);
    view.low = hasHead ? Math.min(rollUp.low(timeframe), head.low) : rollUp.low(timeframe);
    view.close = hasHead ? head.close : rollUp.close(timeframe);
    view.volume = this.formingVolume(timeframe, head);
    const trades = (isMinute ? 0 : rollUp.tradeCount(timeframe)) + (hasHead ? head.tradeCount : 0);
    view.tradeCount = Number.isNaN(trades) ? null : trades;
    const notional = (isMinute ? 0 : rollUp.notional(timeframe)) + (hasHead ? head.notional : 0);
    view.vwap = vwapOf(notional, view.volume, view.low, view.high);
    view.source = this.#sourceWith(timeframe, hasHead ? head.source : undefined);
    const elapsed = hasHead ? Math.min(Math.max(head.exchangeTime - head.time, 0), MINUTE_MS) : 0;
    const covered = uptime.within(head.time, head.time + elapsed);
    const before = head.time - view.time;
    view.coverage =
      before + elapsed === 0
        ? uptime.share(head.time, head.time)
        : shareOf((isMinute ? 0 : rollUp.coveredMs(timeframe)) + covered, before + elapsed);
    view.depth = this.#state.counts[this.#first + timeframe] as number;
    view.isValidated = false;
    view.exchangeTime = hasHead ? head.exchangeTime : lastMinute.exchangeTime;
    view.receivedAt = hasHead ? head.receivedAt : lastMinute.receivedAt;
    return view;
  }

  /** Gives the last closed candle; null if there is none. The object is overwritten when the next one closes. */
  lastClosed(timeframe: number): CandleView | null {
    return this.#state.counts[this.#first + timeframe] === 0 ? null : (this.#closed[timeframe] as CandleView);
  }

  /** Says whether there is a forming candle. */
  isForming(timeframe: number): boolean {
    return this.#known[timeframe] !== 0;
  }

  /** Gives the forming candle's volume so far, base units; meaningless while there is none. */
  formingVolume(timeframe: number, head: CandleBuilder): number {
    const hasHead = head.content !== 'nothing';
    const lots = this.rollUp.lots(timeframe);
    if (lots === 0) return hasHead ? head.volume : 0;
    return (lots + (hasHead ? head.lots : 0)) / this.scale;
  }

  /** Says that the open minute has changed: who asks before `showForming` has the values made anew. */
  forgetPeek(): void {
    this.#state.owner = -1;
  }

  /** Gives an indicator of the forming candle; NaN: not defined. Only those of the asset peeked last are kept. */
  formingValue(timeframe: number, column: number, head: CandleBuilder): number {
    if (this.#known[timeframe] === 0) return Number.NaN;
    if (this.#state.owner !== this.#first) this.#peek(head);
    return this.#set.peekedValue(this.#state, timeframe, column);
  }

  closedValue(timeframe: number, column: number): number {
    return this.#set.closedValue(this.#state, this.#first + timeframe, column);
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
