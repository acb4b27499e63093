import { TIMEFRAME_COUNT } from '../../timeframe.js';
import type {
  Alert,
  AlertCandle,
  AlertInput,
  AlertSink,
  Firing,
  SeenCandle,
  VolumeReading,
} from './alert.js';
import { AlertRegistry } from './alert-registry.js';
import { legsOf, newestMomentOf } from './candle-legs.js';
import { checkAsset, checkPrice, checkTime } from './check-alert.js';
import { type Level, NO_LEVELS } from './level-list.js';
import { PricePositions } from './price-positions.js';

export type { Alert, AlertCandle, AlertInput, AlertSink, Firing, VolumeReading } from './alert.js';

/** One step of an event: what it reached may fire. */
interface Step {
  readonly cause: Firing['cause'];
  readonly time: number;
  readonly previous: number | null;
  readonly value: number;
  /** The registry's when the event began: what was added or changed since takes no part. */
  readonly revision: number;
  /** See `Leg`. */
  readonly putInBy: number;
}

/**
 * The active alerts, indexed by threshold: a price that crosses none costs a few comparisons and no allocation, however
 * many there are; one that does costs what it crosses, and a search. Pure: time comes with the data, and the same calls
 * give the same firings bit for bit.
 *
 * **Prices** (`price_target`). An alert is crossed, it does not hold: nothing fires because of where a price stands.
 * - `above` v: the price comes from below v to v or higher. `below` v: from above v to v or lower. `equals` v: it comes
 *   to v or through it, from either side. A price that stands on v has been there: it must leave and come back.
 * - `percentage_change` p: it rises to reference · (1 + p/100) or falls to reference · (1 − p/100). A repeating one
 *   counts from the newest price after it has fired: the trade's, or the candle's close.
 * - So an alert that is put in, or changed, while its condition holds waits until the price has gone back; and a
 *   repeating one fires once for each crossing.
 *
 * **Volume** (`volume_spike`): volume of a candle ÷ mean volume of the 20 closed candles before. `above` v: at least v
 * times the mean, told while the candle forms, once per candle. `percentage_change` p: p percent above the mean, the
 * same. `below`, `equals`: judged when a candle closes, crossing as prices do, from closed candle to closed candle.
 * Where the mean is 0 or not known nothing is judged.
 *
 * **Signals** (`signal_generated`): an event, nothing is crossed. `above` v: confidence of at least v; `below` v: at
 * most v; `equals` v: just v.
 *
 * **Order.** What one step fires is told in the order in which it was reached, at one level by id; a signal's by id. An
 * alert that a sink adds or changes takes no part in the event that is being told.
 */
export class AlertBook {
  readonly #positions = new PricePositions();
  readonly #registry = new AlertRegistry(this.#positions);

  /** Active alerts. */
  get size(): number {
    return this.#registry.size;
  }

  /** Puts an alert in. O(log n). @throws RangeError if a field is wrong; names it, its value and what is allowed */
  add(alert: AlertInput): void {
    this.#registry.add(alert);
  }

  /**
   * Puts an alert in the place of the one of the same id, as if it were new. O(log n).
   *
   * @returns false if there is none: it has fired, expired or never been
   * @throws RangeError as `add`
   */
  update(alert: AlertInput): boolean {
    return this.#registry.update(alert);
  }

  /** Takes an alert out. O(log n). @returns false if there is none */
  remove(id: number): boolean {
    return this.#registry.remove(id) !== undefined;
  }

  /** Gives a copy of an active alert. */
  get(id: number): Alert | undefined {
    return this.#registry.get(id);
  }

  /** Forgets an asset, its price and its alerts; gives how many there were. Reads all alerts: some ms per million. */
  removeAsset(asset: number): number {
    this.#positions.clear(asset);
    return this.#registry.removeAsset(asset);
  }

  /**
   * Says where the price of an asset stands; nothing fires. For the start: what comes next crosses from here. Without
   * it the first price does the same.
   *
   * @param seen minutes after that price, oldest first, whose prices another process has taken in: the newest of them is
   *   where the price stands, and what their candles tell later counts as far as it is news
   * @throws RangeError if the asset, a price or a time is impossible
   */
  arm(asset: number, price: number, seen: readonly SeenCandle[] = []): void {
    checkAsset(asset);
    checkPrice('price', price);
    const positions = this.#positions;
    const isFirst = Number.isNaN(positions.last(asset));
    positions.place(asset, price);
    for (const candle of seen) {
      const time = newestMomentOf(candle);
      checkTime('time', time);
      positions.enter(asset, time);
      for (const extreme of ['low', 'high', 'close'] as const) {
        checkPrice(extreme, candle[extreme]);
        positions.move(asset, candle[extreme], time, candle.isTraded);
      }
    }
    const newest = positions.last(asset);
    if (isFirst) this.#registry.settleWaiting(asset, newest);
    this.#findQuiet(asset, newest);
  }

  /**
   * Takes the newest last price of an asset in. One that is older than the newest known is ignored.
   *
   * @throws RangeError if the asset, price or time is impossible
   */
  price(asset: number, price: number, time: number, sink: AlertSink): void {
    if (this.#positions.stay(asset, price, time)) return;
    checkPrice('price', price);
    checkTime('time', time);
    const positions = this.#positions;
    const from = positions.last(asset);
    if (Number.isNaN(from)) {
      // A candle of this minute may speak of what was before: it tells nothing.
      this.#begin(asset, price, time, 0, Number.POSITIVE_INFINITY);
      return;
    }
    if (time < positions.time(asset)) return;
    const revision = this.#registry.revision;
    positions.enter(asset, time);
    positions.move(asset, price, time, true);
    const levels = this.#registry.levels(asset);
    if (price === from) return;
    this.#findQuiet(asset, price);
    // The levels around the price say whether there is one between: that saves a search.
    if (levels === undefined || !(levels.up.low > from || levels.down.high < from)) return;
    const crossed = this.#crossed(asset, from, price);
    if (crossed.length === 0) return;
    const step = { time, previous: from, value: price, revision, putInBy: Number.POSITIVE_INFINITY };
    this.#fire(crossed, { cause: 'trade', ...step }, sink);
  }

  /**
   * Takes a minute of the exchange in, forming or finished, streamed or from history. It knows more than the prices
   * that were seen: its high and low were touched between them, and count as far as they are news (`legsOf`). A
   * minute older than the last price counts too, but its close is no last price and alerts younger than it take no
   * part; one older than the last eight with a price is ignored.
   *
   * @throws RangeError if the asset, a price or a time is impossible
   */
  range(asset: number, candle: AlertCandle, sink: AlertSink): void {
    const { high, low, close } = candle;
    checkPrice('low', low);
    checkPrice('high', high);
    if (!(low <= close && close <= high)) throw new RangeError(`close is ${close}; allowed: ${low}–${high}`);
    const time = newestMomentOf(candle);
    checkTime('time', time);
    const positions = this.#positions;
    const from = positions.last(asset);
    if (Number.isNaN(from)) {
      this.#begin(asset, close, time, low, high);
      return;
    }
    const revision = this.#registry.revision;
    const isLate = time < positions.time(asset);
    const isQuiet = positions.isBetweenLevels(asset, low, high);
    if (!isLate) positions.enter(asset, time);
    const legs = isQuiet ? null : legsOf(positions, asset, candle, from, isLate);
    if (!isLate) positions.move(asset, close, time, false);
    positions.noteCandle(asset, candle.time, low, high, close);
    if (legs === null) return;
    if (!isLate) this.#findQuiet(asset, close);
    for (const { from: previous, to: value, putInBy } of legs) {
      const crossed = this.#crossed(asset, previous, value);
      this.#fire(crossed, { cause: 'candle', time, previous, value, revision, putInBy }, sink);
    }
  }

  /**
   * Gives the timeframes of which an asset has volume alerts, bit i for timeframe i: `volume` need not be called for
   * others. O(1).
   */
  volumeTimeframes(asset: number): number {
    return this.#registry.levels(asset)?.volumeTimeframes ?? 0;
  }

  /**
   * Takes the volume of a candle in, forming or closed. The first of a timeframe only places, and so does the first one
   * after its last alert had gone.
   *
   * @throws RangeError if the timeframe or a time is impossible
   */
  volume(asset: number, reading: VolumeReading, sink: AlertSink): void {
    const { timeframeIndex, candleTime, volume, meanVolume, time, closed } = reading;
    if (!(timeframeIndex >= 0 && timeframeIndex < TIMEFRAME_COUNT)) {
      throw new RangeError(`timeframeIndex is ${timeframeIndex}; allowed: 0–${TIMEFRAME_COUNT - 1}`);
    }
    const levels = this.#registry.levels(asset)?.volume(timeframeIndex);
    if (levels === undefined) return;
    checkTime('candleTime', candleTime);
    checkTime('time', time);
    const multiple = volume / meanVolume;
    if (!(meanVolume > 0 && multiple >= 0 && multiple < Number.POSITIVE_INFINITY)) return;
    const revision = this.#registry.revision;
    this.#reachVolume(levels.grow(candleTime, multiple), levels.previous, multiple, time, revision, sink);
    if (!closed) return;
    this.#reachVolume(levels.close(candleTime, multiple), levels.previous, multiple, time, revision, sink);
  }

  /** Takes a signal in. @throws RangeError if the confidence is not 0–1 or the time impossible */
  signal(asset: number, signal: { readonly confidence: number }, time: number, sink: AlertSink): void {
    const { confidence } = signal;
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new RangeError(`confidence is ${confidence}; allowed: 0–1`);
    }
    checkTime('time', time);
    const levels = this.#registry.levels(asset)?.signals.matching(confidence);
    if (levels === undefined) return;
    const { revision } = this.#registry;
    const step = { time, previous: null, value: confidence, revision, putInBy: Number.POSITIVE_INFINITY };
    this.#fire(levels, { cause: 'signal', ...step }, sink);
  }

  /**
   * Removes and tells the alerts whose time is over at `now`, the first to expire first. An alert never fires after its
   * time, whether this was called or not. All of them are gone before the first is told.
   */
  expire(now: number, sink: AlertSink): void {
    for (const alert of this.#registry.takeExpired(now)) sink.expired(alert);
  }

  #begin(asset: number, price: number, time: number, low: number, high: number): void {
    checkAsset(asset);
    this.#positions.begin(asset, price, time, low, high);
    this.#registry.settleWaiting(asset, price);
    this.#findQuiet(asset, price);
  }

  /** Finds the levels on both sides of the last price. */
  #findQuiet(asset: number, price: number): void {
    const levels = this.#registry.levels(asset);
    if (levels === undefined) {
      this.#positions.setQuiet(asset, 0, Number.POSITIVE_INFINITY);
      return;
    }
    const { up, down } = levels;
    up.gapAbove(price);
    down.gapBelow(price);
    this.#positions.setQuiet(asset, Math.max(up.low, down.low), Math.min(up.high, down.high));
  }

  /** Gives what a price reaches on the way from one to another. */
  #crossed(asset: number, from: number, to: number): readonly Level[] {
    const levels = this.#registry.levels(asset);
    if (levels === undefined) return NO_LEVELS;
    return to > from ? levels.up.upward(from, to) : levels.down.downward(from, to);
  }

  #reachVolume(
    reached: readonly Level[],
    previous: number,
    value: number,
    time: number,
    revision: number,
    sink: AlertSink,
  ): void {
    if (reached.length === 0) return;
    const putInBy = Number.POSITIVE_INFINITY;
    this.#fire(reached, { cause: 'volume', time, previous, value, revision, putInBy }, sink);
  }

  /** Tells the alerts of these levels, unless they went, changed or expired meanwhile. */
  #fire(levels: readonly Level[], step: Step, sink: AlertSink): void {
    const { cause, time, previous, value, revision, putInBy } = step;
    const direction = previous === null ? null : value > previous ? 'up' : 'down';
    for (const { id, value: threshold } of levels) {
      const alert = this.#registry.getAsOf(id, revision, putInBy);
      if (alert === undefined) continue;
      if (alert.expiresAt !== null && alert.expiresAt <= time) {
        this.#registry.remove(id);
        sink.expired(alert);
        continue;
      }
      let nextReference: number | null = null;
      if (!alert.repeating) this.#registry.remove(id);
      else if (alert.reference !== null) {
        nextReference = this.#positions.last(alert.asset);
        this.#registry.countFrom(alert, nextReference);
      }
      sink.fired(alert, { cause, time, value, threshold, previous, direction, nextReference });
    }
  }
}
