import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';
import { windowSum } from '../window-sum.js';
import { candleVolume } from './candle-volume.js';

type K = Readonly<Record<'sum' | 'period' | 'output', number>>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  slab[base + k.output] = (slab[base + k.sum] as number) / k.period;
}

/**
 * Mean volume of the last `period` candles, in base currency, 0 if nothing was traded; first at candle `period` − 1.
 *
 * Configuration `{name: 'volume_sma', period: 20}` → column `volume_sma_20`.
 */
export const volumeSmaKind: IndicatorKind = {
  name: 'volume_sma',
  summary: 'mean volume, in base currency, at least 0',
  parameters: [{ name: 'period', default: 20, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`volume_sma_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const volume = layout.output();
    const sum = layout.output();
    const output = layout.output();
    return {
      kernels: [
        candleVolume(volume),
        windowSum(layout, volume, 0, period, sum),
        kernel({ first: period - 1, constants: { sum, period, output }, peek }),
      ],
      outputs: [output],
    };
  },
};
