import t from 'tap';
import { draw, HOUR, structureOf } from './drawn.js';

t.test('a close above the newest high of a trend up continues it', async (t) => {
  const structure = structureOf(draw([100, 110, 105, 115, 110, 120], 5));
  t.same(structure.lastBreak, {
    kind: 'continuation',
    direction: 'up',
    level: 115,
    time: 23 * HOUR,
    back: 2,
  });
});

t.test('the neckline of a head and shoulders is a reversal, told once', async (t) => {
  // Left shoulder 115, head 122, right shoulder 116; the last low before it is 109.
  const inputs = draw([100, 115, 108, 122, 109, 116, 100], 6);
  const structure = structureOf(inputs);
  const { lastBreak } = structure;
  t.equal(lastBreak?.kind, 'reversal');
  t.equal(lastBreak?.direction, 'down');
  t.equal(lastBreak?.level, 109);
  const first = inputs.find(({ time, close }) => time > 30 * HOUR && close < 109);
  t.equal(lastBreak?.time, first?.time, 'the first close below it, not a later one');
});

t.test('touching a swing breaks nothing', async (t) => {
  const structure = structureOf(draw([100, 110, 105, 110], 5));
  t.equal(structure.lastBreak, null);
});

t.test('a first break against the trend of the swings is a reversal', async (t) => {
  // The wicks make the trend: no close has ever been beyond a swing.
  const wicks: Record<number, object> = {
    6: { high: 112 },
    12: { low: 95 },
    18: { high: 114 },
    24: { low: 97 },
  };
  const change = (n: number) => wicks[n] ?? {};
  const inputs = draw([100, 103, 100, 103, 100, 103, 90], 6, change);
  t.equal(structureOf(inputs.slice(0, 30)).trend, 'up');
  t.equal(structureOf(inputs.slice(0, 30)).lastBreak, null);
  t.match(structureOf(inputs).lastBreak, { kind: 'reversal', direction: 'down', level: 97 });
});

t.test('a break is told of for 119 candles', async (t) => {
  const slow = draw([100, 110, 105, 112], 5);
  const last = slow.at(-1);
  const still = Array.from({ length: 130 }, (_, i) => ({
    ...last,
    time: (last?.time ?? 0) + (i + 1) * HOUR,
    open: 112,
    high: 112,
    low: 112,
    close: 112,
  })) as typeof slow;
  const age = structureOf(slow).lastBreak?.back ?? 0;
  t.equal(structureOf([...slow, ...still.slice(0, 119 - age)]).lastBreak?.back, 119);
  t.equal(structureOf([...slow, ...still.slice(0, 120 - age)]).lastBreak, null);
});
