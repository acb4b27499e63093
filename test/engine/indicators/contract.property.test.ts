import type { IndicatorInput } from '../../../src/engine/indicators/indicator-series.js';
import { indicatorContract } from '../../contracts/indicator.js';
import { bollinger, ema, macd, rsi, sma } from '../../oracles/indicators.js';

function closes(prefix: readonly IndicatorInput[]): readonly number[] {
  return prefix.map((candle) => candle.close);
}

function highestClose(prefix: readonly IndicatorInput[]): number {
  return Math.max(...closes(prefix));
}

for (const period of [2, 20, 100]) {
  indicatorContract({
    spec: { name: 'sma', period },
    columns: [`sma_${period}`],
    batch: (prefix) => [sma(closes(prefix), period)],
    floor: () => 0,
  });
}

for (const period of [2, 12, 50]) {
  indicatorContract({
    spec: { name: 'ema', period },
    columns: [`ema_${period}`],
    batch: (prefix) => [ema(closes(prefix), period)],
    floor: () => 0,
  });
}

for (const period of [7, 14]) {
  indicatorContract({
    spec: { name: 'rsi', period },
    columns: [`rsi_${period}`],
    batch: (prefix) => [rsi(closes(prefix), period)],
    floor: () => 1,
  });
}

indicatorContract({
  spec: { name: 'macd' },
  columns: ['macd', 'macd_signal', 'macd_hist'],
  batch: (prefix) => macd(closes(prefix), 12, 26, 9),
  floor: (_, prefix) => highestClose(prefix) / 1000,
});

indicatorContract({
  spec: { name: 'macd', fast: 5, slow: 35, signal: 5 },
  columns: ['macd_5_35_5', 'macd_signal_5_35_5', 'macd_hist_5_35_5'],
  batch: (prefix) => macd(closes(prefix), 5, 35, 5),
  floor: (_, prefix) => highestClose(prefix) / 1000,
});

for (const [period, width, suffix] of [
  [20, 2, ''],
  [5, 1.5, '_5_1.5'],
] as const) {
  indicatorContract({
    spec: { name: 'bb', period, width },
    columns: ['upper', 'middle', 'lower', 'bandwidth', 'percent_b'].map((name) => `bb_${name}${suffix}`),
    batch: (prefix) => bollinger(closes(prefix), period, width),
    floor: (column, prefix) => {
      if (column.startsWith('bb_bandwidth')) return 1e-6;
      return column.startsWith('bb_percent_b') ? 1 : Math.max(...closes(prefix.slice(-period)));
    },
  });
}
