import type { Random } from './random.js';
import { type Bar, type DemoTrade, flatBar } from './source.js';

/**
 * Cuts a bar into neighbouring parts that roll up to it exactly: the first opens at its open, the last closes at its
 * close, one reaches its high, one its low, and the volumes sum to its volume in whole lots. Each part opens where
 * the one before closed.
 *
 * `trades` holds each part's number of trades; a part with none is flat. `season` weighs the volumes. `common`
 * is shared by all pairs, so that they move together inside the day too; `own` belongs to the pair.
 * The bar must hold at least one lot per trade. About 100 ns per part.
 */
export function splitBar(
  bar: { open: number; high: number; low: number; close: number; lots: number },
  trades: readonly number[],
  season: (part: number) => number,
  own: Random,
  common: Random,
): Bar[] {
  const active = trades.flatMap((count, part) => (count > 0 ? [part] : []));
  const path = walkBetween(bar, active.length, 0.92, () => 0.65 * common.normal() + 0.76 * own.normal());
  const highest = Math.max(1, path.indexOf(Math.max(...path)));
  const lowest = Math.max(1, path.indexOf(Math.min(...path)));
  const wick = ((bar.high - bar.low) / Math.sqrt(active.length)) * 0.5;
  const ranges: { open: number; high: number; low: number; close: number }[] = [];
  for (let step = 1; step <= active.length; step++) {
    const open = path[step - 1] ?? bar.open;
    const close = path[step] ?? bar.close;
    const up = Math.floor(wick * own.next() * own.next());
    const down = Math.floor(wick * own.next() * own.next());
    ranges.push({
      open,
      close,
      high: step === highest ? bar.high : Math.min(bar.high, Math.max(open, close) + up),
      low: step === lowest ? bar.low : Math.max(bar.low, Math.min(open, close) - down),
    });
  }
  const usual = ranges.reduce((sum, { high, low }) => sum + high - low, 1) / active.length;
  const weights = ranges.map(
    ({ high, low }, i) => season(active[i] ?? 0) * (0.3 + own.next()) * (0.4 + (high - low) / usual),
  );
  const lots = shareOut(
    bar.lots,
    active.map((part) => trades[part] ?? 0),
    weights,
  );
  let next = 0;
  let last = bar.open;
  return trades.map((count) => {
    if (count === 0) return flatBar(last);
    const range = ranges[next] ?? flatBar(last);
    last = range.close;
    return { ...range, lots: lots[next++] ?? 0, trades: count };
  });
}

/**
 * Cuts a minute's bar into its trades, which roll up to it exactly. `firstId` and `start` are the first trade's id
 * and the minute's start in ms. The bar must have at least 4 trades, and as many lots.
 */
export function splitIntoTrades(bar: Bar, firstId: number, start: number, random: Random): DemoTrade[] {
  const count = bar.trades;
  const path = walkBetween(bar, count - 1, 1, () => random.normal());
  const inner = path.slice(1, -1);
  const highest = 1 + inner.indexOf(Math.max(...inner));
  let lowest = 1 + inner.indexOf(Math.min(...inner));
  if (lowest === highest) lowest = highest === 1 ? 2 : highest - 1;
  if (bar.high > Math.max(bar.open, bar.close)) path[highest] = bar.high;
  if (bar.low < Math.min(bar.open, bar.close)) path[lowest] = bar.low;
  const weights = path.map(() => {
    const size = random.next();
    // Most trades are small, a few are large.
    return 0.02 + size * size * size * size;
  });
  const lots = shareOut(
    bar.lots,
    path.map(() => 1),
    weights,
  );
  let last = bar.open;
  return path.map((ticks, i) => {
    const time = start + Math.floor(((i + random.next()) * 60_000) / count);
    const isBuyerMaker = ticks === last ? random.next() < 0.5 : ticks < last;
    last = ticks;
    return { id: firstId + i, time, eventTime: time, ticks, lots: lots[i] ?? 1, isBuyerMaker };
  });
}

/**
 * Gives `steps` + 1 prices from open to close inside low … high. The free walk is stretched above and below the
 * body apart, so its shape stays and it comes as near to the extremes as `reach` (0–1) says.
 */
function walkBetween(
  bar: { open: number; high: number; low: number; close: number },
  steps: number,
  reach: number,
  noise: () => number,
): number[] {
  const { open, high, low, close } = bar;
  const deviation = ((high - low) / Math.sqrt(steps)) * 0.6;
  const free = [0];
  let sum = 0;
  for (let i = 1; i <= steps; i++) {
    sum += deviation * noise();
    free.push(sum);
  }
  const walk = free.map((value, i) => open + ((close - open - sum) * i) / steps + value);
  const top = Math.max(open, close);
  const bottom = Math.min(open, close);
  const up = (reach * (high - top)) / Math.max(1e-9, Math.max(...walk) - top);
  const down = (reach * (bottom - low)) / Math.max(1e-9, bottom - Math.min(...walk));
  const path = walk.map((value) => {
    const fitted =
      value > top ? top + (value - top) * up : value < bottom ? bottom - (bottom - value) * down : value;
    return Math.min(high, Math.max(low, Math.round(fitted)));
  });
  path[0] = open;
  path[steps] = close;
  return path;
}

/**
 * Shares `total` out in whole numbers by weight, each part getting at least its minimum; the sum is exact.
 *
 * @throws RangeError if the minima are more than there is
 */
export function shareOut(total: number, minima: readonly number[], weights: readonly number[]): number[] {
  const rest = total - minima.reduce((sum, minimum) => sum + minimum, 0);
  if (rest < 0) throw new RangeError(`${total} lots are too few for as many trades`);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let weightSoFar = 0;
  let givenSoFar = 0;
  return minima.map((minimum, i) => {
    weightSoFar += weights[i] ?? 0;
    const upTo = i === minima.length - 1 ? rest : Math.min(rest, Math.floor((rest * weightSoFar) / whole));
    const given = upTo - givenSoFar;
    givenSoFar = upTo;
    return minimum + given;
  });
}
