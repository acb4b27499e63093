import type { CandleEvent, FeedStateEvent, GapEvent, TradeEvent, WatermarkEvent } from '../events.js';
import type { Candle, Source } from '../market.js';
import { bucketEnd, bucketStart, MINUTE_MS, TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import type { AlertBook } from './alerts/alert-book.js';
import { AssetAlerts } from './alerts/asset-alerts.js';
import { AssetSeries } from './asset-series.js';
import type { CandleBuilder } from './candle-builder.js';
import type { OpenMinutesRule, SavedAsset } from './checkpoint.js';
import { composeHistory } from './compose-history.js';
import { FeedUptime } from './feed-uptime.js';
import { HistoryTail } from './history-tail.js';
import type { IndicatorSet } from './indicators/indicator-set.js';
import type { SeriesState } from './indicators/series-state.js';
import { isPrice, isSoundCandle, MAX_AHEAD_MS } from './limits.js';
import { toLots } from './lots.js';
import { OpenMinutes } from './open-minutes.js';
import type { PairBook } from './pairs/pair-book.js';
import type { Piece } from './roll-up.js';
import { Ticker } from './ticker.js';
import { type CandleView, type EngineSink, emptyStats, type HistoryHole, type TickerView } from './views.js';

/** What the engine must know of an asset. */
export interface AssetOptions {
  /** Decimal places of an amount, 0–15. */
  readonly amountDecimals: number;
  readonly simulated: boolean;
}

/** What all assets of an engine have in common. */
export interface SharedParts {
  readonly set: IndicatorSet;
  readonly state: SeriesState;
  readonly alerts: AlertBook;
  readonly pairs: PairBook;
}

/**
 * Everything about one asset. Its life: `seed` with closed history, `goLive`, then events. The oldest open minute is
 * the only one that is shown; it closes by the feed's watermark or by the exchange's own candle, never by itself.
 */
export class LiveAsset {
  readonly stats = emptyStats();
  readonly series: AssetSeries;
  readonly options: AssetOptions;
  readonly #id: number;
  readonly #scale: number;
  readonly #isSimulated: boolean;
  readonly #minutes = new OpenMinutes();
  readonly #uptime = new FeedUptime();
  readonly #ticker: Ticker;
  readonly #alerts: AssetAlerts;
  /** Exchange time of the event at hand, ms; a field, because a number that is handed on may be boxed. */
  #now = Number.NaN;
  /** Null once live. */
  #history: HistoryTail | null;
  /** Close of the newest closed minute, which a quiet one repeats; NaN: none is known. */
  #price = Number.NaN;

  constructor(id: number, parts: SharedParts, options: AssetOptions) {
    const { set, state, alerts, pairs } = parts;
    this.#id = id;
    this.options = options;
    this.#scale = 10 ** options.amountDecimals;
    this.#isSimulated = options.simulated;
    this.series = new AssetSeries(set, state, pairs, id * TIMEFRAME_COUNT, this.#scale, options.simulated);
    this.#ticker = new Ticker(this.#scale);
    this.#alerts = new AssetAlerts(alerts, id, this.series);
    this.#history = new HistoryTail(this.#scale);
  }

  seed(timeframe: number, candles: readonly Candle[], source: Source): void {
    const history = this.#history;
    if (history === null) throw new RangeError(`asset ${this.#id} is live; history comes before`);
    const name = TIMEFRAMES[timeframe];
    if (name === undefined) throw new RangeError(`${timeframe} is not the index of a timeframe`);
    for (const candle of candles) {
      const newest = history.newest(timeframe)?.time ?? Number.NEGATIVE_INFINITY;
      if (!(candle.time > newest) || bucketStart(name, candle.time) !== candle.time) {
        throw new RangeError(`${name} candle at ${candle.time} does not follow the one at ${newest}`);
      }
      if (!isSoundCandle(candle)) {
        throw new RangeError(`${name} candle at ${candle.time} has impossible numbers`);
      }
      history.push(timeframe, candle, source);
      const { time, volume } = candle;
      const end = bucketEnd(name, time);
      const piece = history.piece(candle, source, end - time);
      this.series.commit(timeframe, piece, { time, end, volume, exchangeTime: null, receivedAt: null });
      if (timeframe === 0) this.#enterDay(time, piece);
    }
  }

  goLive(time: number, sink: EngineSink | undefined): readonly HistoryHole[] {
    const history = this.#history;
    if (history === null) throw new RangeError(`asset ${this.#id} is live already`);
    if (!(time >= 0) || time % MINUTE_MS !== 0) throw new RangeError(`${time} is not a minute boundary`);
    if ((history.newest(0)?.time ?? Number.NEGATIVE_INFINITY) >= time) {
      throw new RangeError(`1m history reaches beyond ${time}, where the live stream is to begin`);
    }
    this.#minutes.start(time);
    const holes = composeHistory(history, this.series, time, (timeframe) =>
      sink?.closed(this.#id, timeframe),
    );
    this.#takePriceOf(history, time);
    this.#history = null;
    this.series.showForming(this.#minutes.head);
    return holes;
  }

  trade(event: TradeEvent, sink: EngineSink): void {
    const head = this.#requireHead();
    const offset = event.time - head.time;
    if (offset < 0) {
      this.#dropLate(sink);
      return;
    }
    // Written so that NaN is refused too.
    if (!(offset < MAX_AHEAD_MS + MINUTE_MS) || !isPrice(event.price) || !isPrice(event.amount)) {
      this.#dropInvalid(sink);
      return;
    }
    const isHead = offset < MINUTE_MS;
    const minute = isHead ? head : this.#minutes.at(event.time - (offset % MINUTE_MS));
    const hasChanged = minute.addTrade(event, this.#scale);
    this.stats.trades += 1;
    const isLast = this.#ticker.last.offerTrade(event);
    if (isHead) this.series.forgetPeek();
    sink.ticked(this.#id);
    this.#now = event.time;
    if (isHead && hasChanged) this.#move(sink);
    if (isLast) this.#alerts.traded(event, sink);
  }

  candle(event: CandleEvent, sink: EngineSink): void {
    const head = this.#requireHead();
    if (!isSoundCandle(event) || event.time % MINUTE_MS !== 0 || !(event.time - head.time <= MAX_AHEAD_MS)) {
      this.#dropInvalid(sink);
      return;
    }
    if (event.time < head.time) {
      this.#compareWithClosed(event, sink);
      return;
    }
    const minute = this.#minutes.at(event.time);
    if (minute.content === 'final') {
      if (!event.closed) this.#dropLate(sink);
      else this.#countAgreement(!minute.differsFrom(event, this.#scale));
      return;
    }
    if (!event.closed && minute.content === 'stream' && event.exchangeTime < minute.exchangeTime) {
      this.#dropLate(sink);
      return;
    }
    const shouldEqual = event.closed && this.#shouldEqual(minute, event);
    const hasDiffered = shouldEqual && minute.differsFrom(event, this.#scale);
    if (hasDiffered) this.stats.differed += 1;
    minute.setCandle(event, this.#scale, shouldEqual && !hasDiffered);
    this.#ticker.last.offerClose(event.close, newestMomentOf(event), event.receivedAt);
    if (minute === head) this.series.forgetPeek();
    sink.ticked(this.#id);
    if (minute === head) {
      if (event.closed) this.#closeFinished(event.exchangeTime, event.receivedAt, sink);
      this.#now = event.exchangeTime;
      this.#move(sink);
    }
    this.#alerts.ranged(event, sink);
  }

  watermark(event: WatermarkEvent, sink: EngineSink): void {
    const first = this.#requireHead().time;
    if (!Number.isFinite(event.time)) throw new RangeError(`a watermark cannot be at ${event.time}`);
    while (this.#minutes.head.time + MINUTE_MS <= event.time)
      this.#closeHead(event.time, event.receivedAt, sink);
    this.#closeFinished(event.time, event.receivedAt, sink);
    // Where the exchange's own candles close the minutes, the watermark behind each finds nothing left to close.
    this.#now = event.time;
    if (this.#minutes.head.time !== first) this.#move(sink);
    this.#alerts.expire(event.time, sink);
  }

  feedState(event: FeedStateEvent): void {
    if (!Number.isFinite(event.time)) throw new RangeError(`a feed cannot change at ${event.time}`);
    this.#uptime.set(event.up, event.time);
  }

  gap(event: GapEvent): void {
    if (event.state === 'opened') this.stats.gapsOpened += 1;
    else if (event.state === 'repaired') this.stats.gapsRepaired += 1;
    else this.stats.gapsUnrepaired += 1;
  }

  /** Copies all state. Between two events only: while candles close it is neither before nor after. */
  save(): SavedAsset {
    this.#requireHead();
    return {
      minutes: this.#minutes.save(),
      uptime: this.#uptime.save(),
      ticker: this.#ticker.save(),
      series: this.series.save(),
      price: this.#price,
      stats: { ...this.stats },
    };
  }

  /** Takes the place of `seed` and `goLive`. With `drop` the open minutes are empty, and uptime and counts begin anew. */
  load(saved: SavedAsset, openMinutes: OpenMinutesRule): void {
    if (this.#history === null || !this.#history.isEmpty) {
      throw new RangeError(`asset ${this.#id} has history already`);
    }
    this.#history = null;
    const { time } = saved.minutes.head;
    if (openMinutes === 'keep') {
      this.#minutes.load(saved.minutes);
      this.#uptime.load(saved.uptime);
      Object.assign(this.stats, saved.stats);
    } else {
      this.#minutes.start(time);
    }
    this.#ticker.load(saved.ticker);
    this.#price = saved.price;
    this.series.load(saved.series, time);
    // What was seen of open minutes has fired already, also of those that begin anew.
    this.#alerts.arm(saved.price, [saved.minutes.head, ...saved.minutes.later]);
    this.series.showForming(this.#minutes.head);
  }

  forming(timeframe: number): CandleView | null {
    return this.series.forming(timeframe, this.#minutes.head, this.#uptime);
  }

  formingValue(timeframe: number, column: number): number {
    return this.series.formingValue(timeframe, column, this.#minutes.head);
  }

  ticker(): TickerView | null {
    return this.#ticker.view(this.#minutes.head);
  }

  /** Oldest open minute, ms; NaN before `goLive`. */
  get headTime(): number {
    return this.#minutes.head.time;
  }

  #requireHead(): CandleBuilder {
    if (this.#history !== null) throw new RangeError(`asset ${this.#id} is not live yet`);
    return this.#minutes.head;
  }

  #takePriceOf(history: HistoryTail, time: number): void {
    const newest = history.newest(0);
    if (newest === undefined) return;
    this.#price = newest.close;
    this.#alerts.arm(newest.close);
    this.#ticker.last.offerClose(newest.close, Math.min(newest.time + MINUTE_MS, time), Number.NaN);
  }

  #closeFinished(exchangeTime: number, receivedAt: number, sink: EngineSink): void {
    while (this.#minutes.head.content === 'final') this.#closeHead(exchangeTime, receivedAt, sink);
  }

  /** Closes the oldest open minute, and every longer candle that ends with it. */
  #closeHead(exchangeTime: number, receivedAt: number, sink: EngineSink): void {
    const head = this.#minutes.head;
    const time = head.time;
    const end = time + MINUTE_MS;
    this.series.hideForming();
    this.#alerts.closing();
    const isQuiet = head.content === 'nothing';
    const hasCandle = !isQuiet || !Number.isNaN(this.#price);
    if (hasCandle) {
      if (isQuiet) {
        head.setFlat(this.#price);
        this.stats.flat += 1;
      }
      const piece = this.#pieceOf(head, end);
      this.series.commit(0, piece, { time, end, volume: head.volume, exchangeTime, receivedAt });
      for (let timeframe = 1; timeframe < TIMEFRAME_COUNT; timeframe++)
        this.series.rollUp.add(timeframe, piece);
      this.#enterDay(time, piece);
      this.#price = piece.close;
      sink.closed(this.#id, 0);
      this.#alerts.closed(0, end - 1);
    }
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      if (!this.series.closeAt(timeframe, end, exchangeTime, receivedAt)) continue;
      sink.closed(this.#id, timeframe);
      this.#alerts.closed(timeframe, end - 1);
    }
    this.#minutes.advance();
    this.#uptime.forgetBefore(end);
  }

  #pieceOf(head: CandleBuilder, end: number): Piece {
    const { open, high, low, close, lots, notional, tradeCount } = head;
    const isValidated = head.content === 'final';
    const coveredMs = isValidated ? MINUTE_MS : this.#uptime.within(head.time, end);
    const source = this.#isSimulated ? 'simulated' : head.source;
    return { open, high, low, close, lots, notional, tradeCount, coveredMs, source, isValidated };
  }

  #enterDay(time: number, piece: Piece): void {
    this.#ticker.day.push(time, piece.open, piece.high, piece.low, piece.close, piece.lots);
  }

  #move(sink: EngineSink): void {
    this.series.showForming(this.#minutes.head);
    sink.moved(this.#id);
    this.#alerts.tellClosed(sink);
    if (this.#alerts.watchesVolume) this.#alerts.moved(this.#minutes.head, this.#now, sink);
  }

  #compareWithClosed(event: CandleEvent, sink: EngineSink): void {
    if (!event.closed) {
      this.#dropLate(sink);
      return;
    }
    const { time, open, high, low, close } = event;
    const isEqual = this.#ticker.day.equals(time, open, high, low, close, toLots(event.volume, this.#scale));
    if (isEqual === null) this.#dropLate(sink);
    else this.#countAgreement(isEqual);
  }

  #countAgreement(isEqual: boolean): void {
    if (isEqual) this.stats.confirmed += 1;
    else this.stats.conflicting += 1;
  }

  /** True if trades should have given just this candle: the feed was up all the minute. */
  #shouldEqual(minute: CandleBuilder, event: CandleEvent): boolean {
    return (
      minute.content !== 'stream' && this.#uptime.within(event.time, event.time + MINUTE_MS) === MINUTE_MS
    );
  }

  #dropLate(sink: EngineSink): void {
    this.stats.late += 1;
    sink.dropped(this.#id, 'late');
  }

  #dropInvalid(sink: EngineSink): void {
    this.stats.invalid += 1;
    sink.dropped(this.#id, 'invalid');
  }
}

/** Gives the moment that a candle's close speaks of: at the latest its minute's last ms. */
function newestMomentOf(event: CandleEvent): number {
  const lastMoment = event.time + MINUTE_MS - 1;
  return event.closed ? lastMoment : Math.min(Math.max(event.exchangeTime, event.time), lastMoment);
}
