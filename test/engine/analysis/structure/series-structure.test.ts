import fc from 'fast-check';
import t from 'tap';
import { SeriesStructure } from '../../../../src/engine/analysis/structure/series-structure.js';
import { draw, everything, structureOf, wildInputs } from './drawn.js';

const UNIT = (value: number) => value >= 0 && value <= 1;

t.test('nothing is known of no candles', async (t) => {
  t.same(everything(new SeriesStructure()), {
    ...{ depth: 0, trend: 'range', trendStrength: 0, lastBreak: null },
    ...{ swings: [], levels: [], lines: [], breakout: null, divergences: [] },
  });
});

t.test('a candle that does not follow is refused', async (t) => {
  const [first] = draw([100, 101]);
  const structure = new SeriesStructure();
  if (first !== undefined) structure.push(first);
  t.throws(() => first !== undefined && structure.push(first), RangeError);
});

t.test('what was said at a candle stays, whatever comes after it, and asking changes nothing', async (t) => {
  fc.assert(
    fc.property(
      wildInputs,
      wildInputs,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (inputs, others, share) => {
        const known = Math.ceil(inputs.length * share);
        const last = inputs[known - 1]?.time ?? 0;
        const future = others.map((input) => ({ ...input, time: input.time + last }));
        const altered = [...inputs.slice(0, known), ...future];
        const asked = new SeriesStructure();
        const said: string[] = [];
        for (const input of inputs) {
          asked.push(input);
          said.push(JSON.stringify(everything(asked)));
        }
        const again = new SeriesStructure();
        for (const [i, input] of altered.entries()) {
          again.push(input);
          if (i === known - 1 && JSON.stringify(everything(again)) !== said[i])
            throw new Error(`at candle ${i}`);
        }
      },
    ),
    { numRuns: 40, seed: 11 },
  );
  t.pass('nothing moves');
});

t.test('everything that is said of wild candles is within its range', async (t) => {
  fc.assert(
    fc.property(wildInputs, (inputs) => {
      const structure = new SeriesStructure();
      for (const [i, input] of inputs.entries()) {
        structure.push(input);
        const swings = structure.swings();
        const wrong = [
          !UNIT(structure.trendStrength),
          swings.length > 60,
          swings.some(({ kind, back }, s) => back < 3 || back > i || swings[s + 1]?.kind === kind),
          structure
            .levels()
            .some(
              (level) =>
                !UNIT(level.strength) ||
                !(level.price > 0) ||
                level.tests < 1 ||
                !(level.lastTest <= input.time) ||
                !Number.isFinite(level.distancePct) ||
                (level.type === 'resistance') !== level.distancePct > 0,
            ),
          structure.levels().reduce((sum, { tests }) => sum + tests, 0) !== swings.length,
          structure
            .lines()
            .some(
              (line) =>
                !UNIT(line.strength) ||
                !(line.price > 0 && line.price < Number.POSITIVE_INFINITY) ||
                line.touches < 2 ||
                line.from.time >= line.to.time,
            ),
          structure.divergences().some(({ strength, back }) => !UNIT(strength) || back < 3 || back > 30),
          (structure.breakout()?.level ?? 1) <= 0,
          (structure.breakout()?.back ?? 0) > 20,
          (structure.breakout()?.volumeRatio ?? 0) < 0,
          (structure.lastBreak?.level ?? 1) <= 0,
          (structure.lastBreak?.back ?? 0) > 119,
        ].findIndex((isWrong) => isWrong);
        if (wrong !== -1) throw new Error(`check ${wrong} at candle ${i}`);
      }
    }),
    { numRuns: 60, seed: 13 },
  );
  t.pass('always');
});

t.test('prices a thousand times as high have the same shape', async (t) => {
  // 1024: a power of two leaves every digit as it is.
  const scale = 1024;
  fc.assert(
    fc.property(wildInputs, (inputs) => {
      const small = structureOf(inputs);
      const large = structureOf(
        inputs.map((input) => ({
          ...input,
          ...{ open: input.open * scale, high: input.high * scale, low: input.low * scale },
          ...{ close: input.close * scale, atr: input.atr * scale },
        })),
      );
      const prices = ['price', 'level', 'slope'];
      const wanted = JSON.stringify(everything(small), (key, value) =>
        prices.includes(key) ? value * scale : value,
      );
      if (wanted !== JSON.stringify(everything(large))) throw new Error('another shape');
    }),
    { numRuns: 60, seed: 17 },
  );
  t.pass('the same');
});
