import type { FeedEvent } from '../events.js';
import type { Candle, Source } from '../market.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import { AlertBook } from './alerts/alert-book.js';
import {
  type AssetCheckpoint,
  CHECKPOINT_VERSION,
  checkCheckpoint,
  type OpenMinutesRule,
} from './checkpoint.js';
import { IndicatorSet } from './indicators/indicator-set.js';
import { DEFAULT_INDICATORS } from './indicators/registry.js';
import type { IndicatorSpec } from './indicators/spec.js';
import { type AssetOptions, LiveAsset, type SharedParts } from './live-asset.js';
import { PairBook, type PairValues } from './pairs/pair-book.js';
import { PATTERN_CANDLES } from './patterns/candle-window.js';
import { type CandlePattern, detectPatterns } from './patterns/detect-patterns.js';
import type { AssetStats, CandleView, EngineSink, HistoryHole, TickerView } from './views.js';

export { type AssetCheckpoint, CheckpointError, type OpenMinutesRule } from './checkpoint.js';
export type { AssetOptions } from './live-asset.js';
export type { AssetStats, CandleView, EngineSink, HistoryHole, TickerView } from './views.js';

export interface EngineOptions {
  /** Default: `DEFAULT_INDICATORS`. */
  readonly indicators?: readonly IndicatorSpec[];
}

/** Bucket and last price of a forming candle; NaN: there is none. */
interface Moment {
  readonly time: number;
  readonly close: number;
}

/**
 * Turns feed events into candles of eight timeframes and their indicators, on every tick. Pure and synchronous: no
 * clock, no timer, no I/O; the same events give bit for bit the same values, however they are batched and however the
 * assets are interleaved.
 *
 * A series is named by one number: asset · `TIMEFRAME_COUNT` + index of the timeframe.
 */
export class Engine {
  /** One name per indicator value, in the order of `column` in `formingValue` and `closedValue`. */
  readonly indicatorColumns: readonly string[];
  /** Alerts on the assets, by their numbers here; what fires is told to the sink of `process`. */
  readonly alerts = new AlertBook();
  readonly #pairs = new PairBook();
  readonly #shared: SharedParts;
  readonly #assets: (LiveAsset | undefined)[] = [];

  /** @throws RangeError if an indicator's configuration is wrong; the message says what is allowed */
  constructor(options: EngineOptions = {}) {
    const set = new IndicatorSet(options.indicators ?? DEFAULT_INDICATORS);
    this.indicatorColumns = set.columns;
    this.#shared = {
      set,
      state: set.createState(0, TIMEFRAME_COUNT),
      alerts: this.alerts,
      pairs: this.#pairs,
    };
  }

  /** Makes room for an asset; gives its number, the smallest free one. @throws RangeError if decimals are not 0–15 */
  addAsset(options: AssetOptions): number {
    const { amountDecimals } = options;
    if (!Number.isInteger(amountDecimals) || amountDecimals < 0 || amountDecimals > 15) {
      throw new RangeError(`amountDecimals is ${amountDecimals}; allowed: a whole number from 0 to 15`);
    }
    const free = this.#assets.indexOf(undefined);
    const id = free === -1 ? this.#assets.length : free;
    const needed = (id + 1) * TIMEFRAME_COUNT;
    // Doubled, so that adding assets one by one copies each series a few times at most.
    const { state } = this.#shared;
    if (needed > state.capacity) state.grow(Math.max(needed, 2 * state.capacity));
    this.#assets[id] = new LiveAsset(id, this.#shared, options);
    return id;
  }

  /** Frees the asset's number, and its memory for the next asset; its alerts and pairs are gone. Stop its feed first: the number will be another asset's. */
  removeAsset(asset: number): void {
    this.#asset(asset);
    this.#assets[asset] = undefined;
    this.alerts.removeAsset(asset);
    this.#pairs.removeAsset(asset);
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      this.#shared.state.reset(asset * TIMEFRAME_COUNT + timeframe);
    }
  }

  /**
   * Takes closed history of one timeframe in, oldest first; may be called again with later candles, before `goLive`
   * only. Holes between candles are taken as the exchange's own.
   *
   * @throws RangeError if a candle does not follow the one before, is off its timeframe's grid or unsound
   */
  seed(asset: number, timeframeIndex: number, candles: readonly Candle[], source: Source): void {
    this.#asset(asset).seed(timeframeIndex, candles, source);
  }

  /**
   * Ends history: `time`, a minute boundary up to which 1m history is complete, becomes the first open minute. Forming
   * candles of the longer timeframes are composed of closed shorter ones. A longer candle that ended before `time` and
   * was not seeded is composed too if the shorter ones hold all of it, and told to `sink`.
   *
   * @returns spans before `time` of which no candle is known although older ones are; empty if history is complete
   * @throws RangeError if 1m history reaches beyond `time`, or the asset is live already
   */
  goLive(asset: number, time: number, sink?: EngineSink): readonly HistoryHole[] {
    return this.#asset(asset).goLive(time, sink);
  }

  /**
   * Copies the whole state of a live asset. Between two events only, never from within a sink.
   *
   * @throws RangeError if the asset is not live: a programming error
   */
  checkpoint(asset: number): AssetCheckpoint {
    const live = this.#asset(asset);
    const { amountDecimals, simulated } = live.options;
    return {
      version: CHECKPOINT_VERSION,
      indicators: this.#shared.set.fingerprint,
      amountDecimals,
      simulated,
      state: live.save(),
    };
  }

  /**
   * Checks that a value, such as was read from a file, can be restored as this asset; changes nothing.
   *
   * @throws CheckpointError with the reason if it cannot
   */
  checkCheckpoint(asset: number, value: unknown): AssetCheckpoint {
    return checkCheckpoint(value, { set: this.#shared.set, ...this.#asset(asset).options });
  }

  /**
   * Puts a freshly added asset into the state of a checkpoint, in place of `seed` and `goLive`: from then on it gives
   * bit for bit what the asset of the checkpoint gives.
   *
   * @param openMinutes `keep` goes on in the middle of a minute, for whoever sees every event after the checkpoint;
   *   `drop` begins the oldest open minute anew, empty, for whoever gets it from the exchange's history: its feed
   *   counts as down so far, and what is counted begins at 0. Either way prices cross alerts from the newest one that
   *   the checkpoint saw: put them in before, since those put in later take no part in what is told of that minute
   * @throws CheckpointError if it cannot be restored; the asset is as freshly added as before
   * @throws RangeError if the asset has history already: a programming error
   */
  restore(asset: number, checkpoint: unknown, openMinutes: OpenMinutesRule): void {
    this.#asset(asset).load(this.checkCheckpoint(asset, checkpoint).state, openMinutes);
  }

  /**
   * The one way in. Feed states and gaps may come before `goLive`, everything else must not.
   *
   * @throws RangeError if the asset does not exist or is not live: a programming error
   */
  process(event: FeedEvent, sink: EngineSink): void {
    const asset = this.#asset(event.asset);
    switch (event.type) {
      case 'trade':
        asset.trade(event, sink);
        break;
      case 'candle':
        asset.candle(event, sink);
        break;
      case 'watermark':
        asset.watermark(event, sink);
        break;
      case 'feed':
        asset.feedState(event);
        break;
      case 'gap':
        asset.gap(event);
        break;
    }
  }

  /** Gives the candle that forms; null if nothing is known of its bucket yet, and while candles close. */
  forming(series: number): CandleView | null {
    return this.#assetOf(series).forming(series % TIMEFRAME_COUNT);
  }

  /** Gives an indicator of the forming candle; NaN: not defined yet, or no forming candle. O(1), no allocation. */
  formingValue(series: number, column: number): number {
    return this.#assetOf(series).formingValue(series % TIMEFRAME_COUNT, column);
  }

  /** Gives the newest closed candle, seeded ones included; null if there is none. */
  lastClosed(series: number): CandleView | null {
    return this.#assetOf(series).series.lastClosed(series % TIMEFRAME_COUNT);
  }

  /** Gives an indicator as of the newest closed candle; NaN: not defined yet. O(1), no allocation. */
  closedValue(series: number, column: number): number {
    return this.#assetOf(series).series.closedValue(series % TIMEFRAME_COUNT, column);
  }

  /**
   * Gives the candlestick patterns that the newest closed candle completes; empty if there are none, or fewer than 11
   * closed candles. Searched for at each call: not for every tick.
   */
  patterns(series: number): readonly CandlePattern[] {
    return detectPatterns(
      this.#assetOf(series).series.recent.last(series % TIMEFRAME_COUNT, PATTERN_CANDLES),
    );
  }

  /**
   * Begins to compute the rolling correlation and beta of an asset against another, on all timeframes; gives the pair's
   * number. The 20 returns that it takes are there at once if both have closed 21 candles.
   *
   * @throws RangeError if an asset does not exist, or both are the same
   */
  addPair(asset: number, reference: number): number {
    const strangers = [asset, reference].filter((id) => !this.#pairs.has(id));
    const recents = strangers.map((id) => this.#asset(id).series.recent);
    const pair = this.#pairs.add(asset, reference);
    for (const [index, id] of strangers.entries()) {
      for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
        for (const { time, close } of recents[index]?.last(timeframe, Number.POSITIVE_INFINITY) ?? []) {
          this.#pairs.closed(id, timeframe, time, close);
        }
      }
    }
    return pair;
  }

  /** Ends a pair; its number is free. @throws RangeError if there is none */
  removePair(pair: number): void {
    this.#pairs.remove(pair);
  }

  /** Gives the values of a pair as of the newest candle that both closed; NaN: not defined. */
  closedPair(pair: number, timeframeIndex: number): PairValues {
    return this.#pairs.closedValues(pair, timeframeIndex);
  }

  /** Gives the values of a pair with both forming candles; NaN: not defined, or they are not of one bucket. */
  formingPair(pair: number, timeframeIndex: number): PairValues {
    const [asset, reference] = this.#pairs.members(pair).map((id) => {
      const { time = Number.NaN, close = Number.NaN } =
        this.forming(id * TIMEFRAME_COUNT + timeframeIndex) ?? {};
      return { time, close };
    }) as [Moment, Moment];
    return this.#pairs.formingValues(
      pair,
      timeframeIndex,
      asset.time,
      asset.close,
      reference.time,
      reference.close,
    );
  }

  /** Gives last price and rolling 24 hours; null while no price is known. */
  ticker(asset: number): TickerView | null {
    return this.#asset(asset).ticker();
  }

  /** Bytes that the series' memory takes: candles, indicators and their state, room for assets to come included. */
  get seriesBytes(): number {
    return this.#shared.state.bytes;
  }

  /** Bytes of one series, of the eight that each asset has. */
  get bytesPerSeries(): number {
    return this.#shared.set.bytesPerSeries;
  }

  stats(asset: number): Readonly<AssetStats> {
    return this.#asset(asset).stats;
  }

  /** Gives the start of the oldest open minute, ms: everything before is closed. NaN before `goLive`. */
  openMinute(asset: number): number {
    return this.#asset(asset).headTime;
  }

  #asset(asset: number): LiveAsset {
    const found = this.#assets[asset];
    if (found === undefined) throw new RangeError(`there is no asset ${asset}`);
    return found;
  }

  #assetOf(series: number): LiveAsset {
    return this.#asset(Math.floor(series / TIMEFRAME_COUNT));
  }
}
