import t from 'tap';
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
