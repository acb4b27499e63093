import fc from 'fast-check';
import t from 'tap';
import { type IndicatorInput, IndicatorSeries } from '../../src/engine/indicators/indicator-series.js';
import type { IndicatorSpec } from '../../src/engine/indicators/spec.js';

/** A batch computation: the values of all columns at the last candle of `prefix`; NaN: not defined. */
export type Batch = (prefix: readonly IndicatorInput[]) => readonly number[];

export interface IndicatorContract {
  readonly spec: IndicatorSpec;
  readonly columns: readonly string[];
  readonly batch: Batch;
  /** Against what an error in a column is measured where the value passes through zero. */
  floor(column: string, prefix: readonly IndicatorInput[]): number;
  /** Closes that come by turns in the test of the price range's ends, where the usual ones leave a column undefined. */
  readonly extremes?: readonly number[];
}

const RUNS = 150;
const TOLERANCE = 1e-9;

/** One candle after `close`; zero moves and zero volumes are frequent. */
function candleAfter(close: number, move: number, spread: number, volume: number): IndicatorInput {
  const next = close * move;
  return {
    time: 0,
    open: close,
    high: Math.max(close, next) * (1 + spread),
    low: Math.min(close, next) / (1 + spread),
    close: next,
    volume,
  };
}

const move = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 6, arbitrary: fc.double({ min: 0.98, max: 1.02, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0.2, max: 5, noNaN: true }) },
);

/** Calm, flat and wild stretches of candles, at tiny, usual and huge prices. */
export const hostileSeries: fc.Arbitrary<readonly IndicatorInput[]> = fc
  .record({
    start: fc.constantFrom(1e-8, 0.00012345, 1, 61_837.63, 1e9),
    steps: fc.array(
      fc.record({
        move,
        spread: fc.constantFrom(0, 0, 0.001, 0.1),
        volume: fc.constantFrom(0, 0.001, 12.5, 1e9),
        repeat: fc.constantFrom(1, 1, 1, 30),
      }),
      { minLength: 1, maxLength: 60 },
    ),
  })
  .map(({ start, steps }) => {
    const candles: IndicatorInput[] = [];
    let close: number = start;
    for (const { move, spread, volume, repeat } of steps) {
      for (let i = 0; i < repeat; i++) {
        // After its first candle a repeated stretch is flat: no price, no range, no volume moves.
        const candle = i === 0 ? candleAfter(close, move, spread, volume) : candleAfter(close, 1, 0, 0);
        candles.push({ ...candle, time: candles.length * 3_600_000 });
        close = candle.close;
      }
    }
    return candles;
  });

function values(series: IndicatorSeries, read: (column: number) => number): readonly number[] {
  return series.columns.map((_, column) => read(column));
}

/** Fails with the seed in the message, so that a failure can be run again. */
function holds(property: fc.IRawProperty<unknown>): void {
  fc.assert(property as fc.IProperty<unknown>, { numRuns: RUNS });
}

/** Every promise that an indicator makes; see `src/engine/indicators/indicator.ts`. */
export function indicatorContract({ spec, columns, batch, floor, extremes }: IndicatorContract): void {
  const name = columns.join(', ');

  t.test(`${name}: the column names are the configured ones`, async (t) => {
    t.same(new IndicatorSeries([spec]).columns, columns);
  });

  t.test(
    `${name}: peek and then commit give the same bits, and equal the batch over the prefix`,
    async (t) => {
      holds(
        fc.property(hostileSeries, (candles) => {
          const series = new IndicatorSeries([spec]);
          for (const [index, candle] of candles.entries()) {
            series.peek(candle);
            const peeked = values(series, (column) => series.formingValue(column));
            series.commit(candle);
            const committed = values(series, (column) => series.closedValue(column));
            const prefix = candles.slice(0, index + 1);
            // The batch is quadratic; every seventh prefix and the last one are enough to catch a slip.
            const expected = index % 7 === 0 || index === candles.length - 1 ? batch(prefix) : null;
            for (const [column, value] of committed.entries()) {
              if (!Object.is(value, peeked[column])) {
                throw new Error(
                  `candle ${index}: ${columns[column]} peeked ${peeked[column]}, committed ${value}`,
                );
              }
              if (expected === null) continue;
              const wanted = expected[column] as number;
              if (Number.isNaN(wanted) && Number.isNaN(value)) continue;
              const limit = TOLERANCE * Math.max(Math.abs(wanted), floor(columns[column] as string, prefix));
              if (!(Math.abs(value - wanted) <= limit)) {
                throw new Error(`candle ${index}: ${columns[column]} is ${value}, the batch gives ${wanted}`);
              }
            }
          }
        }),
      );
      t.pass(`${RUNS} random series`);
    },
  );

  t.test(`${name}: peeking other candles in between leaves no trace`, async (t) => {
    holds(
      fc.property(hostileSeries, hostileSeries, (candles, others) => {
        const quiet = new IndicatorSeries([spec]);
        const peeked = new IndicatorSeries([spec]);
        for (const [index, candle] of candles.entries()) {
          peeked.peek(others[index % others.length] as IndicatorInput);
          peeked.peek(others[(index * 7) % others.length] as IndicatorInput);
          peeked.commit(candle);
          quiet.commit(candle);
          for (let column = 0; column < columns.length; column++) {
            if (!Object.is(quiet.closedValue(column), peeked.closedValue(column))) {
              throw new Error(`candle ${index}: ${columns[column]} differs after peeks`);
            }
          }
        }
      }),
    );
    t.pass(`${RUNS} random pairs of series`);
  });

  t.test(
    `${name}: once defined a value is finite and stays defined, at the ends of the price range too`,
    async (t) => {
      const series = new IndicatorSeries([spec]);
      const prices = extremes ?? [1e-100, 1e100, 1e-100, 1, 1e100, 1e100];
      const wasDefined = columns.map(() => false);
      let undefinedAgain = 0;
      for (let index = 0; index < 1_000; index++) {
        const close = index % 400 < 300 ? (prices[index % prices.length] as number) : 1e-100;
        series.commit({ time: 0, open: close, high: close, low: close, close, volume: 0 });
        for (const column of columns.keys()) {
          const value = series.closedValue(column);
          if (wasDefined[column] && !Number.isFinite(value)) undefinedAgain += 1;
          wasDefined[column] = wasDefined[column] || !Number.isNaN(value);
        }
      }
      t.equal(undefinedAgain, 0);
      t.ok(wasDefined.every(Boolean), 'every column was defined');
    },
  );
}
