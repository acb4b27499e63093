import type { IndicatorInput } from '../../../src/engine/indicators/indicator-series.js';
import { indicatorContract } from '../../contracts/indicator.js';
import { keltner, logChanges, realizedVolatility, zscore } from '../../oracles/volatility.js';

function closes(prefix: readonly IndicatorInput[]): readonly number[] {
  return prefix.map(({ close }) => close);
}

for (const [period, range, width, suffix] of [
  [20, 10, 2, ''],
  [5, 14, 1.5, '_5_14_1.5'],
] as const) {
  indicatorContract({
    spec: { name: 'keltner', period, range, width },
    columns: ['upper', 'middle', 'lower'].map((name) => `keltner_${name}${suffix}`),
    batch: (prefix) => keltner(prefix, period, range, width),
    // The lower line passes through zero: its error is that of the average and the range, whose sum is the upper line.
    floor: (_, prefix) => keltner(prefix, period, range, width)[0] || 0,
  });
}

for (const period of [2, 5, 20]) {
  indicatorContract({
    spec: { name: 'realized_volatility', period },
    columns: [`realized_volatility_${period}`],
    batch: (prefix) => [realizedVolatility(closes(prefix), period)],
    // Changes that are all but equal: what is left is their own rounding.
    floor: (_, prefix) => Math.max(0, ...logChanges(closes(prefix), period).map(Math.abs)) * 1e-4,
  });
}

for (const period of [3, 20, 100]) {
  indicatorContract({
    spec: { name: 'zscore', period },
    columns: [`zscore_${period}`],
    batch: (prefix) => [zscore(closes(prefix), period)],
    floor: () => 1,
  });
}
