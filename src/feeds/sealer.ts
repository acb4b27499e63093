import type { CandleEvent, FeedSink, GapCause } from '../events.js';
import type { Candle } from '../market.js';
import { MINUTE_MS } from '../timeframe.js';
import type { FeedCounters } from './feed.js';

/** A row that contradicts the stream is asked for again this often before it is believed. */
const MAX_CONTRADICTIONS = 3;
/** Silence of history about a minute that we did not listen to is believed no sooner after its end; exchange time. */
const UNHEARD_SILENCE_MS = 10_000;

/** What the stream has shown of a minute that is not closed yet. */
export interface SeenMinute {
  high: number;
  low: number;
  volume: number;
}

/** What history said about minutes from some time on. */
export interface Answer {
  /** End of what was asked, exclusive. */
  readonly to: number;
  /** Ascending. */
  readonly rows: readonly Candle[];
  /** A time the exchange had certainly reached before it was asked. */
  readonly reached: number;
  /** Our clock. */
  readonly receivedAt: number;
}

/** An announced hole in what was received. */
interface OpenGap {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
  isLost: boolean;
}

/**
 * Closes the minutes of one asset, in order, each once: the one place that sends watermarks and closed candles.
 * Pure: time comes in with the data.
 */
export class Sealer {
  private sealedTime = Number.NaN;
  private readonly held = new Map<number, CandleEvent>();
  private readonly seen = new Map<number, SeenMinute>();
  private gap: OpenGap | null = null;
  private contradictions = 0;
  /** History has been silent once about minutes before this time. */
  private silentTo = Number.NEGATIVE_INFINITY;
  /** Minutes in a row that traded according to history although the stream, connected, showed nothing. */
  deafMinutes = 0;
  /** Exchange time since which the connection is up; infinite while it is not. */
  upSince = Number.POSITIVE_INFINITY;

  constructor(
    private readonly asset: number,
    private readonly sink: FeedSink,
    private readonly counters: FeedCounters,
    private readonly closeGraceMs: number,
  ) {}

  /** Everything before is closed; NaN before `begin`. */
  get sealed(): number {
    return this.sealedTime;
  }

  get gapCause(): GapCause | null {
    return this.gap?.cause ?? null;
  }

  begin(from: number): void {
    this.sealedTime = from;
  }

  /** The stream showed a trade (high = low = price) or a candle of an open minute. */
  note(minute: number, high: number, low: number, volume: number): void {
    const seen = this.seen.get(minute);
    if (seen === undefined) {
      this.seen.set(minute, { high, low, volume });
      return;
    }
    if (high > seen.high) seen.high = high;
    if (low < seen.low) seen.low = low;
    seen.volume += volume;
  }

  /** The stream vouches for everything before `time`. */
  sealTo(time: number, receivedAt: number): void {
    if (time <= this.sealedTime) return;
    this.deafMinutes = 0;
    this.advance(time, receivedAt);
    this.releaseHeld();
  }

  /** The exchange sent the final candle of a minute; it waits until the minutes before are closed. */
  sealCandle(candle: CandleEvent): 'sealed' | 'held' | 'known' {
    if (candle.time < this.sealedTime || this.held.has(candle.time)) return 'known';
    this.held.set(candle.time, candle);
    if (candle.time > this.sealedTime) return 'held';
    this.deafMinutes = 0;
    this.releaseHeld();
    return 'sealed';
  }

  isHeld(minute: number): boolean {
    return this.held.has(minute);
  }

  /** Tells of a hole in `[from, to)`; a gap that is open already stays as it is. */
  openGap(from: number, to: number, cause: GapCause): void {
    if (this.gap !== null || to <= this.sealedTime) return;
    this.gap = { from: Math.max(from, this.sealedTime), to, cause, isLost: false };
    this.counters.gapsOpened++;
    this.sink({ type: 'gap', asset: this.asset, from: this.gap.from, to, state: 'opened', cause });
  }

  /**
   * Closes what an answer of history settles. Gives `done`, or why the rest is to be asked again: `later` (not
   * finished yet) or `contradicted` (history is behind what the stream has shown).
   */
  answer(answer: Answer): 'done' | 'later' | 'contradicted' {
    const rows = new Map(answer.rows.map((row) => [row.time, row]));
    const newest = answer.rows.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    while (this.sealedTime < answer.to) {
      const minute = this.sealedTime;
      if (this.held.has(minute)) {
        this.releaseHeld();
        continue;
      }
      const hasLater = newest > minute;
      if (!hasLater && answer.reached < minute + MINUTE_MS + this.closeGraceMs) return 'later';
      const row = rows.get(minute);
      const seen = this.seen.get(minute);
      if (contradicts(row, seen) && this.contradictions < MAX_CONTRADICTIONS) {
        this.contradictions++;
        this.counters.contradicted++;
        return 'contradicted';
      }
      // Silence with nothing behind it counts only when it is repeated, and late where the stream was no witness.
      const isUnheard = minute < this.upSince && answer.reached < minute + MINUTE_MS + UNHEARD_SILENCE_MS;
      if (row === undefined && !hasLater && (isUnheard || minute >= this.silentTo)) {
        this.silentTo = Math.min(answer.to, answer.reached - this.closeGraceMs);
        return 'later';
      }
      this.contradictions = 0;
      this.settle(minute, row, seen, answer);
    }
    this.releaseHeld();
    return 'done';
  }

  private settle(
    minute: number,
    row: Candle | undefined,
    seen: SeenMinute | undefined,
    answer: Answer,
  ): void {
    if (row === undefined) {
      if (seen !== undefined) this.lose(minute);
    } else {
      const isDeaf = row.volume > 0 && seen === undefined && minute >= this.upSince;
      this.deafMinutes = isDeaf ? this.deafMinutes + 1 : 0;
      this.counters.confirmedMinutes++;
      this.sink({
        type: 'candle',
        asset: this.asset,
        time: minute,
        open: row.open,
        high: row.high,
        low: row.low,
        close: row.close,
        volume: row.volume,
        closed: true,
        source: 'history',
        exchangeTime: Math.max(answer.reached, minute + MINUTE_MS),
        receivedAt: answer.receivedAt,
      });
    }
    this.advance(minute + MINUTE_MS, answer.receivedAt);
  }

  /** History has nothing about a minute that traded: what was seen is all there is, and it is said so. */
  private lose(minute: number): void {
    this.counters.gapsUnrepaired++;
    this.openGap(minute, minute + MINUTE_MS, 'unconfirmed');
    if (this.gap !== null) this.gap.isLost = true;
  }

  private releaseHeld(): void {
    for (;;) {
      const candle = this.held.get(this.sealedTime);
      if (candle === undefined) return;
      this.sink(candle);
      this.advance(candle.time + MINUTE_MS, candle.receivedAt);
    }
  }

  private advance(time: number, receivedAt: number): void {
    this.sealedTime = time;
    for (const minute of this.seen.keys()) if (minute < time) this.seen.delete(minute);
    for (const minute of this.held.keys()) if (minute < time) this.held.delete(minute);
    this.sink({ type: 'watermark', asset: this.asset, time, receivedAt });
    const gap = this.gap;
    if (gap === null || gap.to > time) return;
    this.gap = null;
    if (!gap.isLost) this.counters.gapsRepaired++;
    this.sink({
      type: 'gap',
      asset: this.asset,
      from: gap.from,
      to: gap.to,
      state: gap.isLost ? 'unrepaired' : 'repaired',
      cause: gap.cause,
    });
  }
}

/** Says whether a row cannot be the final one, given what the stream has shown of its minute. */
function contradicts(row: Candle | undefined, seen: SeenMinute | undefined): boolean {
  if (seen === undefined) return false;
  if (row === undefined) return true;
  return row.high < seen.high || row.low > seen.low || row.volume < seen.volume * (1 - 1e-9);
}
