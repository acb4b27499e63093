import type { IndicatorKind } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `flow` and `volume`: sums over the closed candles of the day that ends before `end`, ms since the epoch. */
type K = Readonly<Record<'end' | 'flow' | 'volume' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  let flow = candle.typical * candle.volume;
  let volume = candle.volume;
  if (candle.time < (slab[base + k.end] as number)) {
    flow += slab[base + k.flow] as number;
    volume += slab[base + k.volume] as number;
  }
  slab[base + k.output] = volume === 0 ? candle.typical : flow / volume;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  const flow = candle.typical * candle.volume;
  if (candle.count > 0 && candle.time < (slab[base + k.end] as number)) {
    slab[base + k.flow] = (slab[base + k.flow] as number) + flow;
    slab[base + k.volume] = (slab[base + k.volume] as number) + candle.volume;
  } else {
    slab[base + k.flow] = flow;
    slab[base + k.volume] = candle.volume;
    // 86,400,000 ms are a UTC day.
    slab[base + k.end] = (Math.floor(candle.time / 86_400_000) + 1) * 86_400_000;
  }
}

/**
 * Volume-weighted average price of the UTC day, in quote currency: Σ typical price · volume / Σ volume of the candles
 * that open on the same UTC day as this one, this one included; its typical price while nothing was traded. First at
 * candle 0, whose day counts from there. Typical price = (high + low + close) / 3, as the charting platforms have it:
 * an approximation of the `vwap` of a candle, which is made of trades.
 *
 * It begins anew each day, so candles of a day and longer give their own typical price.
 *
 * Configuration `{name: 'vwap'}` → column `vwap_utc_day`.
 */
export const vwapKind: IndicatorKind = {
  name: 'vwap',
  summary: 'volume-weighted average price since the start of the UTC day, in quote currency',
  parameters: [],
  columns: () => ['vwap_utc_day'],
  create(_parameters, layout) {
    const output = layout.output();
    const constants = {
      end: layout.state(),
      flow: layout.state(),
      volume: layout.state(),
      output,
    };
    return {
      kernels: [kernel({ first: 0, constants, peek, advance })],
      outputs: [output],
    };
  },
};
