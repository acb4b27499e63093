import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import t from 'tap';
import { doji, hammerpatternunconfirmed } from 'technicalindicators';
import { PATTERN_CANDLES, type PatternCandle } from '../../../src/engine/patterns/candle-window.js';
import { CANDLE_PATTERNS, detectPatterns } from '../../../src/engine/patterns/detect-patterns.js';
import { readRecordedCandles, sharedData, skipWithoutRecord } from '../../support/recorded.js';

type Row = readonly [open: number, high: number, low: number, close: number];

/** Ten candles of range 10 that end at a close of 1,000: after a fall if `step` is 2, after a rise if −2. */
function before(step: number): readonly Row[] {
  return Array.from({ length: 10 }, (_, i) => {
    const close = 1_000 + step * (9 - i);
    const open = close + step;
    return [open, Math.max(open, close) + 4, Math.min(open, close) - 4, close] as const;
  });
}

function candlesOf(rows: readonly Row[], scale = 1): readonly PatternCandle[] {
  return rows.map(([open, high, low, close]) => ({
    open: open * scale,
    high: high * scale,
    low: low * scale,
    close: close * scale,
  }));
}

const DOWN = 2;
const UP = -2;

/** Each pattern as a book on candlesticks draws it, where a candle's usual range is 10. */
const DRAWN: Readonly<Record<string, readonly [trend: number, rows: readonly Row[]]>> = {
  doji: [DOWN, [[1000, 1004, 996, 1000.2]]],
  dragonfly_doji: [DOWN, [[1000, 1000.3, 993, 1000]]],
  gravestone_doji: [UP, [[1000, 1007, 999.8, 1000]]],
  spinning_top: [UP, [[1000, 1006, 994, 1002.5]]],
  bullish_marubozu: [DOWN, [[1000, 1015.3, 999.8, 1015]]],
  bearish_marubozu: [UP, [[1000, 1000.2, 984.8, 985]]],
  hammer: [DOWN, [[1000, 1001.2, 992, 1001]]],
  inverted_hammer: [DOWN, [[1000, 1009, 999.8, 1001]]],
  hanging_man: [UP, [[1001, 1001.2, 992, 1000]]],
  shooting_star: [UP, [[1001, 1009, 999.8, 1000]]],
  bullish_engulfing: [
    DOWN,
    [
      [1003, 1004, 997, 998],
      [997.5, 1006, 997, 1005],
    ],
  ],
  bearish_engulfing: [
    UP,
    [
      [998, 1004, 997, 1003],
      [1003.5, 1004, 995, 996],
    ],
  ],
  bullish_harami: [
    DOWN,
    [
      [1010, 1011, 994, 995],
      [998, 1003, 997, 1001],
    ],
  ],
  bearish_harami: [
    UP,
    [
      [995, 1011, 994, 1010],
      [1005, 1006, 1000, 1001],
    ],
  ],
  bullish_harami_cross: [
    DOWN,
    [
      [1010, 1011, 994, 995],
      [1000, 1003, 997, 1000.2],
    ],
  ],
  bearish_harami_cross: [
    UP,
    [
      [995, 1011, 994, 1010],
      [1004, 1006, 1000, 1004.2],
    ],
  ],
  piercing_line: [
    DOWN,
    [
      [1010, 1011, 994, 995],
      [993, 1006, 992, 1005],
    ],
  ],
  dark_cloud_cover: [
    UP,
    [
      [995, 1011, 994, 1010],
      [1012, 1013, 999, 1000],
    ],
  ],
  abandoned_baby: [
    DOWN,
    [
      [1010, 1011, 999, 1000],
      [994, 997, 991, 994.1],
      [1000, 1008, 999, 1007],
    ],
  ],
  morning_star: [
    DOWN,
    [
      [1010, 1011, 999, 1000],
      [994, 997, 991, 996],
      [1000, 1009, 999, 1008],
    ],
  ],
  morning_doji_star: [
    DOWN,
    [
      [1010, 1011, 999, 1000],
      [994, 997, 991, 994.1],
      [1000, 1009, 999, 1008],
    ],
  ],
  evening_star: [
    UP,
    [
      [1000, 1011, 999, 1010],
      [1014, 1018, 1013, 1016],
      [1010, 1011, 1001, 1002],
    ],
  ],
  evening_doji_star: [
    UP,
    [
      [1000, 1011, 999, 1010],
      [1015, 1018, 1012, 1015.2],
      [1010, 1011, 1001, 1002],
    ],
  ],
  downside_tasuki_gap: [
    DOWN,
    [
      [1010, 1011, 1000, 1001],
      [996, 998, 989, 990],
      [993, 1000, 992, 999],
    ],
  ],
  three_white_soldiers: [
    UP,
    [
      [1000, 1006, 999, 1005],
      [1003, 1010, 1002, 1009],
      [1007, 1014, 1006, 1013],
    ],
  ],
  three_black_crows: [
    DOWN,
    [
      [1013, 1014, 1006, 1007],
      [1010, 1011, 1002, 1003],
      [1006, 1007, 998, 999],
    ],
  ],
};

function namesOf(candles: readonly PatternCandle[]): readonly string[] {
  return detectPatterns(candles).map(({ name }) => name);
}

t.test('every pattern is drawn here, once', async (t) => {
  t.same(Object.keys(DRAWN).toSorted(), CANDLE_PATTERNS.map(({ name }) => name).toSorted());
});

for (const [name, [trend, rows]] of Object.entries(DRAWN)) {
  t.test(`${name} is found where it is drawn, at any price`, async (t) => {
    const plain = namesOf(candlesOf([...before(trend), ...rows]));
    t.ok(plain.includes(name), plain.join());
    for (const scale of [1e-11, 0.37, 61.8, 1e12]) {
      t.same(namesOf(candlesOf([...before(trend), ...rows], scale)), plain, `${scale}`);
    }
    const quiet = (price: number): number => 60_000 + (price - 1_000) / 100;
    const calm = [...before(trend), ...rows].map((row) => row.map(quiet) as unknown as Row);
    t.same(namesOf(candlesOf(calm)), plain, 'a range of a 600,000th of the price');
  });
}

t.test('what the library takes for a pattern, but is none, is not told', async (t) => {
  const told = (trend: number, ...rows: Row[]): readonly string[] =>
    namesOf(candlesOf([...before(trend), ...rows]));
  t.notOk(told(DOWN, [1000, 1006.2, 997, 1006]).includes('hammer'), 'a shadow of half the body');
  t.notOk(told(UP, [1000, 1001.2, 992, 1001]).includes('hammer'), 'a hammer after a rise');
  t.notOk(told(UP, [1002.5, 1006, 1002.2, 1002.3]).includes('spinning_top'), 'no lower shadow');
  t.notOk(told(DOWN, [1000, 1000.4, 999.9, 1000.3]).includes('bullish_marubozu'), 'a tiny candle');
  const first: Row = [1010, 1011, 999, 1000];
  const star: Row = [989, 998, 988, 998];
  t.notOk(told(DOWN, first, star, [1000, 1009, 999, 1008]).includes('morning_star'), 'a large star');
  t.notOk(
    told(DOWN, [1003, 1012, 994, 995], [998, 1011, 997, 1009]).includes('bullish_harami'),
    'a body that is not inside',
  );
  t.notOk(
    told(DOWN, [1003, 1004, 994, 995], [993, 1006, 992, 1005]).includes('piercing_line'),
    'a body that engulfs',
  );
});

t.test('the library itself compares means as text: the reason why its trends are not used', async (t) => {
  const data = {
    open: [1_000, 1_000, 970, 1_006, 976.5],
    high: [1_001, 1_001, 1_010, 1_010, 977.1],
    low: [999, 969, 969, 975, 970],
  };
  const falls = [1_000, 970, 1_006, 976, 977];
  t.ok(hammerpatternunconfirmed({ ...data, close: falls }), 'a hammer after a fall');
  // Up 36 and down 27: a rise. The means of three are 12 and 9.
  const rises = [1_000, 973, 1_009, 1_009, 977];
  t.ok(
    hammerpatternunconfirmed({ ...data, close: rises }),
    'a rise by 9, which it takes for a fall as "9" > "12"',
  );
});

t.test(
  'nothing is told with too few candles, an unsound one, or in a market that stands still',
  async (t) => {
    const [trend, rows] = DRAWN.hammer as (typeof DRAWN)[string];
    const candles = candlesOf([...before(trend), ...rows]);
    t.equal(candles.length, PATTERN_CANDLES);
    t.same(detectPatterns(candles.slice(1)), []);
    t.same(detectPatterns([]), []);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0]) {
      t.same(detectPatterns(candles.with(4, { open: 1, high: 1, low: wrong, close: 1 })), [], `${wrong}`);
    }
    const flat = { open: 7, high: 7, low: 7, close: 7 };
    t.same(detectPatterns(Array.from({ length: 20 }, () => flat)), []);
    t.same(detectPatterns([...candles, flat]), []);
  },
);

t.test('only the last candles are read', async (t) => {
  const [trend, rows] = DRAWN.morning_star as (typeof DRAWN)[string];
  const candles = candlesOf([...before(UP), ...before(trend), ...rows]);
  t.same(detectPatterns(candles), detectPatterns(candles.slice(-PATTERN_CANDLES)));
  t.ok(detectPatterns(candles).some(({ name }) => name === 'morning_star'));
});

for (const name of ['BTC-USDT-PERP_1m', 'BTC-USDT_1d']) {
  t.test(`on recorded candles of ${name} no pattern is everywhere`, skipWithoutRecord(), async (t) => {
    const rows = readRecordedCandles(sharedData(`candles/${name}.csv.gz`) as string).slice(0, 5_000);
    const candles: PatternCandle[] = [];
    const counts = new Map<string, number>();
    let raw = 0;
    for (const row of rows) {
      const candle = { open: +row.open, high: +row.high, low: +row.low, close: +row.close };
      candles.push(candle);
      for (const pattern of detectPatterns(candles.slice(-PATTERN_CANDLES)))
        counts.set(pattern.name, (counts.get(pattern.name) ?? 0) + 1);
      const { open, high, low, close } = candle;
      if (doji({ open: [open], high: [high], low: [low], close: [close] })) raw += 1;
    }
    const shares = [...counts].map(
      ([pattern, count]) => `${pattern} ${((100 * count) / rows.length).toFixed(1)} %`,
    );
    t.comment(
      `the library alone: doji ${((100 * raw) / rows.length).toFixed(1)} %; here ${shares.join(', ')}`,
    );
    for (const [pattern, count] of counts) t.ok(count < 0.35 * rows.length, pattern);
    t.ok(counts.size > 8);
  });
}

t.test('importing the library reads no file, opens no connection and asks for no package', async (t) => {
  const entry = createRequire(import.meta.url).resolve('technicalindicators');
  const text = readFileSync(entry, 'utf8');
  t.ok(text.length > 100_000);
  t.notMatch(text, /\brequire\(|\bimport\(|\bfetch\(|XMLHttpRequest|process\.|setInterval|setTimeout/);
});
