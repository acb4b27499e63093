import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';
import { windowSum } from '../window-sum.js';

/** `typical`: the typical price of the last closed candle. */
type FlowK = Readonly<Record<'typical' | 'up' | 'down', number>>;
type K = Readonly<Record<'ups' | 'downs' | 'output', number>>;

function peekFlow(slab: Float64Array, base: number, candle: KernelCandle, k: FlowK): void {
  const before = slab[base + k.typical] as number;
  const flow = candle.typical * candle.volume;
  slab[base + k.up] = candle.typical > before ? flow : 0;
  slab[base + k.down] = candle.typical < before ? flow : 0;
}

function advanceFlow(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: FlowK,
): void {
  slab[base + k.typical] = candle.typical;
}

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  const ups = slab[base + k.ups] as number;
  const both = ups + (slab[base + k.downs] as number);
  // Divided first, so that rounding never leads out of the range.
  slab[base + k.output] = both < 1 ? 0 : 100 * (ups / both);
}

/**
 * Money flow index, 0–100 (G. Quong and A. Soudack, Stocks & Commodities, 1989; TA-Lib's MFI). Money flow = typical
 * price · volume, in quote currency; it counts up where the typical price is higher than that of the candle before,
 * down where it is lower. 100 · up / (up + down) over the last `period` changes, and 0 if both together are less than
 * 1: TA-Lib's rule, in quote currency. Typical price = (high + low + close) / 3. First at candle `period`.
 *
 * Configuration `{name: 'mfi', period: 14}` → column `mfi_14`.
 */
export const mfiKind: IndicatorKind = {
  name: 'mfi',
  summary: 'money flow index, 0–100',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`mfi_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const up = layout.output();
    const down = layout.output();
    const ups = layout.output();
    const downs = layout.output();
    const output = layout.output();
    const flow = { typical: layout.state(), up, down };
    return {
      kernels: [
        kernel({ first: 1, constants: flow, peek: peekFlow, advance: advanceFlow }),
        windowSum(layout, up, 1, period, ups),
        windowSum(layout, down, 1, period, downs),
        kernel({ first: period, constants: { ups, downs, output }, peek }),
      ],
      outputs: [output],
    };
  },
};
