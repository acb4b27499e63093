import type { IndicatorInput } from '../../../src/engine/indicators/indicator-series.js';
import { indicatorContract } from '../../contracts/indicator.js';
import {
  averageTrueRanges,
  donchian,
  ichimoku,
  linregSlope,
  pivots,
  psar,
  supertrend,
} from '../../oracles/trend-lines.js';

for (const period of [2, 20]) {
  indicatorContract({
    spec: { name: 'donchian', period },
    columns: ['upper', 'middle', 'lower'].map((name) => `donchian_${name}_${period}`),
    batch: (prefix) => donchian(prefix, period),
    floor: () => 0,
  });
}

for (const [tenkan, kijun, senkou, displacement, suffix] of [
  [9, 26, 52, 26, ''],
  [7, 5, 3, 1, '_7_5_3_1'],
  [2, 4, 9, 3, '_2_4_9_3'],
] as const) {
  indicatorContract({
    spec: { name: 'ichimoku', tenkan, kijun, senkou, displacement },
    columns: ['tenkan', 'kijun', 'senkou_a', 'senkou_b', 'lead_a', 'lead_b'].map(
      (name) => `ichimoku_${name}${suffix}`,
    ),
    batch: (prefix) => ichimoku(prefix, tenkan, kijun, senkou, displacement),
    floor: () => 0,
  });
}

for (const [period, width, suffix] of [
  [10, 3, ''],
  [3, 0.5, '_3_0.5'],
] as const) {
  indicatorContract({
    spec: { name: 'supertrend', period, width },
    columns: [`supertrend${suffix}`, `supertrend_direction${suffix}`],
    batch: (prefix) => supertrend(prefix, period, width),
    // A band may pass through zero: its error is that of the candle's middle and of the range that it is made of.
    floor: (_, prefix) =>
      (prefix.at(-1) as IndicatorInput).high + width * (averageTrueRanges(prefix, period).at(-1) ?? 0),
  });
}

for (const [step, limit, suffix] of [
  [0.02, 0.2, ''],
  [0.1, 0.25, '_0.1_0.25'],
  [1, 1, '_1_1'],
] as const) {
  indicatorContract({
    spec: { name: 'psar', step, limit },
    columns: [`psar${suffix}`],
    batch: (prefix) => [psar(prefix, step, limit)],
    floor: () => 0,
  });
}

for (const period of [2, 3, 14, 50]) {
  indicatorContract({
    spec: { name: 'linreg_slope', period },
    columns: [`linreg_slope_${period}`],
    batch: (prefix) => [
      linregSlope(
        prefix.map(({ close }) => close),
        period,
      ),
    ],
    floor: (_, prefix) => {
      const window = prefix.slice(-period).map(({ close }) => close);
      return (Math.max(...window) - Math.min(...window)) / period;
    },
  });
}

for (const [left, right, suffix] of [
  [5, 5, ''],
  [1, 1, '_1_1'],
  [2, 4, '_2_4'],
  [4, 1, '_4_1'],
] as const) {
  indicatorContract({
    spec: { name: 'pivot', left, right },
    columns: [`pivot_high${suffix}`, `pivot_low${suffix}`],
    batch: (prefix) => pivots(prefix, left, right),
    floor: () => 0,
    // Runs long enough for tops and bottoms.
    extremes: [1, 1, 1, 1, 1, 1e100, 1, 1, 1, 1, 1, 1e-100],
  });
}
