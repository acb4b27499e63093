/**
 * Prints live candles until Ctrl-C, or until `--count` of them; over reconnects, saying what was missed.
 *
 *   node dist/examples/node-candles.js --url ws://127.0.0.1:8080 --symbol BTC/USDT --timeframe 1m --count 10
 */
import { parseArgs } from 'node:util';
import { connect } from '../src/client/index.js';
import { isTimeframe, TIMEFRAMES } from '../src/timeframe.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'ws://127.0.0.1:8080' },
    symbol: { type: 'string', default: 'BTC/USDT' },
    timeframe: { type: 'string', default: '1m' },
    count: { type: 'string', default: 'Infinity' },
  },
});
const { url, symbol, timeframe } = values;
const count = Number(values.count);
if (!isTimeframe(timeframe)) throw new Error(`--timeframe is one of ${TIMEFRAMES.join(', ')}`);
if (!(count >= 1)) throw new Error('--count is a number of at least 1');

const client = connect(url);
client.on('open', ({ server, simulated }) => {
  console.error(`connected to ${server}${simulated ? ': PRICES ARE SIMULATED' : ''}`);
});
client.on('close', ({ code, reason, retryInMs }) => {
  const next = retryInMs === null ? 'for good' : `again in ${Math.round(retryInMs)} ms`;
  console.error(`connection lost (${code} ${reason}), ${next}`);
});
client.on('resumed', ({ missed }) =>
  console.error(`back; ${missed ?? 'an unknown number of'} changes missed`),
);
process.once('SIGINT', () => client.close());

let printed = 0;
for await (const { data: candle } of client.stream(`candles:${symbol}:${timeframe}`)) {
  if (candle === null) continue;
  const { time, open, high, low, close, volume, state } = candle;
  const start = new Date(time).toISOString();
  console.log(`${start} ${symbol} ${timeframe} O ${open} H ${high} L ${low} C ${close} V ${volume} ${state}`);
  printed += 1;
  if (printed >= count) break;
}
client.close();
