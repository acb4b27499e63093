import t from 'tap';
import type { AssetRecord } from '../../../src/store/records.js';
import { gatewaySite, NOW, SYMBOLS, tickerRow } from '../gateway-site.js';

function asset(id: number, symbol: string, changes: Partial<AssetRecord> = {}): AssetRecord {
  const known = { name: symbol.split('/')[0] ?? '', assetType: 'crypto', quoteCurrency: 'USDT' } as const;
  const changesIn = { priceChange24h: '1.5', priceChange7d: null, priceChange30d: null };
  const extremes = { ath: '120000.5', athDate: 5, atl: null, atlDate: null };
  const market = { marketCap: null, marketCapRank: null, totalVolume: null };
  const figures = { currentPrice: '99.25', lastPriceUpdate: 7, ...changesIn, ...extremes, ...market };
  return { id, symbol, ...known, dataSource: 'demo', isActive: true, ...figures, ...changes };
}

interface Page {
  readonly items: Record<string, unknown>[];
  readonly next_cursor: string | null;
}

t.test('lists the assets page by page, with the live price where there is one', async (tt) => {
  const { market, store, connect } = await gatewaySite(tt);
  store.assets = SYMBOLS.map((symbol, i) => asset(i + 1, symbol));
  market.change('ticker:ETH/USDT', tickerRow(4_321));
  const client = await connect();
  const list = async (params: Record<string, unknown>) =>
    (await client.request({ op: 'query', method: 'assets.list', params })).result as Page;
  const first = await list({ limit: 2 });
  tt.match(first.items[0], {
    symbol: 'BTC/USDT',
    current_price: 99.25,
    price_change_24h: 1.5,
    ath: 120_000.5,
  });
  tt.match(first.items[1], {
    symbol: 'ETH/USDT',
    current_price: 4_321,
    price_change_24h: null,
    last_price_update: NOW,
    simulated: true,
    missing: { price_change_24h: /24 hours/, market_cap: /no source has told/ },
  });
  const second = await list({ limit: 2, cursor: first.next_cursor });
  tt.same(
    second.items.map((item) => item.symbol),
    ['DOGE/USDT'],
  );
  tt.equal(second.next_cursor, null);
  tt.same(
    (await list({ q: 'doge' })).items.map((item) => item.id),
    [3],
  );
  tt.same((await list({ type: 'macro' })).items, []);
});

t.test('says of every null field why it is null, and of no other', async (tt) => {
  const { store, connect } = await gatewaySite(tt);
  store.assets = [asset(1, 'BTC/USDT')];
  const client = await connect();
  const reply = await client.request({ op: 'query', method: 'assets.get', params: { symbol: 'BTC/USDT' } });
  const item = reply.result as Record<string, unknown>;
  const empty = Object.keys(item).filter((field) => item[field] === null);
  tt.same(Object.keys(item.missing as object).sort(), empty.sort());
});

t.test('refuses what is not served, by name', async (tt) => {
  const { connect } = await gatewaySite(tt);
  const client = await connect();
  const ask = async (method: string, params: Record<string, unknown>) =>
    (await client.request({ op: 'query', method, params })).error;
  const unknown = { code: 'invalid_params', field: 'symbol', message: /nearest: DOGE\/USDT/ };
  tt.match(await ask('assets.get', { symbol: 'DOG/USDT' }), unknown);
  tt.match(await ask('assets.get', { symbol: 'BTC/USDT' }), { code: 'not_found' });
  tt.match(await ask('assets.list', { type: 'stock' }), { code: 'invalid_params', field: 'type' });
  tt.match(await ask('assets.list', { sector: 'Defy' }), { code: 'invalid_params', field: 'sector' });
  tt.match(await ask('assets.list', { colour: 'red' }), { code: 'invalid_params', field: 'colour' });
  tt.match(await ask('assets.list', { cursor: 'e30' }), { code: 'invalid_params', field: 'cursor' });
});
