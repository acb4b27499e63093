import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/**
 * A moment is a mean and the sum of squared deviations from it; all closes count from the anchor. `mean` and `squares`
 * are those of the last `before` = `period` − 1 closes, `blockMean` and `blockSquares` those of the unfinished block.
 */
type K = Readonly<
  Record<
    | 'share'
    | 'before'
    | 'anchor'
    | 'mean'
    | 'squares'
    | 'blockMean'
    | 'blockSquares'
    | 'parts'
    | 'closes'
    | 'mask'
    | 'deviation'
    | 'middle'
    | 'offset',
    number
  >
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const anchor = slab[base + k.anchor] as number;
  const before = slab[base + k.mean] as number;
  const value = candle.close - anchor;
  const delta = value - before;
  const mean = before + delta * k.share;
  const squares = (slab[base + k.squares] as number) + delta * delta * k.before * k.share;
  slab[base + k.deviation] = Math.sqrt(squares * k.share);
  slab[base + k.middle] = anchor + mean;
  slab[base + k.offset] = value - mean;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count === 0) slab[base + k.anchor] = candle.close;
  const inBlock = (candle.count + 1) % k.before;
  if (inBlock === 0) {
    // The last `before` closes, this one included, become the finished block.
    let mean = 0;
    let squares = 0;
    for (let n = 1; n <= k.before; n++) {
      const close =
        n === 1 ? candle.close : (past[from + k.closes + ((candle.count - n + 1) & k.mask)] as number);
      const delta = close - candle.close - mean;
      mean += delta / n;
      squares += (delta * delta * (n - 1)) / n;
      past[from + k.parts + 2 * (n - 1)] = mean;
      past[from + k.parts + 2 * (n - 1) + 1] = squares;
    }
    slab[base + k.anchor] = candle.close;
    slab[base + k.mean] = mean;
    slab[base + k.squares] = squares;
    past[from + k.blockMean] = 0;
    past[from + k.blockSquares] = 0;
  } else {
    const value = candle.close - (slab[base + k.anchor] as number);
    let mean = past[from + k.blockMean] as number;
    const delta = value - mean;
    mean += delta / inBlock;
    const squares = (past[from + k.blockSquares] as number) + (delta * delta * (inBlock - 1)) / inBlock;
    past[from + k.blockMean] = mean;
    past[from + k.blockSquares] = squares;
    if (candle.count >= k.before) {
      const older = k.before - inBlock;
      const olderMean = past[from + k.parts + 2 * (older - 1)] as number;
      const olderSquares = past[from + k.parts + 2 * (older - 1) + 1] as number;
      const apart = mean - olderMean;
      slab[base + k.mean] = olderMean + (apart * inBlock) / k.before;
      slab[base + k.squares] = olderSquares + squares + (apart * apart * older * inBlock) / k.before;
    }
  }
}

/**
 * Standard deviation of the last `period` closes from their mean, in quote currency: the population's, divided by
 * `period`, as TA-Lib's STDDEV and Bollinger bands have it; first at candle `period` − 1.
 *
 * Nothing is ever subtracted from a sum, so digits neither cancel nor drift. The `period` − 1 closes before the candle
 * are the newest part of a finished block and the unfinished block after it; when a block of `period` − 1 closes is
 * full, the moments of each of its newest parts are computed anew, and the two are merged as Chan, Golub and LeVeque
 * do (Algorithms for Computing the Sample Variance, 1983). All closes count from an anchor, the last close of the
 * finished block, because a quiet price has few digits that change.
 *
 * Configuration `{name: 'stddev', period: 20}` → column `stddev_20`.
 */
export const stddevKind: IndicatorKind = {
  name: 'stddev',
  summary: 'standard deviation of the closes (population), in quote currency, at least 0',
  parameters: [{ name: 'period', default: 20, min: 3, max: 10_000, integer: true }],
  lookback: (parameters) => ({ close: parameter(parameters, 'period') - 1 }),
  columns: (parameters) => [`stddev_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const { place: closes, mask } = layout.ring('close');
    const constants = {
      share: 1 / period,
      before: period - 1,
      anchor: layout.state(),
      mean: layout.state(),
      squares: layout.state(),
      blockMean: layout.past(1),
      blockSquares: layout.past(1),
      parts: layout.past(2 * (period - 1)),
      closes,
      mask,
      deviation: layout.output(),
      middle: layout.output(),
      offset: layout.output(),
    };
    return {
      kernels: [kernel({ first: period - 1, constants, peek, advance })],
      outputs: [constants.deviation],
      slots: { deviation: constants.deviation, middle: constants.middle, offset: constants.offset },
    };
  },
};
