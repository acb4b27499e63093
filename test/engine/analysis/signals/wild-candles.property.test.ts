import fc from 'fast-check';
import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { TIMEFRAMES } from '../../../../src/timeframe.js';
import { SignalMarket } from '../../../support/signal-market.js';
import { closesOf, numbersOf } from '../../../support/walking-market.js';

const START = Date.UTC(2024, 0, 1);
const COUNT = 900;
const RUNS = 40;

/** A market that jumps, stands still, trades nothing, and costs anything from next to nothing to very much. */
function wild(seed: number, exponent: number, gaps: boolean): readonly ClosedCandle[] {
  const next = numbersOf(seed);
  const candles: ClosedCandle[] = [];
  let close = 10 ** exponent;
  let mood = 0;
  let time = START;
  for (let n = 0; n < COUNT; n++) {
    if (n % 40 === 0) mood = Math.floor(next() * 5);
    const size = [0, 0.0005, 0.01, 0.01, 0.2][mood] ?? 0;
    const drift = mood === 3 ? 0.006 : mood === 2 ? -0.004 : 0;
    const open = next() < 0.02 ? close * (0.5 + next()) : close;
    close = Math.max(1e-12, open * (1 + drift + (next() - 0.5) * size));
    const high = Math.max(open, close) * (1 + next() * size);
    const low = Math.min(open, close) * (1 - (next() * size) / 2);
    const volume = mood === 0 || next() < 0.05 ? 0 : next() * 10 ** (mood * 2);
    candles.push({ time, open, high, low, close, volume });
    time += 900_000 * (gaps && next() < 0.01 ? 1 + Math.floor(next() * 9) : 1);
  }
  return candles;
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  signalQuality: ['low', 'medium', 'high'],
  riskLevel: ['low', 'medium', 'high', 'extreme'],
  signalStrength: ['weak', 'moderate', 'strong', 'very_strong'],
  optimalEntryTimeframe: TIMEFRAMES,
  monitoringTimeframe: TIMEFRAMES,
};

t.test('whatever the market does, signals obey what the table asks of them', async (t) => {
  let opened = 0;
  let ended = 0;
  const wildMarket = fc.record({
    seed: fc.integer(),
    exponent: fc.integer({ min: -9, max: 9 }),
    gaps: fc.boolean(),
    minConfidence: fc.double({ min: 0.2, max: 0.6, noNaN: true }),
  });
  fc.assert(
    fc.property(wildMarket, ({ seed, exponent, gaps, minConfidence }) => {
      const market = new SignalMarket(['BTC'], ['15m'], {
        minConfidence,
        minRiskReward: 1,
        minStopPct: 0.01,
      });
      for (const candle of closesOf([wild(seed, exponent, gaps)])) market.play(candle);
      const live = new Set<string>();
      for (const event of market.sink.events) {
        const { signal } = event;
        const side = signal.signalType === 'long' ? 1 : -1;
        const key = `${signal.timeframe} ${signal.signalType}`;
        if (event.type === 'opened') {
          opened += 1;
          if (live.has(key)) throw new Error(`two of ${key}`);
          live.add(key);
          const { entryPrice, stopLoss, targetPrice, confidenceScore, riskRewardRatio } = signal;
          const isOrdered = side * (entryPrice - stopLoss) > 0 && side * (targetPrice - entryPrice) > 0;
          if (!isOrdered || !(stopLoss > 0) || !(targetPrice > 0)) throw new Error('levels');
          if (!(Number.isFinite(targetPrice) && Number.isFinite(stopLoss))) throw new Error('infinite');
          if (!(confidenceScore >= minConfidence && confidenceScore <= 1)) throw new Error('confidence');
          if (!(riskRewardRatio > 0 && Number.isFinite(riskRewardRatio))) throw new Error('risk/reward');
          const correlation = signal.marketCorrelation ?? 0;
          if (!(correlation >= -1 && correlation <= 1)) throw new Error('correlation');
          for (const [field, allowed] of Object.entries(VALUES)) {
            const value = String(signal[field as keyof typeof signal]);
            if (!allowed.includes(value)) throw new Error(`${field} ${value}`);
          }
          // JSON has no NaN: it would come back as null, without a reason.
          const text = JSON.stringify(signal, (_, value) => {
            if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('not a number');
            return value;
          });
          if (text.length > 8_000) throw new Error(`${text.length} characters`);
          continue;
        }
        ended += 1;
        if (!live.delete(key)) throw new Error('what was not live has ended');
        const { status, signalSuccessful, maxFavorableExcursion, maxAdverseExcursion } = event.change;
        if ((status === 'executed') !== (signalSuccessful !== null)) throw new Error('success');
        if (maxFavorableExcursion !== null && maxAdverseExcursion !== null) {
          if (side * (maxFavorableExcursion - maxAdverseExcursion) < 0) throw new Error('excursions');
        }
      }
    }),
    { numRuns: RUNS },
  );
  t.ok(opened > RUNS, `${opened} signals`);
  t.ok(ended > RUNS, `${ended} ends`);
});
