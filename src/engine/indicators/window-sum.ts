import { type Kernel, type KernelCandle, kernel } from './kernel.js';
import type { Layout } from './layout.js';

/** `sum`: of the last `before` = `period` − 1 values; `block`: of the values since the last full block. */
type K = Readonly<Record<'sourceFirst' | 'before' | 'source' | 'sum' | 'block' | 'parts' | 'output', number>>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  slab[base + k.output] = (slab[base + k.sum] as number) + (slab[base + k.source] as number);
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.sourceFirst) {
    const place = (candle.count - k.sourceFirst) % k.before;
    // Sums of the finished block give way, one by one, to the values of the block that follows it.
    past[from + k.parts + place] = slab[base + k.source] as number;
    if (place === k.before - 1) {
      let sum = 0;
      for (let i = place; i >= 0; i--) {
        sum += past[from + k.parts + i] as number;
        past[from + k.parts + i] = sum;
      }
      slab[base + k.sum] = sum;
      slab[base + k.block] = 0;
    } else {
      const block = (slab[base + k.block] as number) + (slab[base + k.source] as number);
      slab[base + k.block] = block;
      slab[base + k.sum] = block + (past[from + k.parts + place + 1] as number);
    }
  }
}

/**
 * Makes the kernel that sums the last `period` of another kernel's values, none of them negative: volumes, flows.
 *
 * Nothing is ever subtracted, so the sum does not drift, is exactly zero when all values are, and forgets a huge value
 * with the candle that had it. The `period` − 1 values before the candle are the newest part of a finished block and
 * the unfinished block after it; when a block is full, the sums of its newest parts are computed anew: a commit costs
 * two steps on average, and `period` at most.
 *
 * @param source where the values lie in the slab
 * @param sourceFirst index of the candle with the first of them
 * @param period how many are summed, 2 at least
 * @param output where the sum goes, first at candle `sourceFirst` + `period` − 1
 */
export function windowSum(
  layout: Layout,
  source: number,
  sourceFirst: number,
  period: number,
  output: number,
): Kernel {
  const before = period - 1;
  const constants = {
    sourceFirst,
    before,
    source,
    sum: layout.state(),
    block: layout.state(),
    parts: layout.past(before),
    output,
  };
  return kernel({ first: sourceFirst + before, constants, peek, advance });
}
