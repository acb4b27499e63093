import t, { type Test } from 'tap';
import type { AssetFigures } from '../../../src/store/records.js';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { createTestDatabase } from '../../support/database.js';

const BTC = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', dataSource: 'binance' };
const ETH = { symbol: 'ETH/USDT', base: 'ETH', quote: 'USDT', dataSource: 'binance' };

const FIGURES: Omit<AssetFigures, 'assetId'> = {
  currentPrice: 1e-8,
  priceChange24h: 1.2345678901,
  priceChange7d: null,
  priceChange30d: -0.5,
  ath: 73_750.07,
  athDate: Date.UTC(2024, 2, 14),
  atl: null,
  atlDate: null,
  lastPriceUpdate: 1_710_000_000_123,
  marketCap: 1_234_567_890_123.45,
  marketCapRank: 1,
  totalVolume: null,
};

async function setUp(
  t: Test,
): Promise<{ assets: AssetRepository; query: (sql: string) => Promise<unknown> }> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  return { assets: new AssetRepository(database.pool), query: (sql) => database.pool.query(sql) };
}

t.test('registers symbols once and gives them in the order asked for', async (t) => {
  const { assets, query } = await setUp(t);
  const [btc, eth] = await assets.register([BTC, ETH]);
  t.match(btc, {
    symbol: 'BTC/USDT',
    name: 'BTC',
    assetType: 'crypto',
    quoteCurrency: 'USDT',
    dataSource: 'binance',
    isActive: true,
    currentPrice: null,
    lastPriceUpdate: null,
  });
  await query(`UPDATE assets SET is_active = false WHERE symbol = 'ETH/USDT'`);
  t.same(
    (await assets.register([ETH, BTC])).map(({ id, isActive }) => [id, isActive]),
    [
      [eth?.id, true],
      [btc?.id, true],
    ],
    'the same ids, active again',
  );
  const [usdc] = await assets.register([{ ...BTC, symbol: 'USDC/USDT', base: 'USDC' }]);
  t.equal(usdc?.assetType, 'stablecoin');
  t.same(await assets.register([]), []);
});

t.test('simulated prices are another asset than real ones', async (t) => {
  const { assets } = await setUp(t);
  const [real, simulated] = await assets.register([BTC, { ...BTC, dataSource: 'binance-simulated' }]);
  t.not(real?.id, simulated?.id);
  t.same(
    (await assets.list({ ids: [real?.id ?? 0], limit: 10 })).map(({ id }) => id),
    [real?.id],
  );
});

t.test('keeps live figures with every digit; older ones change nothing', async (t) => {
  const { assets } = await setUp(t);
  const [btc, eth] = await assets.register([BTC, ETH]);
  const assetId = btc?.id ?? 0;
  const other = { ...FIGURES, assetId: eth?.id ?? 0, currentPrice: 3_000 };
  t.equal(await assets.updateFigures([{ ...FIGURES, assetId }, other]), 2);
  t.match(await assets.get(assetId), {
    currentPrice: '0.00000001',
    priceChange24h: '1.2345678901',
    priceChange7d: null,
    priceChange30d: '-0.5',
    ath: '73750.07',
    athDate: Date.UTC(2024, 2, 14),
    atl: null,
    atlDate: null,
    lastPriceUpdate: 1_710_000_000_123,
    marketCap: '1234567890123.45',
    marketCapRank: 1,
    totalVolume: null,
  });
  const older = { ...FIGURES, assetId, currentPrice: 5, lastPriceUpdate: FIGURES.lastPriceUpdate - 1 };
  t.equal(await assets.updateFigures([older]), 0);
  t.match(await assets.get(assetId), { currentPrice: '0.00000001' });
  const newer = {
    ...FIGURES,
    assetId,
    ath: null,
    athDate: null,
    marketCap: null,
    lastPriceUpdate: FIGURES.lastPriceUpdate + 1,
  };
  t.equal(await assets.updateFigures([newer]), 1);
  t.match(
    await assets.get(assetId),
    { ath: null, athDate: null, marketCap: null },
    'what is not known any more is not kept',
  );
  t.equal(await assets.updateFigures([]), 0);
});

t.test('an impossible price is refused', async (t) => {
  const { assets } = await setUp(t);
  const [btc] = await assets.register([BTC]);
  for (const currentPrice of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const figures = { ...FIGURES, assetId: btc?.id ?? 0, currentPrice };
    await t.rejects(assets.updateFigures([figures]), { code: '23514' }, String(currentPrice));
  }
});

t.test('lists active assets by id, filtered and paged', async (t) => {
  const { assets, query } = await setUp(t);
  const all = await assets.register([
    BTC,
    ETH,
    { ...BTC, symbol: 'USDC/USDT', base: 'USDC' },
    { ...BTC, symbol: '100%/USDT', base: '100%' },
    { ...BTC, symbol: 'OLD/USDT', base: 'OLD' },
  ]);
  await query(`UPDATE assets SET is_active = false WHERE symbol = 'OLD/USDT'`);
  const symbols = async (filter: object): Promise<string[]> =>
    (await assets.list({ ids: all.map(({ id }) => id), limit: 10, ...filter })).map(({ symbol }) => symbol);
  t.same(await symbols({}), ['100%/USDT', 'BTC/USDT', 'ETH/USDT', 'USDC/USDT']);
  t.same(await symbols({ limit: 2 }), ['100%/USDT', 'BTC/USDT']);
  t.same(await symbols({ limit: 2, afterId: all[0]?.id }), ['ETH/USDT', 'USDC/USDT']);
  t.same(await symbols({ type: 'stablecoin' }), ['USDC/USDT']);
  t.same(await symbols({ q: 'btc' }), ['BTC/USDT']);
  t.same(await symbols({ q: '%' }), ['100%/USDT'], 'a percent sign is a character, not a pattern');
  t.same(await symbols({ q: "'; DROP TABLE assets; --" }), []);
  t.same(await symbols({ ids: [] }), []);
  t.same(await symbols({ ids: [all[1]?.id ?? 0] }), ['ETH/USDT'], 'only those that are asked for');
});

t.test('gives one asset, inactive too, or null', async (t) => {
  const { assets, query } = await setUp(t);
  const [btc] = await assets.register([BTC]);
  await query('UPDATE assets SET is_active = false');
  t.match(await assets.get(btc?.id ?? 0), { symbol: 'BTC/USDT', isActive: false });
  t.equal(await assets.get(999), null);
});
