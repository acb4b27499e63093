import t from 'tap';
import type { ClosedCandle } from '../../../src/engine/analysis/candle-ring.js';
import { HOUR_MS, timeframeIndex } from '../../../src/timeframe.js';
import { AnalysisRun } from '../../support/analysis-run.js';

const START = Date.UTC(2024, 0, 1);
const HOUR = timeframeIndex('1h');
const [BTC, ETH] = [0, 1];

function candle(number: number, asset: number): ClosedCandle {
  const close = (asset + 1) * 100 * (1 + 0.1 * Math.sin(number / 9) + 0.02 * Math.sin(number));
  return { time: START + number * HOUR_MS, open: close, high: close + 1, low: close - 1, close, volume: 5 };
}

function begun(hours: number): AnalysisRun {
  const both = [BTC, ETH].flatMap((asset) =>
    Array.from({ length: hours }, (_, n) => ({ asset, timeframe: '1h', candle: candle(n, asset) }) as const),
  );
  return new AnalysisRun(['BTC', 'ETH']).begin(both);
}

function close({ analysis }: AnalysisRun, asset: number, number: number): void {
  const one = candle(number, asset);
  analysis.closed(asset, HOUR, { ...one, exchangeTime: one.time + HOUR_MS, coverage: 1 });
  analysis.drain();
}

t.test('a candle of Bitcoin that misses its look is followed by the regime all the same', (t) => {
  const late = begun(200);
  close(late, ETH, 200);
  close(late, ETH, 201);
  t.equal(late.analysis.regimes.newest(HOUR)?.time, START + 200 * HOUR_MS, 'it is waited for in vain');
  close(late, BTC, 200);
  t.equal(late.analysis.regimes.newest(HOUR)?.time, START + 201 * HOUR_MS);
  close(late, BTC, 201);
  const inTime = begun(200);
  for (const number of [200, 201]) for (const asset of [BTC, ETH]) close(inTime, asset, number);
  const plain = ({ analysis }: AnalysisRun) => [
    analysis.regimes.newest(HOUR)?.since,
    analysis.regimes.statistics(HOUR),
  ];
  t.same(plain(late), plain(inTime), 'as many candles were followed as if it had come in time');
  t.end();
});
