import { type Kernel, type KernelCandle, kernel } from './kernel.js';
import type { Layout } from './layout.js';

/** `sum`: of the last `before` values; they lie in a ring of the past. */
type K = Readonly<
  Record<'first' | 'share' | 'before' | 'source' | 'sum' | 'ring' | 'mask' | 'output', number>
>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  slab[base + k.output] = ((slab[base + k.sum] as number) + (slab[base + k.source] as number)) * k.share;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.first - k.before) {
    past[from + k.ring + (candle.count & k.mask)] = slab[base + k.source] as number;
    // Added anew each time: few values, and no rounding is carried along.
    let sum = 0;
    for (let i = candle.count - k.before + 1; i <= candle.count; i++) {
      sum += past[from + k.ring + (i & k.mask)] as number;
    }
    slab[base + k.sum] = sum;
  }
}

/**
 * Makes the kernel of a short mean over another kernel's values: the lines of oscillators.
 *
 * @param source where the values lie in the slab
 * @param sourceFirst index of the candle with the first of them
 * @param period how many are averaged; a commit costs a step for each
 * @param output where the mean goes, first at candle `sourceFirst` + `period` − 1
 */
export function slotMean(
  layout: Layout,
  source: number,
  sourceFirst: number,
  period: number,
  output: number,
): Kernel {
  const before = period - 1;
  const first = sourceFirst + before;
  let capacity = 1;
  while (capacity < before) capacity *= 2;
  const constants = {
    first,
    share: 1 / period,
    before,
    source,
    sum: layout.state(),
    ring: layout.past(capacity),
    mask: capacity - 1,
    output,
  };
  return kernel({ first, constants, peek, advance });
}
