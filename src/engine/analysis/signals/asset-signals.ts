import { TIMEFRAME_COUNT } from '../../../timeframe.js';
import { keyText, type SignalKey } from './signal.js';
import type { SignalLife } from './signal-life.js';

/** The signals of one asset that have not ended, in the order in which they were given, and when the last ones were. */
export class AssetSignals {
  readonly lives: SignalLife[] = [];
  /** Start of the candle of the newest one, by timeframe and direction; −Infinity: there was none. */
  readonly #newest = new Float64Array(2 * TIMEFRAME_COUNT).fill(Number.NEGATIVE_INFINITY);

  /** Start of the candle of the newest signal of a timeframe and direction, ms; −Infinity: there was none. */
  newest(timeframe: number, side: 1 | -1): number {
    return this.#newest[place(timeframe, side)] as number;
  }

  /** Remembers that a signal was given, whether it is live or not. */
  note(timeframe: number, side: 1 | -1, candleTime: number): void {
    const at = place(timeframe, side);
    this.#newest[at] = Math.max(this.#newest[at] as number, candleTime);
  }

  isLive(timeframe: number, side: 1 | -1): boolean {
    for (let n = 0; n < this.lives.length; n++) {
      const life = this.lives[n];
      if (life?.timeframe === timeframe && life.side === side) return true;
    }
    return false;
  }

  find(key: SignalKey): SignalLife | undefined {
    return this.lives.find(({ draft }) => keyText(draft) === keyText(key));
  }

  remove(life: SignalLife): void {
    const at = this.lives.indexOf(life);
    if (at !== -1) this.lives.splice(at, 1);
  }
}

function place(timeframe: number, side: 1 | -1): number {
  return 2 * timeframe + (side === 1 ? 0 : 1);
}
