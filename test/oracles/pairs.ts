/** Closes of one bucket of both sides. */
export interface JoinedCandle {
  /** Candles of which the times differ by 1 follow each other. */
  readonly number: number;
  readonly asset: number;
  readonly reference: number;
}

/**
 * Correlation and beta of the last `period` log returns between candles that follow each other, in two passes over all
 * that was joined; NaN: not defined.
 */
export function pairOf(candles: readonly JoinedCandle[], period: number): readonly [number, number] {
  const none = [Number.NaN, Number.NaN] as const;
  const returns: [number, number][] = [];
  for (const [i, { number, asset, reference }] of candles.entries()) {
    const before = candles[i - 1];
    if (before === undefined || before.number !== number - 1) continue;
    returns.push([logOf(before.asset, asset), logOf(before.reference, reference)]);
  }
  const last = candles.at(-1);
  const isInterrupted = last === undefined || candles.at(-2)?.number !== last.number - 1;
  if (isInterrupted || returns.length < period) return none;
  const window = returns.slice(-period);
  const [x, y] = window[0] as [number, number];
  const mean = (of: (pair: [number, number]) => number): number =>
    window.reduce((sum, pair) => sum + of(pair), 0) / period;
  const dx = mean(([a]) => a - x);
  const dy = mean(([, b]) => b - y);
  const xx = mean(([a]) => (a - x - dx) ** 2);
  const yy = mean(([, b]) => (b - y - dy) ** 2);
  const xy = mean(([a, b]) => (a - x - dx) * (b - y - dy));
  if (window.every(([a]) => a === x) || window.every(([, b]) => b === y)) return none;
  return [xy / Math.sqrt(xx) / Math.sqrt(yy), xy / yy];
}

function logOf(from: number, to: number): number {
  return to > from / 2 && to < 2 * from ? Math.log1p((to - from) / from) : Math.log(to / from);
}
