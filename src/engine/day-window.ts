import { MINUTE_MS } from '../timeframe.js';
import type { Shape, Shaped } from './shape.js';

/** Minutes in 24 hours; the last of them is the one that forms. */
const MINUTES = 1_440;
const CLOSED = MINUTES - 1;

const COLUMN = { doubles: CLOSED } as const;
/** What is saved of a day; minute `m` since the epoch lies at `m % 1439` of each column. */
export const DAY_SHAPE = {
  fields: {
    open: COLUMN,
    high: COLUMN,
    low: COLUMN,
    close: COLUMN,
    lots: COLUMN,
    newest: 'number',
    length: 'number',
    highest: 'number',
    lowest: 'number',
    sum: 'number',
  },
} as const satisfies Shape;
export type SavedDay = Shaped<typeof DAY_SHAPE>;

/** The newest closed minutes of one asset, up to 24 hours of them: for rolling statistics and late confirmations. */
export class DayWindow {
  readonly #open = new Float64Array(CLOSED);
  readonly #high = new Float64Array(CLOSED);
  readonly #low = new Float64Array(CLOSED);
  readonly #close = new Float64Array(CLOSED);
  readonly #lots = new Float64Array(CLOSED);
  /** Start of the newest minute, ms. */
  #newest = Number.NaN;
  /** Minutes without a hole that end with the newest, at most `CLOSED`. */
  #length = 0;
  #highest = Number.NEGATIVE_INFINITY;
  #lowest = Number.POSITIVE_INFINITY;
  #sum = 0;

  /** Takes the next closed minute in; one that does not follow the newest begins the window anew. */
  push(time: number, open: number, high: number, low: number, close: number, lots: number): void {
    if (time !== this.#newest + MINUTE_MS) this.#clear();
    const slot = slotOf(time);
    const isFull = this.#length === CLOSED;
    const leftHigh = this.#high[slot] as number;
    const leftLow = this.#low[slot] as number;
    const leftLots = isFull ? (this.#lots[slot] as number) : 0;
    this.#open[slot] = open;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#close[slot] = close;
    this.#lots[slot] = lots;
    this.#newest = time;
    if (!isFull) this.#length += 1;
    const sum = this.#sum + lots - leftLots;
    // Whole lots add up exactly; fractions would leave a residue, so they are summed anew.
    this.#sum = Number.isSafeInteger(sum) && Number.isInteger(lots) ? sum : this.#total();
    // Scanned anew only if the extreme has left and the new minute is no equal of it.
    if (high >= this.#highest) this.#highest = high;
    else if (isFull && leftHigh === this.#highest) this.#highest = highestOf(this.#high);
    if (low <= this.#lowest) this.#lowest = low;
    else if (isFull && leftLow === this.#lowest) this.#lowest = lowestOf(this.#low);
  }

  /** True if the 1,439 minutes before the forming one are known. */
  get isComplete(): boolean {
    return this.#length === CLOSED;
  }

  /** Open of the oldest minute. Meaningless unless complete, as the following three. */
  get open(): number {
    return this.#open[slotOf(this.#newest + MINUTE_MS)] as number;
  }

  get high(): number {
    return this.#highest;
  }

  get low(): number {
    return this.#lowest;
  }

  get lots(): number {
    return this.#sum;
  }

  /** Says whether the closed minute at `time` had just these values; null: it is not in the window. */
  equals(time: number, open: number, high: number, low: number, close: number, lots: number): boolean | null {
    const age = (this.#newest - time) / MINUTE_MS;
    if (!(age >= 0 && age < this.#length)) return null;
    const slot = slotOf(time);
    return (
      this.#open[slot] === open &&
      this.#high[slot] === high &&
      this.#low[slot] === low &&
      this.#close[slot] === close &&
      this.#lots[slot] === lots
    );
  }

  save(): SavedDay {
    return {
      open: this.#open.slice(),
      high: this.#high.slice(),
      low: this.#low.slice(),
      close: this.#close.slice(),
      lots: this.#lots.slice(),
      newest: this.#newest,
      length: this.#length,
      highest: this.#highest,
      lowest: this.#lowest,
      sum: this.#sum,
    };
  }

  load(saved: SavedDay): void {
    this.#open.set(saved.open);
    this.#high.set(saved.high);
    this.#low.set(saved.low);
    this.#close.set(saved.close);
    this.#lots.set(saved.lots);
    this.#newest = saved.newest;
    this.#length = saved.length;
    this.#highest = saved.highest;
    this.#lowest = saved.lowest;
    this.#sum = saved.sum;
  }

  #clear(): void {
    this.#length = 0;
    this.#highest = Number.NEGATIVE_INFINITY;
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#sum = 0;
    this.#lots.fill(0);
  }

  #total(): number {
    let sum = 0;
    for (let i = 0; i < CLOSED; i++) sum += this.#lots[i] as number;
    return sum;
  }
}

/** A closed minute as it was saved. */
export interface SavedMinuteOfDay {
  /** Start of the minute, ms. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
}

/** Gives the newest minutes of a saved day, oldest first, at most `count`. */
export function newestMinutes(saved: SavedDay, count: number): readonly SavedMinuteOfDay[] {
  const known = Math.min(count, saved.length);
  return Array.from({ length: known }, (_, index) => {
    const time = saved.newest - (known - 1 - index) * MINUTE_MS;
    const slot = slotOf(time);
    return {
      time,
      open: saved.open[slot] as number,
      high: saved.high[slot] as number,
      low: saved.low[slot] as number,
      close: saved.close[slot] as number,
      lots: saved.lots[slot] as number,
    };
  });
}

function slotOf(time: number): number {
  return (time / MINUTE_MS) % CLOSED;
}

function highestOf(values: Float64Array): number {
  let found = values[0] as number;
  for (let i = 1; i < values.length; i++) found = Math.max(found, values[i] as number);
  return found;
}

function lowestOf(values: Float64Array): number {
  let found = values[0] as number;
  for (let i = 1; i < values.length; i++) found = Math.min(found, values[i] as number);
  return found;
}
