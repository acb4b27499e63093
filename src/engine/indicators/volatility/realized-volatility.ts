import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type ChangeK = Readonly<Record<'change', number>>;

function peekChange(slab: Float64Array, base: number, candle: KernelCandle, k: ChangeK): void {
  const ratio = (candle.close - candle.previousClose) / (candle.close + candle.previousClose);
  const square = ratio * ratio;
  // ln(a / b) = 2 · artanh((a − b) / (a + b)): keeps the digits in which two near prices differ, which a / b has lost.
  // Below 2 % its series ends within a double; the library's logarithm would take as long as all else here.
  slab[base + k.change] =
    square < 1e-4
      ? 2 * ratio * (1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9))))
      : Math.log(candle.close / candle.previousClose);
}

/** `mean` and `squares`, the sum of squared deviations from it: of the last `before` = `period` − 1 changes. */
type K = Readonly<
  Record<'before' | 'weight' | 'share' | 'change' | 'mean' | 'squares' | 'ring' | 'mask' | 'output', number>
>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  const apart = (slab[base + k.change] as number) - (slab[base + k.mean] as number);
  const squares = (slab[base + k.squares] as number) + apart * apart * k.weight;
  slab[base + k.output] = Math.sqrt(squares * k.share);
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count > 0) {
    const newest = slab[base + k.change] as number;
    past[from + k.ring + (candle.count & k.mask)] = newest;
    if (candle.count >= k.before) {
      // In two passes and anew each time: few values, and no rounding is carried along. Counted from the newest, so
      // that equal changes have exactly no deviation.
      let sum = 0;
      for (let i = candle.count - k.before + 1; i < candle.count; i++) {
        sum += (past[from + k.ring + (i & k.mask)] as number) - newest;
      }
      const mean = newest + sum / k.before;
      let squares = 0;
      for (let i = candle.count - k.before + 1; i <= candle.count; i++) {
        const apart = (past[from + k.ring + (i & k.mask)] as number) - mean;
        squares += apart * apart;
      }
      slab[base + k.mean] = mean;
      slab[base + k.squares] = squares;
    }
  }
}

/**
 * Realised volatility: the sample deviation (divided by `period` − 1) of the last `period` changes of the close, each
 * ln(close / previous close); a ratio per candle, 0.01 about 1 %, not annualised: times the root of the candles in a
 * year it would be. At least 0, and exactly 0 while no price moves; first at candle `period`. The close-to-close
 * estimator (J. C. Hull, Options, Futures, and Other Derivatives, "Estimating volatility from historical data").
 * A commit costs two steps for each change.
 *
 * Configuration `{name: 'realized_volatility', period: 20}` → column `realized_volatility_20`.
 */
export const realizedVolatilityKind: IndicatorKind = {
  name: 'realized_volatility',
  summary: 'deviation of the closes’ logarithmic changes, a ratio per candle (0.01 is about 1 %), at least 0',
  parameters: [{ name: 'period', default: 20, min: 2, max: 1_000, integer: true }],
  columns: (parameters) => [`realized_volatility_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const change = layout.output();
    const output = layout.output();
    let capacity = 1;
    while (capacity < period - 1) capacity *= 2;
    const constants = {
      before: period - 1,
      weight: (period - 1) / period,
      share: 1 / (period - 1),
      change,
      mean: layout.state(),
      squares: layout.state(),
      ring: layout.past(capacity),
      mask: capacity - 1,
      output,
    };
    return {
      kernels: [
        kernel({ first: 1, constants: { change }, peek: peekChange }),
        kernel({ first: period, constants, peek, advance }),
      ],
      outputs: [output],
    };
  },
};
