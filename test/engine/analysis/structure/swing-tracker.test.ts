import fc from 'fast-check';
import t from 'tap';
import { SeriesStructure } from '../../../../src/engine/analysis/structure/series-structure.js';
import { readRecordedCandles, sharedData, skipWithoutRecord } from '../../../support/recorded.js';
import { batchSwings } from './batch-swings.js';
import { draw, HOUR, structureOf, wildInputs, withIndicators } from './drawn.js';

t.test('turns of the price are swings once three candles have confirmed them', async (t) => {
  const inputs = draw([100, 110, 104, 116]);
  t.same(structureOf(inputs).swings(), [
    { kind: 'low', time: 12 * HOUR, price: 104, back: 6 },
    { kind: 'high', time: 6 * HOUR, price: 110, back: 12 },
  ]);
  t.same(structureOf(inputs.slice(0, 9)).swings(), [], 'two candles after the high it is not known yet');
  t.equal(structureOf(inputs.slice(0, 10)).swings().length, 1, 'three candles after it is');
});

t.test('a turn of less than one ATR is none', async (t) => {
  const swings = structureOf(draw([100, 110, 109.2, 115, 105])).swings();
  t.same(
    swings.map(({ price }) => price),
    [115],
    'of the two highs with nothing but a dent between them the higher one stays',
  );
});

t.test('equal highs in a row are one swing, at the first of them', async (t) => {
  const inputs = draw([100, 110, 110, 100], 5);
  t.same(
    structureOf(inputs)
      .swings()
      .map(({ time }) => time),
    [5 * HOUR],
  );
});

t.test('a market that stands still has no swings', async (t) => {
  t.same(structureOf(draw([100, 100, 100, 100])).swings(), []);
});

t.test('there is no swing before there is an ATR', async (t) => {
  t.same(structureOf(draw([100, 110, 104, 116], 6, () => ({ atr: Number.NaN }))).swings(), []);
});

t.test(
  'a candle that reaches beyond its neighbours on both sides turns in the order of its close',
  async (t) => {
    const spike = (close: number) =>
      structureOf(draw([100, 100, 100], 6, (n) => (n === 6 ? { high: 110, low: 90, close } : {})))
        .swings()
        .map(({ kind }) => kind);
    t.same(spike(105), ['high', 'low'], 'it rose: low, then high');
    t.same(spike(95), ['low', 'high'], 'it fell: high, then low');
  },
);

t.test('sixty swings are kept', async (t) => {
  const turns = Array.from({ length: 100 }, (_, i) => 100 + (i % 2) * 10);
  const inputs = draw(turns, 5);
  t.equal(structureOf(inputs).swings().length, 60);
  t.same(structureOf(inputs).swings(), batchSwings(inputs));
});

t.test('swings of wild candles are those of a plain recomputation, at every candle', async (t) => {
  fc.assert(
    fc.property(wildInputs, (inputs) => {
      const structure = new SeriesStructure();
      for (const [i, input] of inputs.entries()) {
        structure.push(input);
        if (i % 7 !== 0 && i < inputs.length - 8) continue;
        const [found, wanted] = [structure.swings(), batchSwings(inputs.slice(0, i + 1))];
        if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`differs at candle ${i}`);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
  t.pass('none differs');
});

t.test(
  'swings of Bitcoin’s days are those of a plain recomputation, at every candle',
  skipWithoutRecord(),
  async (t) => {
    const rows = readRecordedCandles(sharedData('candles/BTC-USDT_1d.csv.gz') ?? '').slice(0, 700);
    const inputs = withIndicators(
      rows.map(({ time, open, high, low, close, volume }) => ({
        ...{ time, open: Number(open), high: Number(high), low: Number(low) },
        ...{ close: Number(close), volume: Number(volume) },
      })),
    );
    const structure = new SeriesStructure();
    let different = 0;
    for (const [i, input] of inputs.entries()) {
      structure.push(input);
      const wanted = batchSwings(inputs.slice(0, i + 1));
      if (JSON.stringify(structure.swings()) !== JSON.stringify(wanted)) different += 1;
    }
    t.equal(different, 0);
    t.equal(structure.swings().length, 60);
  },
);
