import type { Candle } from '../market.js';
import {
  bucketEnd,
  bucketStart,
  MINUTE_MS,
  ROLLS_UP_FROM,
  TIMEFRAMES,
  type Timeframe,
  timeframeIndex,
} from '../timeframe.js';
import type { CcxtClient } from './ccxt-client.js';
import type { ExchangeClock } from './exchange-clock.js';
import { normalizeCandle } from './normalize.js';
import type { Rest } from './rest.js';

/** Attempts after the first for a page of backfill; nobody waits for one minute of it. */
const PAGE_RETRIES = 6;
/** Attempts after the first for a question about an open minute, which is asked again later anyway. */
const CONFIRM_RETRIES = 1;
/** The exchange is not asked for its time more often than this, per feed. */
const MIN_TIME_QUERY_MS = 500;
/** Months are of no fixed length: for counting pages only. */
const MONTH_MS = 31 * 24 * 60 * MINUTE_MS;

export interface HistoryOptions {
  readonly client: CcxtClient;
  readonly rest: Rest;
  readonly exchangeClock: ExchangeClock;
  /** Our clock. */
  readonly clock: () => number;
  readonly closeGraceMs: number;
  /** Rows of a page at most, by symbol. */
  readonly pageLimit: (symbol: string) => number;
  readonly amountDecimals: (symbol: string) => number;
}

/** Asks an exchange for candles and for its time. */
export class History {
  private timeAskedAt = Number.NEGATIVE_INFINITY;
  private timeAnswer: Promise<void> | null = null;
  /** Timeframes whose candles begin elsewhere than ours: days at another midnight, weeks on another day. */
  private readonly offGrid = new Set<Timeframe>();

  constructor(private readonly options: HistoryOptions) {}

  /**
   * Gives finished candles with `from ≤ time < to`, ascending, each once; what the exchange does not have is left
   * out. A page without progress moves on by a page's length, so exchanges that answer only the newest rows, or
   * nothing for a quiet stretch, come to an end as well. Where weeks do not begin on Monday (kraken's on Thursday) or
   * days at another midnight than UTC's, candles are made of shorter ones.
   */
  async closed(
    symbol: string,
    timeframe: Timeframe,
    from: number,
    to: number,
    onPage?: (page: readonly Candle[]) => void,
  ): Promise<readonly Candle[]> {
    const base = this.askableTimeframe(timeframe);
    if (base !== timeframe) {
      const parts = await this.closed(symbol, base, bucketStart(timeframe, from), to);
      const rolled = rollUp(parts, timeframe, this.options.amountDecimals(symbol));
      const end = await this.finishedBefore(to);
      // What the exchange does not reach back to is missing from its first bucket.
      const first = parts[0]?.time ?? 0;
      const kept = rolled.filter(
        (candle) =>
          candle.time >= from &&
          candle.time >= first &&
          bucketEnd(timeframe, candle.time) <= Math.min(end, to),
      );
      onPage?.(kept);
      return kept;
    }
    const candles: Candle[] = [];
    const limit = this.options.pageLimit(symbol);
    const stepMs = limit * (timeframe === '1M' ? MONTH_MS : bucketEnd(timeframe, 0));
    let since =
      bucketStart(timeframe, from) < from ? bucketEnd(timeframe, bucketStart(timeframe, from)) : from;
    while (since < to) {
      const finished = await this.finishedBefore(to);
      const rows = await this.page(symbol, timeframe, since, limit, { urgent: false, retries: PAGE_RETRIES });
      if (this.offGrid.has(timeframe)) return this.closed(symbol, timeframe, from, to, onPage);
      const newest = rows.at(-1);
      const page = rows.filter(
        (row) =>
          row.time < to &&
          // A row with another behind it is finished; the newest only if its end has certainly passed.
          (row.time !== newest?.time ||
            bucketEnd(timeframe, row.time) + this.options.closeGraceMs <= finished),
      );
      candles.push(...page);
      if (page.length > 0) onPage?.(page);
      since =
        newest === undefined ? bucketStart(timeframe, since + stepMs) : bucketEnd(timeframe, newest.time);
      // The exchange's newest row is here: nothing can follow.
      if (newest !== undefined && bucketEnd(timeframe, newest.time) > finished) break;
      if (newest === undefined && since > finished) break;
    }
    return candles;
  }

  /**
   * Gives the exchange's rows from `since` on, the unfinished newest one included: sensible ones only, on bucket
   * boundaries, ascending, each time once.
   */
  async page(
    symbol: string,
    timeframe: Timeframe,
    since: number,
    limit: number,
    how: { readonly urgent: boolean; readonly retries: number } = { urgent: true, retries: CONFIRM_RETRIES },
  ): Promise<readonly Candle[]> {
    const answer = await this.ask(symbol, timeframe, since, limit, how);
    if (!Array.isArray(answer)) throw new Error(`${this.options.client.id} gave no list of candles`);
    const byTime = new Map<number, Candle>();
    let others = 0;
    for (const row of answer as unknown[]) {
      const candle = normalizeCandle(row);
      if (candle === null || candle.time < since) continue;
      if (bucketStart(timeframe, candle.time) === candle.time) byTime.set(candle.time, candle);
      else others++;
    }
    if (others > 0 && byTime.size === 0 && timeframe !== '1m') this.offGrid.add(timeframe);
    return [...byTime.values()].sort((a, b) => a.time - b.time);
  }

  private async ask(
    symbol: string,
    timeframe: Timeframe,
    since: number,
    limit: number,
    how: { readonly urgent: boolean; readonly retries: number },
  ): Promise<unknown> {
    const { client, rest } = this.options;
    try {
      return await rest.run(() => client.fetchOHLCV(symbol, timeframe, since, limit), how);
    } catch (error) {
      // ccxt stumbles like that over an answer of a shape that it does not expect: the far side's fault, not ours.
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw new Error(`${client.id} answered what cannot be read: ${error.message}`, { cause: error });
    }
  }

  /**
   * Gives a time that the exchange has certainly reached, asking it if `wanted` has not been proven yet. Where it
   * cannot be asked, our estimate has to do.
   */
  async reached(wanted: number): Promise<number> {
    const { client, exchangeClock, clock } = this.options;
    if (exchangeClock.proven >= wanted) return exchangeClock.proven;
    if (client.has.fetchTime !== true) return exchangeClock.now();
    if (this.timeAnswer === null && clock() - this.timeAskedAt >= MIN_TIME_QUERY_MS) {
      this.timeAskedAt = clock();
      this.timeAnswer = this.askTime().finally(() => {
        this.timeAnswer = null;
      });
    }
    if (this.timeAnswer !== null) await this.timeAnswer;
    return exchangeClock.proven;
  }

  /** Asks the exchange for its time and sets the clock by it. */
  async askTime(): Promise<void> {
    const { client, rest, exchangeClock, clock } = this.options;
    let askedAt = clock();
    const time = await rest.run(
      () => {
        askedAt = clock();
        return client.fetchTime();
      },
      { urgent: true, retries: CONFIRM_RETRIES },
    );
    if (typeof time === 'number' && Number.isFinite(time)) exchangeClock.sync(time, askedAt, clock());
  }

  private async finishedBefore(to: number): Promise<number> {
    return this.reached(to + this.options.closeGraceMs);
  }

  private askableTimeframe(timeframe: Timeframe): Timeframe {
    const known = Object.hasOwn(this.options.client.timeframes, timeframe);
    if (known && !this.offGrid.has(timeframe)) return timeframe;
    const shorter = TIMEFRAMES[ROLLS_UP_FROM[timeframeIndex(timeframe)] ?? -1];
    if (shorter === undefined) throw new Error(`${this.options.client.id} has no ${timeframe} candles`);
    return this.askableTimeframe(shorter);
  }
}

/**
 * Rolls candles of a shorter timeframe up; volumes are summed in units of 10^−decimals, so without rounding unless the
 * exchange gives more decimals than it trades in. The first and last bucket may be incomplete.
 */
export function rollUp(parts: readonly Candle[], timeframe: Timeframe, decimals: number): readonly Candle[] {
  const unit = 10 ** decimals;
  const candles: Candle[] = [];
  let lots = 0;
  for (const part of parts) {
    const time = bucketStart(timeframe, part.time);
    const last = candles.at(-1);
    if (last === undefined || last.time !== time) {
      lots = lotsOf(part.volume, unit);
      candles.push({ ...part, time });
      continue;
    }
    lots += lotsOf(part.volume, unit);
    candles[candles.length - 1] = {
      ...last,
      high: Math.max(last.high, part.high),
      low: Math.min(last.low, part.low),
      close: part.close,
      volume: lots / unit,
    };
  }
  return candles;
}

function lotsOf(volume: number, unit: number): number {
  const scaled = volume * unit;
  const whole = Math.round(scaled);
  return Math.abs(scaled - whole) <= scaled * 2 ** -51 ? whole : scaled;
}
