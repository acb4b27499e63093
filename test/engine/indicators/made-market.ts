import type { IndicatorInput } from '../../../src/engine/indicators/indicator-series.js';

/**
 * A market that is the same in every run: calm and wild by turns, steps of 10^−7 for 5,000 candles, then of 20 %, which
 * are pulled back to 60,000 so that a long walk stays within doubles.
 */
export function* madeMarket(count: number): Generator<IndicatorInput> {
  let state = 12_345;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let open = 60_000;
  for (let i = 0; i < count; i++) {
    const isCalm = Math.floor(i / 5_000) % 2 === 0;
    const size = isCalm ? 2e-7 : 0.4;
    const pull = isCalm ? 0 : 0.0001 * Math.log(open / 60_000);
    const close = open * Math.exp((random() - 0.5) * size - pull);
    const high = Math.max(open, close) * (1 + (random() * size) / 4);
    const low = Math.min(open, close) / (1 + (random() * size) / 4);
    yield { time: i * 60_000, open, high, low, close, volume: random() };
    open = close;
  }
}
