import t from 'tap';
import { replayFiles } from '../../src/app/replay.js';
import { connect } from '../../src/client/client.js';
import { readConfig } from '../../src/config.js';
import { collectCandles, ohlcv } from '../support/closed-collector.js';
import { CANDLE_HEADER, candleRows, csv, makeFileFolder, TRADE_HEADER } from '../support/files.js';
import { silent } from '../support/folder.js';
import { until } from '../support/until.js';

t.test('a replay with --serve reaches clients as a live market does, marked as simulated', async (t) => {
  const files = makeFileFolder(t);
  const candles = files.write('A-USD_1m.csv', csv(CANDLE_HEADER, candleRows(120)));
  const rows = Array.from({ length: 1_200 }, (_, i) => `${i + 1},${i * 6_000},${100 + (i % 7)},0.5,${i % 2}`);
  const trades = files.write('B-USD.trades.csv', csv(TRADE_HEADER, rows));
  const stop = new AbortController();
  let said = '';
  const config = readConfig({ serve: 'yes', port: '0', speed: '1800x', indicators: 'default,rsi:9' }, {});
  const running = replayFiles([candles, trades], config, silent, stop.signal, (text) => {
    said += text;
  });
  t.teardown(() => stop.abort());
  await until('it serves', () => said !== '');
  const url = /^serving the replay, simulated, at (http:\/\/127\.0\.0\.1:\d+)\/\n/.exec(said)?.[1] ?? '';
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  t.match(await (await fetch(`${url}/`)).text(), /<html/i, 'with the page');
  const client = connect(url);
  t.teardown(() => client.close());
  t.equal((await client.ready()).simulated, true);
  const collected = await collectCandles(client, 'B/USD', '1m');
  const ids: string[] = [];
  await client.subscribe('trades:B/USD', {
    update: ({ data }) => ids.push(...data.filter((trade) => trade.simulated).map(({ id }) => id)),
  });
  await until('the record is over', () => said.includes('digest sha256:'));
  await until('its last trade has come', () => ids.at(-1) === '1200');
  t.ok(collected.closed.length > 0, `${collected.closed.length} candles came while it was played`);
  t.ok(collected.closed.every(({ simulated, source }) => simulated && source === 'simulated'));
  t.ok(
    ids.every((id, i) => i === 0 || Number(id) === Number(ids[i - 1]) + 1),
    'every trade once, in order',
  );

  const { items } = await client.query('candles.list', { symbol: 'B/USD', timeframe: '1m', limit: 500 });
  t.same(
    [items.filter(({ closed }) => closed).length, items.length],
    [119, 120],
    'all, and the one that forms',
  );
  const listed = new Map(items.map((item) => [item.time, ohlcv(item)]));
  t.ok(collected.closed.every((candle) => ohlcv(candle).join() === listed.get(candle.time)?.join()));
  const { values } = await client.query('indicators.get', { symbol: 'A/USD', timeframe: '4h' });
  t.ok('rsi_9' in values);
  const assets = await client.query('assets.list', { q: 'b' });
  t.match(assets.items, [{ symbol: 'B/USD', data_source: 'replay', simulated: true, current_price: 102 }]);

  stop.abort();
  await running;
  await t.rejects(fetch(`${url}/readyz`), 'nothing listens any more');
});

t.test('the digest is the same whether somebody listens or not', async (t) => {
  const files = makeFileFolder(t);
  const candles = files.write('A-USD_1m.csv', csv(CANDLE_HEADER, candleRows(500)));
  const digests: string[] = [];
  for (const serve of ['no', 'yes']) {
    const stop = new AbortController();
    const config = readConfig({ serve, port: '0' }, {});
    await replayFiles([candles], config, silent, stop.signal, (text) => {
      const digest = /^digest .*$/m.exec(text)?.[0];
      if (digest === undefined) return;
      digests.push(digest);
      stop.abort();
    });
  }
  t.equal(digests.length, 2);
  t.equal(digests[0], digests[1]);
});
