import type { FeedSink, GapCause } from '../events.js';
import { MINUTE_MS } from '../timeframe.js';
import type { ExchangeClock } from './exchange-clock.js';
import type { FeedCounters, SymbolStatus } from './feed.js';
import { Backoff } from './reconnect.js';
import { type Answer, Sealer } from './sealer.js';

/** Entries kept before `release`; beyond it the older half goes, and history makes up for it. */
const MAX_BUFFERED = 100_000;
/** Minutes that one question to history covers at most. */
const MAX_ASKED_MINUTES = 500;
/** History that does not know the end of a minute yet is asked again after this long, at first and at most. */
const ASK_AGAIN_MS = 400;
const MAX_ASK_AGAIN_MS = 6_400;

/** What a message of the stream says besides its entries; one object, filled anew for each message. */
export interface MessageContext {
  /** Our clock. */
  receivedAt: number;
  /** The exchange's time of the message, where it has one. */
  exchangeTime: number | null;
  /** Starts of the candles that the message calls final. */
  readonly closedTimes: number[];
}

export interface TrackOptions {
  readonly symbol: string;
  readonly asset: number;
  readonly sink: FeedSink;
  readonly counters: FeedCounters;
  readonly exchangeClock: ExchangeClock;
  readonly closeGraceMs: number;
  readonly random: () => number;
}

/** A broken connection whose loss is not settled yet, in exchange time. */
interface Break {
  readonly cause: GapCause;
  readonly from: number;
  until: number;
}

/**
 * Follows one symbol from the stream to the sink: keeps what comes until `release`, then passes it on, and says which
 * minutes history must be asked about. Pure: time comes in with the data.
 */
export abstract class SymbolTrack<Entry> {
  readonly symbol: string;
  readonly asset: number;
  protected readonly sealer: Sealer;
  private isLive = false;
  private isEnded = false;
  private buffer: Entry[] = [];
  private isAsking = false;
  private retryAt = 0;
  private askAgainMs = ASK_AGAIN_MS / 2;
  private readonly backoff: Backoff;
  private lastMessageAt: number | null = null;
  private lagMs: number | null = null;
  protected break: Break | null = null;

  constructor(protected readonly options: TrackOptions) {
    this.symbol = options.symbol;
    this.asset = options.asset;
    this.sealer = new Sealer(options.asset, options.sink, options.counters, options.closeGraceMs);
    this.backoff = new Backoff({ baseMs: 1_000, maxMs: 30_000, random: options.random });
  }

  /** Turns what ccxt made of an entry into ours; null if it is none. */
  protected abstract parse(entry: unknown, message: MessageContext): Entry | null;
  /** Passes an entry on. `isReplay`: it was kept from before `release`. */
  protected abstract take(entry: Entry, isReplay: boolean): void;
  /** Start of the newest minute that the stream has reached; −Infinity before the first entry. */
  protected abstract get newestMinute(): number;
  /** Why minutes before `to` may lack something; null if nothing speaks for it. */
  protected abstract causeBefore(to: number): GapCause | null;
  /** Says whether what is missing may still come by itself within moments. */
  protected abstract isUnsettled(at: number): boolean;
  /** Everything before the sealed time has been settled by history. */
  protected abstract settled(receivedAt: number): void;

  get isReleased(): boolean {
    return this.isLive;
  }

  /** Whether the stream stayed silent through minutes that traded, twice in a row. */
  get isDeaf(): boolean {
    return this.sealer.deafMinutes >= 2;
  }

  /** Takes one entry of the stream. */
  entry(raw: unknown, message: MessageContext): void {
    if (this.isEnded) return;
    const entry = this.parse(raw, message);
    if (entry === null) {
      this.options.counters.malformed++;
      return;
    }
    this.lastMessageAt = message.receivedAt;
    if (this.isLive) {
      this.take(entry, false);
      return;
    }
    if (this.buffer.length >= MAX_BUFFERED) this.buffer.splice(0, MAX_BUFFERED / 2);
    this.buffer.push(entry);
  }

  /** Lets entries flow; `upSince`: exchange time since which the connection is up, null if it is down. */
  release(from: number, upSince: number | null): void {
    if (this.isLive || this.isEnded) return;
    this.isLive = true;
    this.sealer.begin(from);
    if (upSince !== null) this.up(upSince);
    const kept = this.buffer;
    this.buffer = [];
    for (const entry of kept) this.take(entry, true);
  }

  /** Ends the events of this symbol. */
  end(): void {
    this.isEnded = true;
    this.buffer = [];
  }

  /** The connection went down (up) at exchange time `time`. */
  broke(cause: GapCause, time: number): void {
    this.break = { cause, from: this.break?.from ?? time, until: Number.POSITIVE_INFINITY };
    this.sealer.upSince = Number.POSITIVE_INFINITY;
    if (this.isLive && !this.isEnded) this.state(false, time);
  }

  restored(time: number): void {
    if (this.break !== null) this.break.until = time;
    if (this.isLive && !this.isEnded) this.up(time);
  }

  /**
   * Gives the minutes that history must be asked about now, and marks them as asked; null if there are none.
   *
   * @param due minute boundary whose minutes have been over for long enough
   * @param at our clock
   */
  ask(due: number, at: number): { readonly from: number; readonly to: number } | null {
    if (!this.isLive || this.isEnded || this.isAsking || at < this.retryAt) return null;
    const from = this.sealer.sealed;
    if (this.break !== null && from >= this.break.until) this.break = null;
    const to = Math.min(Math.max(due, this.newestMinute), from + MAX_ASKED_MINUTES * MINUTE_MS);
    if (to <= from || (due <= from && this.isUnsettled(at))) return null;
    const cause = this.causeBefore(to) ?? this.breakBefore(to);
    if (cause !== null) this.sealer.openGap(from, to, cause);
    this.isAsking = true;
    this.options.counters.confirms++;
    return { from, to };
  }

  /** Takes the answer to what `ask` gave. */
  answered(answer: Answer): void {
    this.isAsking = false;
    if (this.isEnded) return;
    const outcome = this.sealer.answer(answer);
    this.settled(answer.receivedAt);
    this.backoff.reset();
    this.askAgainMs =
      outcome === 'later' ? Math.min(this.askAgainMs * 2, MAX_ASK_AGAIN_MS) : ASK_AGAIN_MS / 2;
    if (outcome === 'later') this.retryAt = answer.receivedAt + this.askAgainMs;
    else if (outcome === 'contradicted') this.retryAt = answer.receivedAt + this.backoff.next();
    else this.retryAt = 0;
  }

  /** No answer could be had to what `ask` gave. Gives the ms until it will be asked again. */
  unanswered(to: number, at: number): number {
    this.isAsking = false;
    if (this.isEnded) return 0;
    this.sealer.openGap(this.sealer.sealed, to, this.breakBefore(to) ?? 'unconfirmed');
    const waitMs = this.backoff.next();
    this.retryAt = at + waitMs;
    return waitMs;
  }

  status(): SymbolStatus {
    return {
      symbol: this.symbol,
      asset: this.asset,
      lastMessageAt: this.lastMessageAt,
      lagMs: this.lagMs,
      sealedTo: this.isLive ? this.sealer.sealed : null,
      gap: this.sealer.gapCause,
    };
  }

  protected measureLag(exchangeTime: number, receivedAt: number): void {
    this.lagMs = receivedAt + this.options.exchangeClock.offsetMs - exchangeTime;
  }

  private breakBefore(to: number): GapCause | null {
    return this.break !== null && this.break.from < to ? this.break.cause : null;
  }

  private up(time: number): void {
    this.sealer.upSince = time;
    this.sealer.deafMinutes = 0;
    this.state(true, time);
  }

  private state(up: boolean, time: number): void {
    this.options.sink({ type: 'feed', asset: this.asset, up, time });
  }
}
