import t from 'tap';
import type { StructureInput } from '../../../../src/engine/analysis/structure/structure.js';
import { draw, structureOf } from './drawn.js';

/** A double top at 110, then 30 candles below it without a turn, so that the range of 20 candles lies below too. */
const BASE = draw([100, 110, 104, 110, 104, 104.5, 105, 105.5, 106]);
/** The same without the tops: a range from 104 to 106. */
const RANGE = draw([105, 106, 104, 106, 104, 106, 104]).map((input) => ({ ...input, atr: 5 }));

function then(base: readonly StructureInput[], ...candles: readonly Partial<StructureInput>[]) {
  const inputs = [...base];
  for (const change of candles) {
    const last = inputs.at(-1) as StructureInput;
    const close = change.close ?? last.close;
    inputs.push({
      ...last,
      time: last.time + 3_600_000,
      open: last.close,
      high: Math.max(last.close, close),
      low: Math.min(last.close, close),
      volume: 100,
      ...change,
      close,
    });
  }
  return structureOf(inputs).breakout();
}

t.test('a close beyond a level that was tested twice breaks it', async (t) => {
  t.match(then(BASE, { close: 111, volume: 200 }), {
    type: 'resistance',
    direction: 'up',
    level: 110,
    back: 0,
    volumeRatio: 2,
    isVolumeConfirmed: true,
    isRetested: false,
    hasFailed: false,
  });
  t.match(then(BASE.map(mirror), { close: 89 }), { type: 'support', direction: 'down', level: 90 });
});

function mirror(input: StructureInput): StructureInput {
  const { open, high, low, close } = input;
  return { ...input, open: 200 - open, high: 200 - low, low: 200 - high, close: 200 - close };
}

t.test('a wick, or a close within 0.15 ATR, breaks nothing', async (t) => {
  t.not(then(BASE, { close: 109, high: 112 })?.level, 110);
  t.not(then(BASE, { close: 110.14 })?.level, 110);
  t.equal(then(BASE, { close: 110.16 })?.level, 110);
});

t.test('volume confirms from one and a half times the mean of the 20 before', async (t) => {
  t.equal(then(BASE, { close: 111, volume: 150 })?.isVolumeConfirmed, true);
  t.equal(then(BASE, { close: 111, volume: 149 })?.isVolumeConfirmed, false);
  const unknown = then(BASE, { close: 111, volume: 500, meanVolume: Number.NaN });
  t.equal(unknown?.isVolumeConfirmed, false, 'not without a mean');
  t.ok(Number.isNaN(unknown?.volumeRatio));
  const first = then(BASE, { close: 111, volume: 500, meanVolume: 0 });
  t.equal(first?.isVolumeConfirmed, false, 'nor where nothing was traded before');
});

t.test('a retest comes back to the level and closes on the right side of it', async (t) => {
  t.match(then(BASE, { close: 112 }, { close: 111.5, low: 110.2 }), {
    isRetested: true,
    hasFailed: false,
    back: 1,
  });
  t.match(then(BASE, { close: 112 }, { close: 111.5, low: 110.3 }), { isRetested: false }, 'not so near');
  t.match(then(BASE, { close: 112 }, { close: 111.5, low: 109 }), { isRetested: true }, 'a wick below it');
  t.match(
    then(BASE.map(mirror), { close: 88 }, { close: 88.5, high: 89.8 }),
    { isRetested: true, hasFailed: false },
    'of a support',
  );
});

t.test('a close back beyond the level fails the breakout for good', async (t) => {
  const failed = then(BASE, { close: 112 }, { close: 109.9 }, { close: 111 });
  t.match(failed, { level: 110, hasFailed: true, isRetested: false });
  t.match(then(BASE.map(mirror), { close: 88 }, { close: 90.1 }), { hasFailed: true }, 'of a support');
});

t.test('a breakout is told of for 20 candles', async (t) => {
  const quiet = (count: number) => Array.from({ length: count }, () => ({ close: 112 }));
  t.equal(then(BASE, { close: 112 }, ...quiet(20))?.back, 20);
  t.equal(then(BASE, { close: 112 }, ...quiet(21)), null);
});

t.test('where there is no level, a close beyond the 20 candles before breaks the range, once', async (t) => {
  t.match(then(RANGE, { close: 107 }), { type: 'range', direction: 'up', level: 106, back: 0 });
  t.match(then(RANGE, { close: 107 }, { close: 108 }), { level: 106, back: 1 }, 'the same move');
  t.match(then(RANGE.map(mirror), { close: 93 }), { type: 'range', direction: 'down', level: 94 });
  t.equal(then(RANGE, { close: 106.7 }), null, 'not by 0.15 ATR');
});

t.test('a line with three touches is broken where it stands at that candle', async (t) => {
  const rising = draw([110, 100, 112, 103, 115, 106, 118, 109]).slice(0, -2);
  t.match(then(rising, { close: 105 }), { type: 'trendline', direction: 'down', level: 100 + 0.25 * 35 });
});

t.test('a line that was broken goes on for the retest and the failure', async (t) => {
  const rising = draw([110, 100, 112, 103, 115, 106, 118, 109]).slice(0, -2);
  const above = 100 + 0.25 * 35 + 0.1;
  t.match(then(rising, { close: 105 }, { close: above }), { hasFailed: false, isRetested: true });
  t.match(then(rising, { close: 105 }, { close: above + 0.2 }), { hasFailed: true });
});

t.test('a line with two touches, or one that has come down to zero, breaks nothing', async (t) => {
  const twice = draw([110, 100, 112, 103, 115]);
  t.not(then(twice, { close: 103.5 })?.type, 'trendline');
  // A resistance through 90, 60 and 30, which is zero at candle 42.
  const steep = structureOf(draw([50, 90, 20, 60, 10, 30, 1, 1])).breakout();
  t.not(steep?.type, 'trendline');
});

t.test('a level is broken as it stood before the candle that breaks it', async (t) => {
  const before = structureOf(BASE)
    .levels()
    .find(({ price }) => price > 109);
  t.equal(then(BASE, { close: 140, high: 150, atr: 40 })?.level, before?.price);
});
