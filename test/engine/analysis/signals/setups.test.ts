import t from 'tap';
import { SeriesMemory } from '../../../../src/engine/analysis/signals/series-memory.js';
import { findSetups, SETUPS, scoreBounce } from '../../../../src/engine/analysis/signals/setups.js';
import type {
  Breakout,
  Divergence,
  KeyLevel,
  Structure,
} from '../../../../src/engine/analysis/structure/structure.js';
import { type HandCandle, MadeSeries } from '../../../support/made-series.js';

const HOUR = 3_600_000;
const H1 = 3;
/** Nothing has happened: the price lies still, and no indicator says anything. */
const STILL: readonly HandCandle[] = [
  [100, 100.5, 99.5, 100, 10],
  [100, 100.5, 99.5, 100, 10],
];
const QUIET = { rsi_14: 50, macd_hist: 0, macd: 0, ema_20: 100, ema_50: 100, bb_middle: 100, atr_14: 2 };

const NOTHING: Structure = {
  depth: 100,
  trend: 'range',
  trendStrength: 0,
  swings: () => [],
  lastBreak: null,
  levels: () => [],
  lines: () => [],
  breakout: () => null,
  divergences: () => [],
};

const BREAKOUT: Breakout = {
  type: 'resistance',
  direction: 'up',
  level: 99,
  time: 0,
  back: 0,
  volumeRatio: 2,
  isVolumeConfirmed: true,
  isRetested: false,
  hasFailed: false,
};

interface Scene {
  readonly candles?: readonly HandCandle[];
  readonly values?: Readonly<Record<string, number>>;
  /** Indicators of the candle before. */
  readonly former?: Readonly<Record<string, number>>;
  readonly structure?: Partial<Structure>;
  readonly trend?: number;
}

/** Setups that are found, by name. */
function found(
  side: 1 | -1,
  { candles = STILL, values, former, structure, trend = 0 }: Scene,
): readonly string[] {
  const memory = new SeriesMemory();
  const series = new MadeSeries(candles.slice(0, -1), { ...QUIET, ...former }, 0);
  memory.observe(0, H1, series);
  series.candles = candles;
  series.values = { ...QUIET, ...values };
  series.newest = HOUR;
  memory.observe(0, H1, series);
  const scores = new Float64Array(SETUPS.length);
  const count = findSetups(scores, side, 0, H1, series, { ...NOTHING, ...structure }, memory, 2, trend);
  const names = SETUPS.filter((_, place) => (scores[place] ?? 0) > 0);
  if (names.length !== count) throw new Error(`${count} counted`);
  return names;
}

t.test('when nothing happens there is none', async (t) => {
  t.same(found(1, {}), []);
  t.same(found(-1, {}), []);
});

t.test('a breakout counts at its close, the way it goes, by whether volume confirms it', async (t) => {
  const at = (different: Partial<Breakout>): Partial<Structure> => ({
    breakout: () => ({ ...BREAKOUT, ...different }),
  });
  t.same(found(1, { structure: at({}) }), ['breakout_confirmed']);
  t.same(found(1, { structure: at({ isVolumeConfirmed: false }) }), ['breakout_unconfirmed']);
  t.same(found(-1, { structure: at({}) }), [], 'not the other way');
  t.same(found(-1, { structure: at({ direction: 'down' }) }), ['breakout_confirmed']);
  t.same(found(1, { structure: at({ hasFailed: true }) }), []);
  t.same(found(1, { structure: at({ back: 1 }) }), [], 'nor later');
});

t.test('a retest counts when the candle comes back to the level and closes on the right side', async (t) => {
  const retested: Partial<Structure> = { breakout: () => ({ ...BREAKOUT, back: 6, isRetested: true }) };
  const back: readonly HandCandle[] = [
    [101, 102, 100, 101],
    [100.5, 101.5, 99.2, 101],
  ];
  t.same(found(1, { structure: retested, candles: back }), ['breakout_retest']);
  t.same(
    found(1, {
      structure: retested,
      candles: [
        [101, 102, 100, 101],
        [101, 103, 100.5, 102],
      ],
    }),
    [],
  );
  t.same(
    found(1, {
      structure: retested,
      candles: [
        [101, 102, 100, 101],
        [101, 101.5, 99.2, 100],
      ],
    }),
    [],
  );
});

t.test('a pullback touches the EMA 20 of a trend and closes beyond it', async (t) => {
  const values = { ema_20: 100, ema_50: 97 };
  const candles: readonly HandCandle[] = [
    [102, 103, 101, 101],
    [100.5, 101.6, 99.6, 101.5],
  ];
  t.same(found(1, { values, candles, trend: 0.8 }), ['pullback_to_ema']);
  t.same(found(1, { values, candles, trend: 0.3 }), [], 'no trend, no pullback');
  t.same(found(-1, { values, candles, trend: 0.8 }), []);
  const mirrored: readonly HandCandle[] = [
    [98, 99, 97, 99],
    [99.5, 100.4, 98.4, 98.5],
  ];
  t.same(found(-1, { values: { ema_20: 100, ema_50: 103 }, candles: mirrored, trend: -0.8 }), [
    'pullback_to_ema',
  ]);
});

t.test('RSI recovers when it comes back over 30, and falls back under 70', async (t) => {
  t.same(found(1, { former: { rsi_14: 29 }, values: { rsi_14: 31 } }), ['rsi_recovery']);
  t.same(
    found(1, { former: { rsi_14: 30 }, values: { rsi_14: 30.1 } }),
    ['rsi_recovery'],
    'from the very line',
  );
  t.same(found(1, { former: { rsi_14: 31 }, values: { rsi_14: 33 } }), []);
  t.same(found(-1, { former: { rsi_14: 72 }, values: { rsi_14: 69 } }), ['rsi_recovery']);
});

t.test('MACD turns when its histogram crosses zero', async (t) => {
  t.same(found(1, { former: { macd_hist: -0.1 }, values: { macd_hist: 0.1, macd: -1 } }), ['macd_turn']);
  t.same(found(1, { former: { macd_hist: 0.1 }, values: { macd_hist: 0.2 } }), []);
  t.same(found(-1, { former: { macd_hist: 0.1 }, values: { macd_hist: -0.1 } }), ['macd_turn']);
});

t.test('a divergence counts while it is fresh, of RSI, the way it points', async (t) => {
  const at = (different: Partial<Divergence>): Partial<Structure> => ({
    divergences: () => [{ indicator: 'RSI', type: 'bullish', strength: 0.5, time: 0, back: 3, ...different }],
  });
  t.same(found(1, { structure: at({}) }), ['rsi_divergence']);
  t.same(found(1, { structure: at({ type: 'hidden_bullish' }) }), ['rsi_divergence']);
  t.same(found(-1, { structure: at({}) }), []);
  t.same(found(-1, { structure: at({ type: 'bearish' }) }), ['rsi_divergence']);
  t.same(found(1, { structure: at({ back: 6 }) }), []);
  t.same(found(1, { structure: at({ indicator: 'volume' }) }), []);
});

t.test('a squeeze is released after six candles of it at least, the way that momentum goes', async (t) => {
  const squeezed = { ...QUIET, bb_upper: 102, bb_lower: 98 };
  const free = { ...QUIET, bb_upper: 104, bb_lower: 96, macd_hist: 0.1 };
  const released = (candles: number): boolean => {
    const memory = new SeriesMemory();
    const series = new MadeSeries(STILL, squeezed);
    for (let n = 0; n < candles; n++) {
      series.newest = n * HOUR;
      memory.observe(0, H1, series);
    }
    series.values = free;
    series.newest = candles * HOUR;
    memory.observe(0, H1, series);
    const isReleased = memory.isReleased(0, H1);
    memory.observe(0, H1, series);
    t.equal(memory.isReleased(0, H1), isReleased, 'told twice, it is the same');
    series.newest += HOUR;
    memory.observe(0, H1, series);
    t.notOk(memory.isReleased(0, H1), 'it is over a candle later');
    return isReleased;
  };
  t.notOk(released(5));
  t.ok(released(6));
  t.ok(released(40));
});

t.test('what lies before a hole in the candles is not the candle before', async (t) => {
  const memory = new SeriesMemory();
  const series = new MadeSeries(STILL, { ...QUIET, rsi_14: 20 });
  memory.observe(0, H1, series);
  series.newest = 3 * HOUR;
  memory.observe(0, H1, series);
  t.ok(Number.isNaN(memory.formerRsi(0, H1)));
  series.newest = 4 * HOUR;
  memory.observe(0, H1, series);
  t.equal(memory.formerRsi(0, H1), 20);
  memory.forget(0);
  t.ok(Number.isNaN(memory.formerRsi(0, H1)));
});

t.test('a bounce touches a level that is strong enough and closes well off it', async (t) => {
  const level = (price: number, strength: number): KeyLevel => ({
    ...{ type: 'support', price, strength, tests: 3, lastTest: 0, distancePct: 0, volume: 'normal' },
  });
  const bounced = (side: 1 | -1, candle: HandCandle, levels: readonly KeyLevel[]): number => {
    const scores = new Float64Array(SETUPS.length);
    scoreBounce(scores, side, 0, H1, new MadeSeries([candle], QUIET), levels, 2);
    return scores[SETUPS.indexOf('pullback_to_level')] ?? 0;
  };
  const hammer: HandCandle = [100.5, 101.5, 99.2, 101];
  t.ok(bounced(1, hammer, [level(99, 0.5)]) > 0);
  t.ok(bounced(1, hammer, [level(99, 0.9)]) > bounced(1, hammer, [level(99, 0.5)]));
  t.equal(bounced(1, hammer, [level(99, 0.3)]), 0, 'too weak');
  t.equal(bounced(1, hammer, [level(97, 0.9)]), 0, 'not touched');
  t.equal(bounced(-1, hammer, [level(99, 0.9)]), 0, 'the other way');
});
