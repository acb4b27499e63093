import { DAY_MS, TIMEFRAMES } from '../../../timeframe.js';
import type { ExternalReading, Liquidation } from '../external-book.js';
import { type Frame, isCurrent } from '../frame.js';
import { Gaps } from '../gaps.js';
import type { AnalysisAsset } from '../market.js';
import { BreadthMembers } from './breadth.js';
import { stands } from './candle-lookup.js';
import { DayExtremes } from './day-extremes.js';
import { FiguresRead } from './figures-read.js';
import { LiquidationBook } from './liquidation-book.js';
import { makeSnapshot } from './make-snapshot.js';
import { MarketHistory } from './market-history.js';
import type { MetricsSnapshot } from './snapshot.js';

/**
 * Layer 1: figures of the whole market at a frame. What it remembers is what frames cannot tell: liquidations of 24 h,
 * and what figures from outside were a day ago (market caps: 40 days). Everything else is computed from the frame alone.
 * Under a ms for 200 assets; formulas: `docs/analysis/metrics.md`.
 */
export class MetricsModel {
  readonly #members = new BreadthMembers();
  #assets: readonly AnalysisAsset[] = [];
  #extremes = new DayExtremes();
  readonly #liquidations = new LiquidationBook();
  readonly #history = new MarketHistory();
  #absence: string | null = null;

  /** Takes a liquidation in. Totals are told only while the book of figures says that all of 24 h were heard. */
  liquidation(liquidation: Liquidation): void {
    this.#liquidations.add(liquidation);
  }

  /** Takes in what a figure was before the first frame, as the database knows it; oldest first. Optional. */
  remember(reading: Pick<ExternalReading, 'name' | 'value' | 'asOf'>): void {
    this.#history.add(reading);
  }

  /** Takes in what all coins but Bitcoin were worth at an earlier moment, US dollars and ms; oldest first. Optional. */
  rememberTotal2(value: number, time: number): void {
    this.#history.addTotal2(value, time);
  }

  /**
   * Gives the snapshot at the close of a frame's candle. Call it once per frame, in the order of their times, whichever
   * timeframe they are of. Null, with the reason in `absence`: there is no price of Bitcoin to begin with, or the frame
   * is of months, which have no snapshots.
   */
  closed(frame: Frame): MetricsSnapshot | null {
    return this.#look(frame, true);
  }

  /** The same of a frame that forms; changes nothing. An asset that has not traded since it began stands at its last close. */
  live(frame: Frame): MetricsSnapshot | null {
    return this.#look(frame, false);
  }

  /** Why the last answer was null; null: it was not. */
  get absence(): string | null {
    return this.#absence;
  }

  #look(frame: Frame, isKept: boolean): MetricsSnapshot | null {
    this.#absence = null;
    const { market, time, external } = frame;
    const timeframe = TIMEFRAMES[frame.timeframe];
    const bitcoin = this.#members.bitcoin(market);
    if (timeframe === undefined || timeframe === '1M')
      return this.#absent('there are no snapshots of months');
    if (bitcoin === undefined) return this.#absent('no market of BTC in dollars is served');
    if (!isCurrent(frame, bitcoin.asset) && !stands(frame, bitcoin.asset)) {
      return this.#absent(`the candle of ${bitcoin.symbol} is late`);
    }
    if (market.assets !== this.#assets) {
      // A number may have gone from one asset to another.
      this.#assets = market.assets;
      this.#extremes = new DayExtremes();
    }

    const gaps = new Gaps();
    const figures = new FiguresRead(external, time, bitcoin.simulated, this.#history.seen, gaps);
    const snapshot = makeSnapshot({
      frame,
      timeframe,
      bitcoin: bitcoin.asset,
      ether: market.reference('ETH')?.asset,
      members: this.#members.of(market),
      extremes: this.#extremes,
      liquidations: this.#liquidations,
      history: this.#history,
      figures,
      gaps,
    });
    if (isKept) {
      for (const reading of figures.readings) this.#history.add(reading);
      const { total, btcDominance } = snapshot;
      if (total !== null && btcDominance !== null) {
        this.#history.addTotal2(total * (1 - btcDominance / 100), time);
      }
      this.#liquidations.forget(time - DAY_MS);
    }
    return snapshot;
  }

  #absent(reason: string): null {
    this.#absence = reason;
    return null;
  }
}
