import fc from 'fast-check';
import { SeriesStructure } from '../../../../src/engine/analysis/structure/series-structure.js';
import type { StructureInput } from '../../../../src/engine/analysis/structure/structure.js';

export const HOUR = 3_600_000;

/**
 * Draws candles by hand: closes go in a straight line from turn to turn, and a candle reaches from the close before it to
 * its own. The first candle stands at the first turn. ATR is 1, RSI 50, and each volume is the mean of 100.
 *
 * @param legs candles from one turn to the next
 * @param change what is different in the candle of a number
 */
export function draw(
  turns: readonly number[],
  legs = 6,
  change: (number: number) => Partial<StructureInput> = () => ({}),
): StructureInput[] {
  const closes = turns.slice(0, 1);
  for (const [i, turn] of turns.slice(1).entries()) {
    const from = turns[i] as number;
    for (let step = 1; step <= legs; step++) closes.push(from + ((turn - from) * step) / legs);
  }
  return closes.map((close, number) => {
    const open = closes[number - 1] ?? close;
    const [high, low] = [Math.max(open, close), Math.min(open, close)];
    const usual = { time: number * HOUR, open, high, low, close, volume: 100 };
    return { ...usual, atr: 1, rsi: 50, meanVolume: 100, ...change(number) };
  });
}

/** Gives the structure of these candles. */
export function structureOf(inputs: readonly StructureInput[]): SeriesStructure {
  const structure = new SeriesStructure();
  for (const input of inputs) structure.push(input);
  return structure;
}

/** All that a structure says, as one value. */
export function everything(structure: SeriesStructure): unknown {
  const { depth, trend, trendStrength, lastBreak } = structure;
  return {
    ...{ depth, trend, trendStrength, lastBreak },
    swings: structure.swings(),
    levels: structure.levels(),
    lines: structure.lines(),
    breakout: structure.breakout(),
    divergences: structure.divergences(),
  };
}

/** Adds what the engine computes of candles: Wilder's ATR and RSI of 14, and the mean of the 20 volumes before. */
export function withIndicators(
  candles: readonly Omit<StructureInput, 'atr' | 'rsi' | 'meanVolume'>[],
): StructureInput[] {
  let atr = Number.NaN;
  let [gain, loss, sum] = [0, 0, 0];
  return candles.map((candle, i) => {
    const before = candles[i - 1]?.close ?? candle.open;
    const range = Math.max(candle.high, before) - Math.min(candle.low, before);
    sum += range;
    atr = i < 14 ? Number.NaN : i === 14 ? sum / 15 : (atr * 13 + range) / 14;
    gain = (gain * 13 + Math.max(0, candle.close - before)) / 14;
    loss = (loss * 13 + Math.max(0, before - candle.close)) / 14;
    const rsi = i < 14 || gain + loss === 0 ? Number.NaN : (100 * gain) / (gain + loss);
    const last = candles.slice(Math.max(0, i - 20), i);
    const mean = last.reduce((total, { volume }) => total + volume, 0) / 20;
    return { ...candle, atr, rsi, meanVolume: last.length === 20 ? mean : Number.NaN };
  });
}

/** Prices from 1e-9 to 1e9 that jump, wander or stand still, with holes in time and candles without volume. */
export const wildInputs: fc.Arbitrary<StructureInput[]> = fc
  .tuple(
    fc.double({ min: -9, max: 9, noNaN: true }),
    fc.array(
      fc.record({
        kind: fc.constantFrom('walk', 'walk', 'walk', 'walk', 'walk', 'walk', 'flat', 'jump'),
        exponent: fc.double({ min: -9, max: 9, noNaN: true }),
        steps: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -5, max: 5 }))),
        volume: fc.constantFrom(0, 1, 2, 5, 1e9),
        hours: fc.constantFrom(1, 1, 1, 30),
      }),
      { minLength: 1, maxLength: 300, size: 'max' },
    ),
  )
  .map(([start, moves]) => {
    let close = 10 ** start;
    let time = 0;
    return withIndicators(
      moves.map(({ kind, exponent, steps, volume, hours }) => {
        time += hours * HOUR;
        const open = close;
        if (kind === 'flat') return { time, open, high: open, low: open, close, volume: 0 };
        const [a, b, c] = steps as [number, number, number];
        close = kind === 'jump' ? 10 ** exponent : open * (1 + a / 100);
        close = Math.min(1e9, Math.max(1e-9, close));
        const high = Math.max(open, close) * (1 + Math.abs(b) / 200);
        const low = Math.min(open, close) * (1 - Math.abs(c) / 200);
        return { time, open, high, low, close, volume };
      }),
    );
  });
