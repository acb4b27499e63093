import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import { candleRow } from './rows.js';

type Row = readonly unknown[];

/** Rows kept per series while the database keeps up: more than one flush can hold. */
const KEPT = 3;
/** Rows kept per series while it does not: a day of 1m candles. */
const KEPT_AT_MOST = 1_440;

/** Remembers the candles that closed lately, so that a query never misses one that is not in the database yet. */
export class RecentClosed implements Pick<EngineSink, 'closed'> {
  readonly #engine: Engine;
  readonly #isSimulated: (asset: number) => boolean;
  /** True if every closed candle handed to the writer before is in the database. */
  readonly #isWritten: () => boolean;
  readonly #rows = new Map<number, Row[]>();

  constructor(engine: Engine, isSimulated: (asset: number) => boolean, isWritten: () => boolean) {
    this.#engine = engine;
    this.#isSimulated = isSimulated;
    this.#isWritten = isWritten;
  }

  closed(asset: number, timeframeIndex: number): void {
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const view = this.#engine.lastClosed(series);
    if (view === null) throw new RangeError(`series ${series} closed no candle`);
    const rows = this.#rows.get(series) ?? [];
    this.#rows.set(series, rows);
    rows.push(candleRow(view, 'closed', this.#isSimulated(asset)));
    const keep = this.#isWritten() ? KEPT : KEPT_AT_MOST;
    if (rows.length > keep) rows.splice(0, rows.length - keep);
  }

  /** Gives the remembered rows of a series, oldest first. */
  of(series: number): readonly Row[] {
    return this.#rows.get(series) ?? [];
  }
}
