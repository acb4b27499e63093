import type { CandleEvent, GapCause } from '../events.js';
import { MINUTE_MS } from '../timeframe.js';
import { normalizeCandle } from './normalize.js';
import { type MessageContext, SymbolTrack } from './symbol-track.js';

/**
 * A symbol whose 1m candles are streamed. A minute closes when the exchange calls its candle final; where it does
 * not, or the word was lost, history is asked once the minute is over.
 */
export class CandleTrack extends SymbolTrack<CandleEvent> {
  private newestTime = Number.NEGATIVE_INFINITY;
  private newestVolume = 0;

  protected parse(entry: unknown, message: MessageContext): CandleEvent | null {
    const candle = normalizeCandle(entry);
    const { exchangeClock } = this.options;
    if (candle === null || candle.time % MINUTE_MS !== 0) return null;
    const exchangeTime = message.exchangeTime ?? Math.max(candle.time, exchangeClock.now());
    const reached = Math.max(candle.time, message.exchangeTime ?? candle.time);
    if (!exchangeClock.observe(reached, message.receivedAt)) return null;
    if (message.exchangeTime !== null) this.measureLag(message.exchangeTime, message.receivedAt);
    return {
      type: 'candle',
      asset: this.asset,
      time: candle.time,
      open: candle.open,
      high: candle.high,
      low: candle.low,
      close: candle.close,
      volume: candle.volume,
      closed: message.closedTimes.includes(candle.time),
      source: 'stream',
      exchangeTime,
      receivedAt: message.receivedAt,
    };
  }

  protected take(candle: CandleEvent, isReplay: boolean): void {
    const { counters, sink } = this.options;
    // A candle of the connection that is up now holds all of its minute: nothing of it was lost.
    if (candle.time === this.sealer.sealed) this.break = null;
    if (candle.closed) {
      if (this.sealer.sealCandle(candle) === 'known' && !isReplay) counters.duplicates++;
      if (candle.time > this.newestTime) this.newest(candle.time, candle.volume);
      return;
    }
    const isOlder =
      candle.time < this.newestTime || (candle.time === this.newestTime && candle.volume < this.newestVolume);
    if (candle.time < this.sealer.sealed || isOlder || this.sealer.isHeld(candle.time)) {
      if (!isReplay) counters.reordered++;
      return;
    }
    this.newest(candle.time, candle.volume);
    this.sealer.note(candle.time, candle.high, candle.low, 0);
    sink(candle);
  }

  private newest(time: number, volume: number): void {
    this.newestTime = time;
    this.newestVolume = volume;
  }

  protected get newestMinute(): number {
    return this.newestTime;
  }

  protected causeBefore(_to: number): GapCause | null {
    return null;
  }

  /** A minute that was just left may still be called final by a message that is on its way. */
  protected isUnsettled(_at: number): boolean {
    return true;
  }

  protected settled(_receivedAt: number): void {
    // The exchange's candles are whole: there is nothing to give up.
  }
}
