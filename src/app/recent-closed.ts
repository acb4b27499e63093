import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import { candleRow } from './rows.js';

type Row = readonly unknown[];

/** Rows kept per series although the database has them. */
const KEPT = 3;
/** Rows kept per series while the database does not keep up: a day of 1m candles. */
const KEPT_AT_MOST = 1_440;

/** Remembers the candles that closed lately, so that a query never misses one that is not in the database yet. */
export class RecentClosed implements Pick<EngineSink, 'closed'> {
  readonly #engine: Engine;
  readonly #isSimulated: (asset: number) => boolean;
  readonly #isWritten: () => boolean;
  readonly #rows = new Map<number, Row[]>();
  /** Series with more rows than `KEPT`. */
  readonly #long = new Set<Row[]>();

  /** @param isWritten true if every closed candle handed to the writer so far is in the database */
  constructor(engine: Engine, isSimulated: (asset: number) => boolean, isWritten: () => boolean) {
    this.#engine = engine;
    this.#isSimulated = isSimulated;
    this.#isWritten = isWritten;
  }

  /** Call it before the candle is handed to the writer, which would never be found idle afterwards. */
  closed(asset: number, timeframeIndex: number): void {
    if (this.#long.size > 0 && this.#isWritten()) this.#forget();
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const view = this.#engine.lastClosed(series);
    if (view === null) throw new RangeError(`series ${series} closed no candle`);
    const rows = this.#rows.get(series) ?? [];
    this.#rows.set(series, rows);
    rows.push(candleRow(view, 'closed', this.#isSimulated(asset)));
    if (rows.length > KEPT) this.#long.add(rows);
    if (rows.length > KEPT_AT_MOST) rows.shift();
  }

  /** Of all series: at a boundary many close, and only the first finds the writer idle. */
  #forget(): void {
    for (const rows of this.#long) rows.splice(0, rows.length - KEPT);
    this.#long.clear();
  }

  /** Gives the remembered rows of a series, oldest first. */
  of(series: number): readonly Row[] {
    return this.#rows.get(series) ?? [];
  }
}
