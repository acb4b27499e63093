import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';
import { windowSum } from '../window-sum.js';
import { candleVolume } from './candle-volume.js';

type FlowK = Readonly<Record<'flow', number>>;
type K = Readonly<Record<'flows' | 'volumes' | 'output', number>>;

function peekFlow(slab: Float64Array, base: number, candle: KernelCandle, k: FlowK): void {
  slab[base + k.flow] = candle.typical * candle.volume;
}

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const volume = slab[base + k.volumes] as number;
  slab[base + k.output] = volume === 0 ? candle.typical : (slab[base + k.flows] as number) / volume;
}

/**
 * Rolling volume-weighted average price, in quote currency, also known as volume-weighted moving average: Σ typical
 * price · volume / Σ volume of the last `period` candles, this one included; its typical price where none of them was
 * traded. Typical price = (high + low + close) / 3. First at candle `period` − 1.
 *
 * Configuration `{name: 'rolling_vwap', period: 20}` → column `rolling_vwap_20`.
 */
export const rollingVwapKind: IndicatorKind = {
  name: 'rolling_vwap',
  summary: 'volume-weighted average price of the last candles, in quote currency',
  parameters: [{ name: 'period', default: 20, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`rolling_vwap_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const volume = layout.output();
    const flow = layout.output();
    const flows = layout.output();
    const volumes = layout.output();
    const output = layout.output();
    return {
      kernels: [
        kernel({ first: 0, constants: { flow }, peek: peekFlow }),
        windowSum(layout, flow, 0, period, flows),
        candleVolume(volume),
        windowSum(layout, volume, 0, period, volumes),
        kernel({ first: period - 1, constants: { flows, volumes, output }, peek }),
      ],
      outputs: [output],
    };
  },
};
