import fc from 'fast-check';
import t from 'tap';
import { IndicatorSet } from '../../../src/engine/indicators/indicator-set.js';
import { CLOSE, HIGH, LOW, OPEN, PART_TIME, TIME, VOLUME } from '../../../src/engine/indicators/layout.js';
import { DEFAULT_INDICATORS } from '../../../src/engine/indicators/registry.js';
import type { SeriesState } from '../../../src/engine/indicators/series-state.js';
import { hostileSeries } from '../../contracts/indicator.js';

interface Input {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Prices and volumes anywhere in the range that is taken in, with holes in time; each stretch may be flat. */
const extremeSeries: fc.Arbitrary<readonly Input[]> = fc
  .array(
    fc.record({
      exponents: fc.tuple(...[0, 1, 2, 3].map(() => fc.double({ min: -100, max: 100, noNaN: true }))),
      volume: fc.oneof(fc.constantFrom(0, 5e-324, 1e100), fc.double({ min: 0, max: 1e100, noNaN: true })),
      hours: fc.constantFrom(1, 1, 1, 30),
      repeat: fc.constantFrom(1, 1, 40),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) => {
    const candles: Input[] = [];
    let time = 0;
    for (const { exponents, volume, hours, repeat } of steps) {
      const [open, close, ...others] = exponents.map((exponent) => 10 ** exponent) as [
        number,
        number,
        ...number[],
      ];
      const high = Math.max(open, close, ...others);
      const low = Math.min(open, close, ...others);
      for (let i = 0; i < repeat; i++) {
        time += hours * 3_600_000;
        candles.push(
          i === 0
            ? { time, open, high, low, close, volume }
            : { time, open: close, high: close, low: close, close, volume: 0 },
        );
      }
    }
    return candles;
  });

const set = new IndicatorSet(DEFAULT_INDICATORS);
const columns = set.columns.map((_, column) => column);

function put(state: SeriesState, series: number, candle: Input): void {
  const { slab, input } = state;
  slab[series * set.slabSize + PART_TIME] = candle.time;
  input[TIME] = candle.time;
  input[OPEN] = candle.open;
  input[HIGH] = candle.high;
  input[LOW] = candle.low;
  input[CLOSE] = candle.close;
  input[VOLUME] = candle.volume;
}

function closedOf(state: SeriesState, series: number): readonly number[] {
  return columns.map((column) => set.closedValue(state, series, column));
}

for (const [name, arbitrary] of [
  ['usual and hostile', hostileSeries],
  ['extreme', extremeSeries],
] as const) {
  t.test(
    `all indicators over ${name} candles: peek and commit agree, no value is NaN or infinite`,
    async (t) => {
      fc.assert(
        fc.property(arbitrary, (candles) => {
          const state = set.createState(1, 1);
          const wasDefined = columns.map(() => false);
          for (const [index, candle] of candles.entries()) {
            put(state, 0, candle);
            set.peek(state, 0, 1, 0);
            const peeked = columns.map((column) => set.peekedValue(state, 0, column));
            set.commit(state, 0);
            for (const [column, value] of closedOf(state, 0).entries()) {
              const what = `candle ${index}: ${set.columns[column]}`;
              if (!Object.is(value, peeked[column]))
                throw new Error(`${what} peeked ${peeked[column]}, is ${value}`);
              if (Number.isNaN(value) ? wasDefined[column] : !Number.isFinite(value))
                throw new Error(`${what} is ${value}`);
              wasDefined[column] ||= !Number.isNaN(value);
            }
          }
        }),
        { numRuns: 100 },
      );
      t.pass(`${columns.length} columns`);
    },
  );

  t.test(
    `all indicators over ${name} candles: a copy of the memory goes on as the original does`,
    async (t) => {
      fc.assert(
        fc.property(arbitrary, fc.nat(), (candles, cut) => {
          const until = cut % candles.length;
          const state = set.createState(2, 2);
          for (const candle of candles.slice(0, until)) {
            put(state, 0, candle);
            set.commit(state, 0);
          }
          const half = { slab: state.slab.length / 2, past: state.past.length / 2 };
          state.slab.copyWithin(half.slab, 0, half.slab);
          state.past.copyWithin(half.past, 0, half.past);
          state.counts[1] = state.counts[0] as number;
          for (const candle of candles.slice(until)) {
            for (const series of [0, 1]) {
              put(state, series, candle);
              set.commit(state, series);
            }
          }
          const [first, second] = [0, 1].map((series) => closedOf(state, series)) as [number[], number[]];
          for (const column of columns) {
            if (!Object.is(first[column], second[column]))
              throw new Error(`${set.columns[column]}: ${first[column]} and ${second[column]}`);
          }
        }),
        { numRuns: 60 },
      );
      t.pass(`${columns.length} columns`);
    },
  );
}
