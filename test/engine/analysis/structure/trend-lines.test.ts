import fc from 'fast-check';
import t from 'tap';
import { SeriesStructure } from '../../../../src/engine/analysis/structure/series-structure.js';
import type { StructureInput, Swing } from '../../../../src/engine/analysis/structure/structure.js';
import { draw, HOUR, structureOf } from './drawn.js';

t.test('rising lows make a support that price has respected', async (t) => {
  const structure = structureOf(draw([110, 100, 112, 103, 115, 106, 118]));
  const [line] = structure.lines().filter(({ side }) => side === 'support');
  t.same(line, {
    side: 'support',
    from: { time: 6 * HOUR, price: 100 },
    to: { time: 30 * HOUR, price: 106 },
    slope: 0.25,
    price: 107.5,
    touches: 3,
    strength: 0.6 * (2 / 3) + 0.25 * (24 / 60) + 0.15 * 2 ** (-6 / 20),
  });
});

t.test('a triangle has a falling resistance and a rising support', async (t) => {
  const lines = structureOf(draw([100, 120, 102, 118, 104, 116, 106, 114])).lines();
  const slopes = (side: string) => lines.filter((line) => line.side === side).map(({ slope }) => slope);
  t.same(slopes('resistance'), [-2 / 12]);
  t.same(slopes('support'), [2 / 12]);
  t.same(
    lines.map(({ touches }) => touches),
    [3, 3],
  );
});

t.test('a line that a close has left is gone, and is not drawn again', async (t) => {
  const turns = [110, 100, 112, 103, 115, 106, 118, 105];
  const supports = (more: readonly number[]) =>
    structureOf(draw([...turns, ...more]))
      .lines()
      .filter(({ side, from }) => side === 'support' && from.time === 6 * HOUR);
  t.equal(supports([]).length, 0);
  t.notOk(
    supports([112]).some(({ slope }) => slope === 0.25),
    'with the new low',
  );
});

t.test('two touches are weaker than three', async (t) => {
  const strength = (turns: readonly number[]) =>
    structureOf(draw(turns))
      .lines()
      .find(({ side }) => side === 'support')?.strength ?? 0;
  t.ok(strength([110, 100, 112, 103, 115]) < strength([110, 100, 112, 103, 115, 106, 118]));
});

t.test('a line is not trusted for longer than it has held', async (t) => {
  const still = [115, 115.2, 115, 115.2, 115, 115.2];
  const lines = (count: number) =>
    structureOf(draw([110, 100, 112, 103, 115, ...still]).slice(0, count))
      .lines()
      .filter(({ side }) => side === 'support').length;
  t.equal(lines(18 + 20 + 1), 1, 'twenty candles after its last touch');
  t.equal(lines(18 + 21 + 1), 0);
});

t.test('a support is not drawn below zero', async (t) => {
  const supports = (count: number) =>
    structureOf(draw([14, 10, 13, 4, 12, 12.5, 12]).slice(0, count))
      .lines()
      .filter(({ side }) => side === 'support')
      .map(({ price }) => price);
  t.same(supports(26), [0.5]);
  t.same(supports(27), []);
});

/** Lines of one side as of the newest candle, plainly: all pairs, all closes. The ATR is 1 throughout. */
function batchLines(inputs: readonly StructureInput[], swings: readonly Swing[], kind: 'high' | 'low') {
  const newest = inputs.length - 1;
  const points = swings
    .filter((swing) => swing.kind === kind && swing.back < 128)
    .slice(0, 8)
    .map(({ price, back }) => ({ price, at: newest - back }))
    .reverse();
  const pairs = points.flatMap((a, i) => points.slice(i + 1).map((b) => [a, b] as const));
  const lines = pairs.flatMap(([a, b]) => {
    const slope = (b.price - a.price) / (b.at - a.at);
    const value = (at: number) => a.price + slope * (at - a.at);
    const closes = inputs.slice(a.at + 1).map(({ close }, i) => close - value(a.at + 1 + i));
    const isBroken = closes.some((over) => (kind === 'high' ? over : -over) > 0.2);
    const touching = points.filter(
      (point) => point === b || (point.at >= a.at && Math.abs(point.price - value(point.at)) <= 0.2),
    );
    const to = touching.at(-1)?.at ?? b.at;
    const isOld = newest - to > Math.max(20, to - a.at);
    if (b.at - a.at < 5 || isBroken || isOld) return [];
    return [{ from: a.at, to, slope, touches: touching.length, value }];
  });
  lines.sort(
    (x, y) => y.touches - x.touches || y.to - y.from - (x.to - x.from) || y.to - x.to || x.slope - y.slope,
  );
  const [first] = lines;
  const second = lines.slice(1).find((line) => {
    const starts = [Math.max(line.from, first?.from ?? 0), newest];
    return starts.some((at) => Math.abs(line.value(at) - (first?.value(at) ?? 0)) > 0.4);
  });
  return [first, second]
    .filter((line) => line !== undefined)
    .filter(({ value }) => value(newest) > 0)
    .map(({ from, to, slope, touches }) => [from, to, slope, touches]);
}

t.test('lines are those of a plain search through all pairs of swings and all closes', async (t) => {
  // Heights in eighths, so that slopes come out the same; legs of eight candles.
  const turns = fc.array(fc.integer({ min: 800, max: 960 }), { minLength: 4, maxLength: 24, size: 'max' });
  let compared = 0;
  fc.assert(
    fc.property(turns, (eighths) => {
      const inputs = draw(
        eighths.map((height) => height / 8),
        8,
      );
      const structure = new SeriesStructure();
      for (const [i, input] of inputs.entries()) {
        structure.push(input);
        const swings = structure.swings();
        const kind = swings[0]?.kind;
        if (kind === undefined || swings[0]?.back !== 3) continue;
        const side = kind === 'high' ? 'resistance' : 'support';
        const order = (lines: readonly (readonly number[])[]) =>
          lines.map((line) => JSON.stringify(line)).toSorted();
        const found = structure
          .lines()
          .filter((line) => line.side === side)
          .map(({ from, to, slope, touches }) => [from.time / HOUR, to.time / HOUR, slope, touches]);
        const wanted = batchLines(inputs.slice(0, i + 1), swings, kind);
        compared += wanted.length;
        if (JSON.stringify(order(found)) !== JSON.stringify(order(wanted))) {
          throw new Error(`at candle ${i}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
        }
      }
    }),
    { numRuns: 100, seed: 19 },
  );
  t.ok(compared > 500, `${compared} lines are the same`);
});
