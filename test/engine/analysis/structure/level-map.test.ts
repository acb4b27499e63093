import t from 'tap';
import { draw, HOUR, structureOf } from './drawn.js';

t.test('a double top is one resistance with two tests', async (t) => {
  const [level, ...others] = structureOf(draw([100, 110, 104, 110.4, 102])).levels();
  t.match(level, { type: 'resistance', tests: 2, lastTest: 18 * HOUR, volume: 'normal' });
  t.ok(level !== undefined && level.price > 110 && level.price < 110.4, 'between both');
  t.ok(level !== undefined && level.price > 110.2, 'nearer the newer one');
  t.equal(level?.distancePct, ((level?.price ?? 0) / 102 - 1) * 100);
  t.same(
    others.map(({ type, tests }) => ({ type, tests })),
    [{ type: 'resistance', tests: 1 }],
    'the low between them, which price has fallen through',
  );
});

t.test('strength, price and age of a level follow its formula', async (t) => {
  const [level] = structureOf(draw([100, 110, 104, 110.4, 102])).levels();
  // Tests at candles 6 and 18. It was drawn at candle 21 and is read at 24; each at usual volume.
  const weight = (age: number) => 0.5 ** (age / 100);
  const price = (110 * weight(15) + 110.4 * weight(3)) / (weight(15) + weight(3));
  t.ok(Math.abs((level?.price ?? 0) - price) < 1e-9);
  const wanted = 1 - (1 - 0.4 * weight(18)) * (1 - 0.4 * weight(6));
  t.ok(Math.abs((level?.strength ?? 0) - wanted) < 1e-12);
});

t.test('swings farther apart than one ATR are two levels', async (t) => {
  const levels = structureOf(draw([100, 110, 104, 112, 102])).levels();
  t.same(levels.map(({ price }) => price).toSorted(), [104, 110, 112]);
});

t.test('a level is support from above and resistance from below', async (t) => {
  const types = (end: number) =>
    structureOf(draw([100, 110, 104, 110, end]))
      .levels()
      .filter(({ price }) => price === 110)
      .map(({ type, distancePct }) => [type, Math.sign(distancePct)]);
  t.same(types(105), [['resistance', 1]]);
  t.same(types(110), [['support', 0]], 'a price on it stands on it');
  const back = structureOf(draw([100, 110, 104, 110, 105, 115])).levels();
  t.match(
    back.find(({ price }) => price === 110),
    { type: 'support' },
  );
});

t.test('more tests and more volume make a level stronger, age makes it weaker', async (t) => {
  const strengths = (turns: readonly number[], volume = 100) =>
    structureOf(draw(turns, 6, () => ({ volume })))
      .levels()
      .find(({ price }) => price === 110)?.strength ?? 0;
  const twice = strengths([100, 110, 104, 110, 104]);
  t.ok(strengths([104, 100, 104, 110, 104]) < twice, 'one test');
  t.ok(strengths([104, 110, 104, 110, 104, 110, 104]) > twice, 'three tests');
  t.ok(strengths([100, 110, 104, 110, 104], 300) > twice, 'three times the volume');
  t.ok(strengths([100, 110, 104, 110, 104, 104, 104, 104]) < twice, 'longer ago');
});

t.test('the volume at a level is told against the mean of its time', async (t) => {
  const volumeAt = (volume: number, meanVolume = 100) =>
    structureOf(draw([100, 110, 104, 110, 104], 6, () => ({ volume, meanVolume }))).levels()[0]?.volume;
  t.equal(volumeAt(70), 'low');
  t.equal(volumeAt(100), 'normal');
  t.equal(volumeAt(150), 'high');
  t.equal(volumeAt(150, Number.NaN), 'normal', 'no mean yet');
  t.equal(volumeAt(0, 0), 'normal', 'nothing traded');
});

t.test('however long the candles, a level is no wider than a tenth of its price', async (t) => {
  const inputs = draw([100, 150, 100, 170, 110], 6, () => ({ atr: 30 }));
  t.same(
    structureOf(inputs)
      .levels()
      .map(({ price }) => price)
      .toSorted(),
    [100, 150, 170],
  );
});
