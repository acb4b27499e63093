import { bucketEnd, timeframeIndex } from '../../../timeframe.js';
import type { Contexts } from '../contexts.js';
import type { Structures } from '../frame.js';
import type { AnalysisMarket } from '../market.js';
import type { SeriesReader } from '../series-reader.js';
import { AssetSignals } from './asset-signals.js';
import { metCriterion, readCriteria, sideOf } from './criteria.js';
import { SeriesMemory } from './series-memory.js';
import type { LiveSignal, SignalChange, SignalDraft, SignalKey, SignalSink, SignalStatus } from './signal.js';
import { hasClosedAt, SignalFinder } from './signal-finder.js';
import { type Excursions, SignalLife } from './signal-life.js';
import { PACE_AT, SIGNAL_DEFAULTS, type SignalOptions } from './signal-options.js';

/** A signal as a database remembers it. */
export interface StoredSignal extends Omit<SignalDraft, 'invalidationCriteria'>, Excursions {
  readonly status: SignalStatus;
  readonly invalidationCriteria: readonly unknown[] | null;
}

/**
 * Layer 4: gives signals at the closes of 15m, 1h, 4h and 1d, and follows each until it ends. What it gives depends on
 * closed candles, on contexts strictly before the close, and on the order of one asset's own events alone.
 */
export class SignalModel {
  readonly #sink: SignalSink;
  readonly #memory = new SeriesMemory();
  readonly #finder: SignalFinder;
  readonly #assets: (AssetSignals | undefined)[] = [];
  /** Why an asset gets no new signals. */
  readonly #withheld = new Map<number, Set<string>>();
  #options: SignalOptions;

  constructor(market: AnalysisMarket, sink: SignalSink, options: Partial<SignalOptions> = {}) {
    this.#sink = sink;
    this.#finder = new SignalFinder(market, this.#memory);
    this.#options = { ...SIGNAL_DEFAULTS, ...options };
  }

  /** Changes what is asked of signals from now on; those that are live go on as they are. */
  setOptions(options: Partial<SignalOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  /**
   * Takes in a closed candle of the past without giving a signal: of history at a start, in order, so that turns are
   * known from the first live close on. Any timeframe.
   */
  observe(asset: number, timeframe: number, series: SeriesReader): void {
    if (PACE_AT[timeframe] != null) this.#memory.observe(asset, timeframe, series);
  }

  /**
   * Takes in the close of a candle that ends at `time`, ms: checks what may end signals of its timeframe, then looks for
   * a new one. Series and structure must hold the candle; the asset's prices before `time` must have been told
   * (`ticked`, `ranged`); its timeframes close shortest first.
   */
  closed(
    asset: number,
    timeframe: number,
    series: SeriesReader,
    structures: Structures,
    contexts: Contexts,
    time: number,
  ): void {
    const pace = PACE_AT[timeframe] ?? null;
    if (pace === null || !hasClosedAt(asset, timeframe, series, time)) return;
    this.#memory.observe(asset, timeframe, series);
    const structure = structures.of(asset, timeframe);
    if (structure === null) return;
    const signals = this.#of(asset);
    if (signals.lives.length > 0) {
      this.#elapse(asset, signals, time);
      const regime = contexts.regimeBefore(timeframeIndex(pace.regime), time)?.regime ?? null;
      const close = series.close(asset, timeframe, 0);
      const candleTime = series.time(asset, timeframe, 0);
      for (const life of [...signals.lives]) {
        if (life.timeframe !== timeframe || !(time > life.openedAt)) continue;
        const facts = { close, candleTime, structure, regime };
        const met = metCriterion(life.draft.invalidationCriteria, facts);
        if (met !== null) this.#finish(asset, signals, life, life.invalidated(met, time, close));
      }
    }
    if (this.#withheld.has(asset)) return;
    const candleTime = series.time(asset, timeframe, 0);
    // Candles of these timeframes have one length, so the cooldown is a span of time.
    const cooldown = pace.cooldown * (time - candleTime);
    const mayLong = !signals.isLive(timeframe, 1) && candleTime - signals.newest(timeframe, 1) >= cooldown;
    const mayShort = !signals.isLive(timeframe, -1) && candleTime - signals.newest(timeframe, -1) >= cooldown;
    const draft = this.#finder.find(
      { asset, timeframe, series, structure, structures, contexts, time },
      this.#options,
      mayLong,
      mayShort,
    );
    if (draft !== null) this.#open(asset, timeframe, signals, draft, time);
  }

  /** Takes in a trade at `time`, ms. */
  ticked(asset: number, price: number, time: number): void {
    const signals = this.#assets[asset];
    if (signals === undefined) return;
    const { lives } = signals;
    for (let n = 0; n < lives.length; n++) {
      const life = lives[n] as SignalLife;
      const change = life.ticked(price, time);
      if (change === null) continue;
      this.#finish(asset, signals, life, change);
      n -= 1;
    }
  }

  /**
   * Takes in a candle of an asset whose trades are not seen, or were missed: one that begins at `start`, ms, as far as it
   * is known. Told again, or after its trades, it changes nothing.
   */
  ranged(
    asset: number,
    open: number,
    high: number,
    low: number,
    close: number,
    start: number,
    isClosed: boolean,
  ): void {
    const signals = this.#assets[asset];
    if (signals === undefined) return;
    const { lives } = signals;
    for (let n = 0; n < lives.length; n++) {
      const life = lives[n] as SignalLife;
      const change = life.ranged(open, high, low, close, start, isClosed);
      if (change === null) continue;
      this.#finish(asset, signals, life, change);
      n -= 1;
    }
  }

  /** Expires signals of an asset whose time is over at `time`, ms of the exchange: a quiet market has no prices. */
  elapsed(asset: number, time: number): void {
    const signals = this.#assets[asset];
    if (signals !== undefined) this.#elapse(asset, signals, time);
  }

  /** Gives no new signals of an asset until the reason is released: a gap is open, too little of it was seen. */
  withhold(asset: number, reason: string): void {
    const reasons = this.#withheld.get(asset) ?? new Set();
    this.#withheld.set(asset, reasons.add(reason));
  }

  release(asset: number, reason: string): void {
    const reasons = this.#withheld.get(asset);
    reasons?.delete(reason);
    if (reasons?.size === 0) this.#withheld.delete(asset);
  }

  /** Why an asset gets no new signals; empty: it does. */
  withheld(asset: number): readonly string[] {
    return [...(this.#withheld.get(asset) ?? [])].toSorted();
  }

  /** Invalidates a signal that would not have been given after a revision; false: it is not live. */
  withdraw(key: SignalKey, reason: string, time: number): boolean {
    return this.#drop(key, (life) => life.invalidated(reason, time));
  }

  /** Cancels a signal as an admin has decided; false: it is not live. */
  cancel(key: SignalKey, reason: string, time: number): boolean {
    return this.#drop(key, (life) => life.cancelled(reason, time));
  }

  /** Signals that have not ended, by asset, then in the order in which they were given. */
  live(): readonly LiveSignal[] {
    return this.#assets.flatMap((signals) => signals?.lives ?? []);
  }

  liveOf(asset: number): readonly LiveSignal[] {
    return this.#assets[asset]?.lives ?? [];
  }

  /**
   * Goes on after a restart with signals from the database: active ones live on, those that have ended count for the
   * cooldown alone. What the price did since can be told again from the candle after each signal on.
   */
  restore(asset: number, stored: readonly StoredSignal[]): void {
    const signals = this.#of(asset);
    for (const row of stored.toSorted((a, b) => a.candleTime - b.candleTime)) {
      const timeframe = timeframeIndex(row.timeframe);
      signals.note(timeframe, sideOf(row.signalType), row.candleTime);
      if (row.status !== 'active' || signals.find(row) !== undefined) continue;
      const { status: _, actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion, ...draft } = row;
      const invalidationCriteria = readCriteria(draft.invalidationCriteria);
      const openedAt = bucketEnd(row.timeframe, row.candleTime);
      const seen = { actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion };
      signals.lives.push(
        new SignalLife(asset, timeframe, { ...draft, invalidationCriteria }, openedAt, seen),
      );
    }
  }

  /** Forgets an asset; what was live of it is not told to have ended. */
  remove(asset: number): void {
    this.#assets[asset] = undefined;
    this.#withheld.delete(asset);
    this.#memory.forget(asset);
  }

  #of(asset: number): AssetSignals {
    const signals = this.#assets[asset] ?? new AssetSignals();
    this.#assets[asset] = signals;
    return signals;
  }

  #open(asset: number, timeframe: number, signals: AssetSignals, draft: SignalDraft, time: number): void {
    const side = sideOf(draft.signalType);
    for (const life of [...signals.lives]) {
      if (life.timeframe !== timeframe || life.side === side) continue;
      const reason = `a ${draft.signalType} signal of the same timeframe was given`;
      this.#finish(asset, signals, life, life.invalidated(reason, time, draft.entryPrice));
    }
    signals.note(timeframe, side, draft.candleTime);
    signals.lives.push(new SignalLife(asset, timeframe, draft, time));
    this.#sink.opened(asset, draft);
  }

  #elapse(asset: number, signals: AssetSignals, time: number): void {
    const { lives } = signals;
    for (let n = 0; n < lives.length; n++) {
      const life = lives[n] as SignalLife;
      const change = life.elapsed(time);
      if (change === null) continue;
      this.#finish(asset, signals, life, change);
      n -= 1;
    }
  }

  #drop(key: SignalKey, end: (life: SignalLife) => SignalChange): boolean {
    for (const [asset, signals] of this.#assets.entries()) {
      const life = signals?.find(key);
      if (signals === undefined || life === undefined) continue;
      this.#finish(asset, signals, life, end(life));
      return true;
    }
    return false;
  }

  #finish(asset: number, signals: AssetSignals, life: SignalLife, change: SignalChange): void {
    signals.remove(life);
    this.#sink.changed(asset, life.draft, change);
  }
}
