import t from 'tap';
import { gatewaySite, NOW } from '../gateway-site.js';

const QUERY = { op: 'query', method: 'indicators.get', params: { symbol: 'BTC/USDT', timeframe: '1h' } };

t.test('gives the current values, and says whether the candle is still forming', async (tt) => {
  const { market, connect } = await gatewaySite(tt);
  const client = await connect();
  tt.match(await client.request(QUERY), { ok: false, error: { code: 'unavailable' } });
  const row = [NOW, false, 'forming', 'built', 0.5, 30, true, NOW + 5, NOW + 8, 61_000.5, null];
  market.change('indicators:BTC/USDT:1h', row);
  tt.same((await client.request(QUERY)).result, {
    symbol: 'BTC/USDT',
    timeframe: '1h',
    time: NOW,
    closed: false,
    state: 'forming',
    source: 'built',
    coverage: 0.5,
    depth: 30,
    simulated: true,
    exchange_time: NOW + 5,
    received_time: NOW + 8,
    forming: true,
    computed_at: NOW + 1,
    values: { sma_20: 61_000.5, rsi_14: null },
    patterns: [{ name: 'hammer', direction: 'bullish' }],
    patterns_time: NOW - 3_600_000,
  });
  market.change('indicators:BTC/USDT:1h', row.with(1, true));
  tt.match((await client.request(QUERY)).result, { forming: false });
});

t.test('refuses wrong params by name', async (tt) => {
  const client = await (await gatewaySite(tt)).connect();
  for (const [params, field] of [
    [{ symbol: 'X', timeframe: '1h' }, 'symbol'],
    [{ symbol: 'BTC/USDT', timeframe: '1H' }, 'timeframe'],
    [{ symbol: 'BTC/USDT', timeframe: '1h', names: [] }, 'names'],
  ] as const) {
    tt.match((await client.request({ ...QUERY, params })).error, { code: 'invalid_params', field });
  }
});
