import type { FeedEvent, GapCause } from '../../events.js';
import { MAX_AHEAD_MS } from '../../limits.js';
import { MINUTE_MS } from '../../timeframe.js';
import { TradeSequence } from '../trade-sequence.js';
import { beforeFirstRow, type FileCandle, type FileGaps, readCandles } from './candle-file.js';
import type { RecordedFile } from './recorded-file.js';
import type { OnProblem } from './row-problem.js';
import { type FileTrade, readTrades } from './trade-file.js';

/** What was read of one symbol; goes on counting while its events are read. */
export interface RecordedCounts extends FileGaps {
  rows: number;
  /** Time of the first row, ms; NaN before. */
  first: number;
  /** Time of the newest row, ms; NaN before. */
  last: number;
}

/**
 * The files of one symbol, one after the other, as the events that a feed would have given. The record is all there is:
 * times never go back in it, so a trade of a later minute shows that the minutes before are over, and a watermark says
 * so. What misses (ids that were passed over, candles that are not there) is told as a gap that nothing repaired, and as
 * time when the feed was down, which lowers the coverage of its candles. The last minute of a record of trades may go on
 * behind its end: it stays open.
 */
export class RecordedEvents {
  readonly counts: RecordedCounts = { rows: 0, first: Number.NaN, last: Number.NaN, gaps: 0, missing: 0 };
  readonly #sequence = new TradeSequence();
  readonly #last = beforeFirstRow();
  /** Start of the oldest open minute, ms; NaN before the first row. */
  #open = Number.NaN;

  /** @param asset the engine's number */
  constructor(
    private readonly files: readonly RecordedFile[],
    private readonly asset: number,
    private readonly onProblem: OnProblem,
  ) {}

  /** Gives the events in batches, in order. The first one with a `time` lies in the first minute. */
  async *batches(): AsyncGenerator<readonly FeedEvent[], void, undefined> {
    for (const file of this.files) {
      if (file.kind === 'trades') yield* this.#trades(file);
      else yield* this.#candles(file);
    }
  }

  async *#trades(file: RecordedFile): AsyncGenerator<readonly FeedEvent[], void, undefined> {
    const batches = readTrades(file, this.onProblem, this.#sequence, this.#last, MAX_AHEAD_MS);
    for await (const trades of batches) {
      const events: FeedEvent[] = [];
      for (const trade of trades) this.#trade(trade, events);
      yield events;
    }
  }

  async *#candles(file: RecordedFile): AsyncGenerator<readonly FeedEvent[], void, undefined> {
    const { onProblem, counts } = this;
    const batches = readCandles(file, '1m', onProblem, undefined, this.#last, MAX_AHEAD_MS);
    for await (const candles of batches) {
      const events: FeedEvent[] = [];
      for (const candle of candles) this.#candle(candle, events);
      counts.rows += candles.length;
      yield events;
    }
  }

  #trade(trade: FileTrade, events: FeedEvent[]): void {
    const { asset } = this;
    const { id, time, price, amount, side, missingSince } = trade;
    this.counts.rows += 1;
    if (missingSince !== null) this.#hole(missingSince, time, 'missing_trades', events);
    this.#openMinutesTo(Math.floor(time / MINUTE_MS) * MINUTE_MS, time, events);
    events.push({ type: 'trade', asset, id, time, price, amount, side, receivedAt: time });
  }

  #candle({ time, open, high, low, close, volume }: FileCandle, events: FeedEvent[]): void {
    const { asset } = this;
    const end = time + MINUTE_MS;
    if (time > this.#open) this.#hole(this.#open, time, 'unconfirmed', events);
    this.#openMinutesTo(time, time, events);
    const numbers = { time, open, high, low, close, volume };
    const when = { exchangeTime: end, receivedAt: end };
    events.push({ type: 'candle', asset, ...numbers, closed: true, source: 'history', ...when });
    this.#open = end;
  }

  /** Closes every minute before `minute`; a row at `time` has come. */
  #openMinutesTo(minute: number, time: number, events: FeedEvent[]): void {
    const { asset, counts } = this;
    counts.last = time;
    if (Number.isNaN(this.#open)) {
      counts.first = time;
      events.push({ type: 'feed', asset, up: true, time });
    } else if (minute > this.#open) {
      events.push({ type: 'watermark', asset, time: minute, receivedAt: time });
      this.#sequence.settle(minute);
    } else {
      return;
    }
    this.#open = minute;
  }

  #hole(from: number, to: number, cause: GapCause, events: FeedEvent[]): void {
    const { asset, counts } = this;
    counts.gaps += 1;
    events.push({ type: 'gap', asset, from, to, state: 'opened', cause });
    events.push({ type: 'feed', asset, up: false, time: from });
    events.push({ type: 'feed', asset, up: true, time: to });
    events.push({ type: 'gap', asset, from, to, state: 'unrepaired', cause });
  }
}

/** Gives the moment at which an event would have come: a finished candle at its end. */
export function momentOf(event: FeedEvent): number {
  if (event.type === 'gap') return event.from;
  return event.type === 'candle' ? event.exchangeTime : event.time;
}
