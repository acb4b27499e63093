import { type Kernel, type KernelCandle, kernel } from '../kernel.js';

type K = Readonly<Record<'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = candle.volume;
}

/** Makes the kernel that hands the candle's volume to another one that works on outputs. */
export function candleVolume(output: number): Kernel {
  return kernel({ first: 0, constants: { output }, peek });
}
