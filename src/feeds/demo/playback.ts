import { MINUTE_MS } from '../../timeframe.js';

/** Up to this speed lost time is caught up with; above it the market simply goes as fast as it can. */
const MAX_PACED_SPEED = 10;
/** At real speed, a process that slept longer than this (ms) has missed the market, as a client would. */
const MAX_SLEEP_MS = 60_000;
/** Trades published in one turn of the loop, about; a minute is always finished. */
const TRADES_PER_TURN = 500;

/** What a playback drives. */
export interface PlaybackTarget {
  /** Publishes what happened with `from` ≤ time < `to` (within one minute); returns how much that was. */
  emit(from: number, to: number): number;
  /** True while clients must be waited for. */
  isBlocked(): boolean;
  /** Tells that market time jumped without anything being published. */
  onSlept(): void;
}

export interface PlaybackOptions {
  /** Market time at the start, ms; everything before it is history. */
  readonly startAt: number;
  /** Market time at which it stops, ms; Infinity for never. */
  readonly end: number;
  /** Market ms per real ms, > 0. */
  readonly speed: number;
  readonly paused: boolean;
  /** Real time, ms. */
  readonly realNow: number;
}

/**
 * The market's clock. Everything before `now` has been published, nothing else; each turn moves it on, minute by
 * minute at most, so that no event is ever left out however fast it goes.
 */
export class Playback {
  now: number;
  readonly end: number;
  speed: number;
  isPaused: boolean;
  #anchorMarket: number;
  #anchorReal: number;
  #lastTurn: number;

  constructor(options: PlaybackOptions) {
    this.now = options.startAt;
    this.end = options.end;
    this.speed = options.speed;
    this.isPaused = options.paused;
    this.#anchorMarket = options.startAt;
    this.#anchorReal = options.realNow;
    this.#lastTurn = options.realNow;
  }

  get hasEnded(): boolean {
    return this.now >= this.end;
  }

  /** Goes on from where it stands, at this speed. */
  play(speed: number, realNow: number): void {
    this.speed = speed;
    this.isPaused = false;
    this.#anchor(realNow);
  }

  pause(): void {
    this.isPaused = true;
  }

  /** Moves the clock on to where it should be, as far as one turn may; true if there is more to do at once. */
  turn(realNow: number, target: PlaybackTarget): boolean {
    const slept = realNow - this.#lastTurn;
    this.#lastTurn = realNow;
    if (this.isPaused || this.hasEnded) return false;
    const wanted = Math.floor(this.#anchorMarket + (realNow - this.#anchorReal) * this.speed);
    const until = Math.min(this.end, wanted);
    if (slept > MAX_SLEEP_MS && this.speed === 1) {
      this.now = Math.max(this.now, until);
      target.onSlept();
      return false;
    }
    let published = 0;
    let isBlocked = target.isBlocked();
    while (this.now < until && published < TRADES_PER_TURN && !isBlocked) {
      const to = Math.min(until, (Math.floor(this.now / MINUTE_MS) + 1) * MINUTE_MS);
      // A quiet minute costs something too: without it a market that nobody hears would never yield.
      published += 1 + target.emit(this.now, to);
      this.now = to;
      isBlocked = target.isBlocked();
    }
    const isBehind = this.now < until;
    if (isBehind && this.speed > MAX_PACED_SPEED) this.#anchor(realNow);
    return isBehind && !isBlocked;
  }

  #anchor(realNow: number): void {
    this.#anchorMarket = this.now;
    this.#anchorReal = realNow;
  }
}
