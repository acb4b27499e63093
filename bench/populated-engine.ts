import { Engine } from '../src/engine/engine.js';
import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import { bucketsBefore, DAY_MS, TIMEFRAMES } from '../src/timeframe.js';

/** The moment (ms) at which a populated engine goes live: no week and no month begins there. */
export const BEGIN = Date.UTC(2024, 6, 10);
/** Enough closed candles for the longest default average. */
const SEEDED = 250;

/** Gives a seeded generator of numbers in [0, 1), so that every run sees the same market (Mulberry32, T. Ettinger). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gives an engine whose assets 0, 1, … have 250 closed candles in every timeframe and are live. */
export function populate(indicators: readonly IndicatorSpec[], assets: number): Engine {
  const engine = new Engine({ indicators });
  const random = makeRandom(7);
  for (let i = 0; i < assets; i++) {
    const asset = engine.addAsset({ amountDecimals: 5, simulated: true });
    for (const [index, timeframe] of TIMEFRAMES.entries()) {
      const start = timeframe === '1w' ? BEGIN - 2 * DAY_MS : timeframe === '1M' ? BEGIN - 9 * DAY_MS : BEGIN;
      let close = 60_000 * (1 + i);
      const candles = Array.from({ length: SEEDED }, (_, back) => {
        const open = close;
        close *= 1 + (random() - 0.5) * 0.01;
        return {
          time: bucketsBefore(timeframe, start, SEEDED - back),
          open,
          high: Math.max(open, close),
          low: Math.min(open, close),
          close,
          volume: 10,
          tradeCount: null,
          vwap: null,
        };
      });
      engine.seed(asset, index, candles, 'history');
    }
    engine.goLive(asset, BEGIN);
  }
  return engine;
}
