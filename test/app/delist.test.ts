import t from 'tap';
import { collectCandles } from '../support/closed-collector.js';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 3, 9, 0);

t.test('a symbol that is delisted stands still with its gap shown, and the others go on', async (t) => {
  t.setTimeout(90_000);
  const site = await startSite(
    t,
    { source: { type: 'generator' }, startAt: START, paused: true },
    { symbols: 'BTC/USDT,ETH/USDT', historyDepth: '30' },
  );
  const [btc, eth] = await Promise.all([
    collectCandles(site.client, 'BTC/USDT', '1m'),
    collectCandles(site.client, 'ETH/USDT', '1m'),
  ]);
  await playUntil(site.demo, START + 5 * MINUTE_MS + 30_000, 60);
  await until('five minutes of both', () => btc.closed.length >= 5 && eth.closed.length >= 5);
  site.demo.control({ action: 'delist', symbol: 'ETH/USDT' });
  await playUntil(site.demo, START + 15 * MINUTE_MS + 30_000, 60);
  await until('fifteen minutes of the other', () => btc.closed.length >= 15);
  t.same(
    btc.closed.map(({ time }) => time),
    Array.from({ length: 15 }, (_, minute) => START + minute * MINUTE_MS),
    'the other has every minute once',
  );
  await until(
    'the gap is shown',
    async () => (await site.metric('cryptopredict_feed_open_gaps')) === 1,
    30_000,
  );
  t.ok(
    eth.closed.every(({ time }) => time < START + 6 * MINUTE_MS),
    'no candle is made up for a market that is gone',
  );
});
