import { HOUR_MS, MINUTE_MS } from '../../src/timeframe.js';
import { TRADE_HEADER } from './files.js';

/** A market that rises and falls for some hours each, with pauses between, so that there is something to find. */
const SWINGS = [0.05, -0.02, 0.04, -0.06, 0.01, -0.05, 0.07, -0.01];
const SWING_MS = 7 * HOUR_MS;
/** Two trades a minute, one in each half of it. */
const TRADES_A_MINUTE = 2;

/** Gives a seeded generator of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Gives a file of made trades with consecutive ids: a few days of a market that swings. */
export function madeTradesFile(seed: number, price: number, from: number, minutes: number): string {
  const random = seeded(seed);
  const lines = [TRADE_HEADER];
  let noise = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const elapsed = minute * MINUTE_MS;
    const swing = Math.floor(elapsed / SWING_MS);
    let trend = 0;
    for (let before = 0; before < swing; before++) trend += SWINGS[before % SWINGS.length] as number;
    const share = (elapsed % SWING_MS) / SWING_MS;
    const own = SWINGS[swing % SWINGS.length] as number;
    const isStart = share < 0.15;
    for (let trade = 0; trade < TRADES_A_MINUTE; trade++) {
      noise = 0.985 * noise + (random() - 0.5) * 0.004;
      const at = price * Math.exp(trend + own * share + noise);
      const amount = (0.2 + random()) * (isStart ? 4 : 1);
      const half = MINUTE_MS / TRADES_A_MINUTE;
      const time = from + elapsed + trade * half + Math.floor(random() * half);
      const id = minute * TRADES_A_MINUTE + trade + 1;
      lines.push(`${id},${time},${at.toFixed(2)},${amount.toFixed(3)},${trade === 0}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
