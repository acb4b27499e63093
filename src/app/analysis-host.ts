import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import type { Analysis, LiveCandle } from '../engine/analysis/analysis.js';
import type { ClosedCandle } from '../engine/analysis/candle-ring.js';
import type { Engine } from '../engine/engine.js';
import type { CandleView, EngineSink } from '../engine/views.js';
import type { FeedEvent } from '../events.js';
import type { Logger } from '../logger.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import { tellPrice } from './tell-price.js';
import { type ClosedEarlier, WaitingCloses } from './waiting-closes.js';

/** Closed candles of an asset by timeframe, oldest first, up to the moment from which on the engine closes them. */
export type AssetHistory = readonly (readonly ClosedCandle[])[];

/** Who is given the history of an asset that has just gone live. */
export interface HistoryTaker {
  /** Takes the history; `read` is called later, and again after a failure. */
  history(asset: number, read: () => Promise<AssetHistory>): void;
  /** Takes the candle that the engine has just closed while it made up for missed minutes. */
  closed(asset: number, timeframeIndex: number): void;
}

export interface AnalysisHostStats {
  /** Assets whose history is in. */
  readonly ready: number;
  /** Assets whose history could not be read so far: they are not analysed until it can be. */
  readonly failed: number;
  /** Longest time that one turn of the event loop was held up by what waits in line, ms. */
  readonly longestTurnMs: number;
}

/** How long looks at the market may hold the event loop up in one turn, ms. */
const TURN_MS = 2;
/** Candles that are entered in one turn of the event loop. */
const CANDLES_A_TURN = 500;
const TRIES = 6;
const PAUSES: Pauses = { baseMs: 500, maxMs: 10_000 };

/** Between tries to read an asset's history. */
interface Pauses {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Feeds the analyses with what the engine tells, and does what waits in line in pieces, a few ms in each turn of the
 * event loop, so that prices come through between them. Candles that close wait, too, since all assets close at once: each
 * asset's are taken in before its next price, and those of one moment before any of another, so what is found is what
 * would be found at once. An asset's history comes behind the stream, which it does not hold up: what closes meanwhile
 * waits.
 */
export class AnalysisHost implements HistoryTaker, Pick<EngineSink, 'closed' | 'ticked'> {
  readonly #engine: Engine;
  readonly #analysis: Analysis;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  /** What has closed of assets whose history is not in yet. */
  readonly #waiting = new Map<number, ClosedEarlier[]>();
  readonly #closes = new WaitingCloses();
  readonly #ready = new Set<number>();
  readonly #failed = new Set<number>();
  readonly #pauses: Pauses;
  #line: Promise<void> = Promise.resolve();
  #event: FeedEvent | null = null;
  #turn: NodeJS.Immediate | null = null;
  #longestTurnMs = 0;

  constructor(engine: Engine, analysis: Analysis, logger: Logger, pauses = PAUSES) {
    this.#pauses = pauses;
    this.#engine = engine;
    this.#analysis = analysis;
    this.#logger = logger;
  }

  /** Says which event the engine is about to process. */
  begin(event: FeedEvent): void {
    this.#event = event;
    if (event.type !== 'gap') return;
    this.#takeIn(event.asset);
    this.#analysis.gap(event.asset, event.state === 'opened');
  }

  ticked(asset: number): void {
    const event = this.#event;
    if (event === null || event.asset !== asset) return;
    this.#takeIn(asset);
    tellPrice(this.#analysis, event);
  }

  closed(asset: number, timeframeIndex: number): void {
    const view = this.#engine.lastClosed(asset * TIMEFRAME_COUNT + timeframeIndex);
    if (view === null) throw new RangeError(`asset ${asset} closed no candle`);
    const closed = { timeframe: timeframeIndex, candle: copyOf(view) };
    if (this.#ready.has(asset)) {
      if (!this.#closes.isOfMoment(closed)) this.#takeInAll();
      this.#closes.add(asset, closed);
      this.wake();
      return;
    }
    const waiting = this.#waiting.get(asset) ?? [];
    waiting.push(closed);
    this.#waiting.set(asset, waiting);
  }

  /** Gives the candle that forms; null: there is none, or those before it are not taken in yet. */
  forming(asset: number, timeframe: number): CandleView | null {
    if (!this.#ready.has(asset) || this.#closes.has(asset)) return null;
    return this.#engine.forming(asset * TIMEFRAME_COUNT + timeframe);
  }

  history(asset: number, read: () => Promise<AssetHistory>): void {
    this.#line = this.#line.then(() => this.#take(asset, read));
  }

  /** Resolves when all history that was handed over is in, or was tried in vain and waits behind the others'. */
  idle(): Promise<void> {
    return this.#line;
  }

  get stats(): AnalysisHostStats {
    return { ready: this.#ready.size, failed: this.#failed.size, longestTurnMs: this.#longestTurnMs };
  }

  /** Whether no more history is taken in. */
  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Whether something is left to be done in the coming turns. */
  get isBusy(): boolean {
    return this.#turn !== null;
  }

  /** Has what waits done in the coming turns. */
  wake(): void {
    this.#turn ??= setImmediate(() => this.#work());
  }

  /** Does all that waits, and nothing more by itself. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#line;
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#takeInAll();
    this.#analysis.drain();
  }

  async #take(asset: number, read: () => Promise<AssetHistory>): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#enter(asset, await read());
        this.#failed.delete(asset);
        return;
      } catch (error) {
        if (error instanceof RangeError || error instanceof TypeError) throw error;
        const pause = sleep(backoffMs(attempt - 1, this.#pauses), undefined, { signal });
        await pause.catch(() => undefined);
        if (attempt < TRIES) continue;
        if (!this.#failed.has(asset)) {
          this.#failed.add(asset);
          this.#logger.error(
            { asset, err: error },
            'history cannot be read: the asset is not analysed until it can be',
          );
        }
        // Behind the others: what is wrong with one of them need not be wrong with all.
        this.history(asset, read);
        return;
      }
    }
  }

  async #enter(asset: number, history: AssetHistory): Promise<void> {
    for (const [timeframe, candles] of history.entries()) {
      for (let from = 0; from < candles.length; from += CANDLES_A_TURN) {
        await nextTurn();
        if (this.#stopping.signal.aborted) return;
        this.#analysis.seed(asset, timeframe, candles.slice(from, from + CANDLES_A_TURN));
      }
    }
    this.#takeInAll();
    for (const { timeframe, candle } of this.#waiting.get(asset) ?? []) {
      this.#analysis.closed(asset, timeframe, candle);
    }
    this.#waiting.delete(asset);
    this.#analysis.goLive(asset, this.#engine.openMinute(asset));
    this.#ready.add(asset);
  }

  /** Takes in what an asset has closed. On the tick path: nearly always there is nothing. */
  #takeIn(asset: number): void {
    if (!this.#closes.has(asset)) return;
    for (const { timeframe, candle } of this.#closes.take(asset))
      this.#analysis.closed(asset, timeframe, candle);
  }

  #takeInAll(): void {
    for (let asset = this.#closes.first; asset !== undefined; asset = this.#closes.first) this.#takeIn(asset);
  }

  #work(): void {
    this.#turn = null;
    const begun = performance.now();
    let now = begun;
    while (this.#step()) {
      now = performance.now();
      if (now - begun < TURN_MS) continue;
      this.wake();
      break;
    }
    this.#longestTurnMs = Math.max(this.#longestTurnMs, performance.now() - begun);
  }

  /** Does the next piece; false: nothing waits. */
  #step(): boolean {
    const asset = this.#closes.first;
    if (asset === undefined) return this.#analysis.step();
    this.#takeIn(asset);
    return true;
  }
}

function copyOf(view: CandleView): LiveCandle {
  const { time, open, high, low, close, volume, exchangeTime, coverage } = view;
  return { time, open, high, low, close, volume, exchangeTime, coverage };
}
