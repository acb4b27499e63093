import t, { type Test } from 'tap';
import { createCoinGecko, type ServedBase } from '../../../src/feeds/sources/coingecko.js';
import { type StubReply, sourceFixture, startProviderStub } from '../../support/provider-stub.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

const NOW = Date.parse('2024-04-07T18:10:00Z');
const GLOBAL = { body: sourceFixture('coingecko-global') };
const MARKETS = { body: sourceFixture('coingecko-markets') };
const CATEGORIES = { body: sourceFixture('coingecko-categories') };

interface Given {
  readonly global?: readonly StubReply[];
  readonly markets?: readonly StubReply[];
  readonly categories?: readonly StubReply[];
  readonly bases?: () => readonly ServedBase[];
  readonly key?: string;
  readonly pace?: number;
}

async function start(t: Test, given: Given = {}) {
  const stub = await startProviderStub();
  stub.answer('/global', ...(given.global ?? [GLOBAL]));
  stub.answer('/coins/markets', ...(given.markets ?? [MARKETS]));
  stub.answer('/coins/categories', ...(given.categories ?? [CATEGORIES]));
  const { pace = 0.001 } = given;
  const told = toldEvents({ now: () => NOW, pace });
  const source = createCoinGecko({
    context: told.context,
    provider: 'coingecko',
    baseUrl: stub.url,
    key: given.key,
    bases: given.bases ?? (() => [{ base: 'BTC', price: 70_000 }]),
  });
  t.teardown(async () => {
    await source.stop();
    await stub.close();
  });
  const asked = async (path: string, count = 1): Promise<void> => {
    await until(
      `${path} was asked`,
      () => stub.requests.filter((request) => request.path === path).length >= count,
    );
  };
  return { stub, told, source, asked };
}

t.test('the market as a whole becomes five readings', async (t) => {
  const { told } = await start(t);
  await until('they have come', () => told.of('reading').length >= 5);
  t.strictSame(told.values().slice(0, 5), [
    ['total_market_cap', 2_721_226_850_772.63],
    ['total_volume_24h', 69_327_091_133.5489],
    ['btc_dominance', 50.4467],
    ['eth_dominance', 14.9228],
    ['usdt_dominance', 3.925],
  ]);
  const asOf = Date.parse('2024-04-07T18:00:55Z');
  t.ok(told.of('reading').every(({ reading }) => reading.asOf === asOf && reading.receivedAt === NOW));
});

t.test('a share that is not given makes no reading, and the others come', async (t) => {
  const body = structuredClone(sourceFixture('coingecko-global')) as {
    data: { market_cap_percentage: Record<string, unknown> };
  };
  body.data.market_cap_percentage = { btc: 50, eth: null };
  const { told } = await start(t, { global: [{ body }] });
  await until('they have come', () => told.of('reading').length >= 3);
  t.same(
    told
      .values()
      .slice(0, 3)
      .map(([name]) => name),
    ['total_market_cap', 'total_volume_24h', 'btc_dominance'],
  );
});

t.test('one share that is impossible spoils the answer', async (t) => {
  const body = structuredClone(sourceFixture('coingecko-global')) as {
    data: { market_cap_percentage: Record<string, unknown> };
  };
  // A fraction's hundredfold, read as percent.
  body.data.market_cap_percentage.btc = 5_044;
  const { told } = await start(t, { global: [{ body }] });
  await until('it is told', () => told.fault() !== undefined);
  t.match(
    told.fault(),
    /says that btc_dominance is 5044, which is not within 0 … 100 \(asked for the market\)/,
  );
  t.same(told.of('reading'), []);
});

t.test('served coins get the figures of the largest coin of their symbol', async (t) => {
  const { stub, told, asked } = await start(t, {
    bases: () => [
      { base: 'BTC', price: 70_000 },
      { base: 'PEPE', price: null },
      { base: 'UNK', price: 1.5 },
      { base: 'NOT', price: 3 },
      { base: 'NEW', price: null },
    ],
  });
  await asked('/coins/markets');
  await until('they have come', () => told.of('coins').length > 0);
  t.strictSame(told.of('coins')[0]?.coins, [
    {
      base: 'BTC',
      marketCap: 1_381_651_251_183,
      totalVolume: 20_154_184_933,
      circulatingSupply: 19_675_987,
      rank: 1,
      asOf: Date.parse('2024-04-07T16:49:31.736Z'),
    },
    {
      base: 'PEPE',
      marketCap: 2_990_000_000,
      totalVolume: 610_000_000,
      circulatingSupply: 420_690_000_000_000,
      rank: 40,
      asOf: Date.parse('2024-04-07T16:49:20.000Z'),
    },
    // CoinGecko's 0 is unknown, not nothing.
    {
      base: 'UNK',
      marketCap: null,
      totalVolume: null,
      circulatingSupply: null,
      rank: null,
      asOf: Date.parse('2024-04-07T16:40:00.000Z'),
    },
    // It was looked for, and it is not among them.
    { base: 'NOT', marketCap: null, totalVolume: null, circulatingSupply: null, rank: null, asOf: NOW },
  ]);
  t.equal(stub.requests.find(({ path }) => path === '/coins/markets')?.query.get('per_page'), '250');
});

t.test('a coin of the same symbol with another price is another coin', async (t) => {
  let price: number | null = null;
  const { told } = await start(t, {
    // The second coin of the fixture that is called btc costs two cents.
    bases: () => [{ base: 'BTC', price }],
    pace: 0.000_1,
  });
  await until('it was taken for the largest', () => told.of('coins').length > 0);
  t.equal(told.of('coins')[0]?.coins[0]?.rank, 1);
  price = 0.021;
  await until('it is seen to be the other', () => told.of('coins').at(-1)?.coins[0]?.rank === 900);
  price = 5;
  await until(
    'it is seen to be neither',
    () => told.of('coins').at(-1)?.coins[0]?.marketCap === null,
    20_000,
  );
});

t.test('pages are asked for until every coin is found, four at most', async (t) => {
  const page = Array.from({ length: 250 }, (_, index) => ({
    ...(sourceFixture('coingecko-markets') as object[])[4],
    symbol: `c${index}`,
  }));
  const { stub, told } = await start(t, {
    bases: () => [{ base: 'NOT', price: 3 }],
    markets: [{ body: page }],
  });
  await until('they have come', () => told.of('coins').length > 0);
  const pages = stub.requests
    .filter(({ path }) => path === '/coins/markets')
    .map(({ query }) => query.get('page'));
  t.same(pages.slice(0, 4), ['1', '2', '3', '4']);
  t.not(pages[4], '5');
});

t.test('categories keep what is not known as null', async (t) => {
  const { told } = await start(t);
  await until('they have come', () => told.of('categories').length > 0);
  t.strictSame(told.of('categories')[0], {
    type: 'categories',
    simulated: false,
    categories: [
      {
        coingeckoId: 'layer-1',
        marketCap: 2_061_406_861_196.14,
        marketCapChange24h: -0.66091235190398,
        volume24h: 61_146_432_400.1739,
        asOf: Date.parse('2024-04-06T08:25:46.402Z'),
      },
      {
        coingeckoId: 'privacy-coins',
        marketCap: null,
        marketCapChange24h: null,
        volume24h: null,
        asOf: Date.parse('2024-04-06T08:25:40.000Z'),
      },
    ],
  });
});

t.test('a refusal of one question holds the others back, and the state names it', async (t) => {
  const busy = { status: 429, headers: { 'retry-after': '300' } };
  const { stub, told, source } = await start(t, { global: [busy, GLOBAL] });
  await until('all has come', () => told.of('categories').length > 0 && told.of('reading').length > 0);
  const [first, second] = stub.requests;
  t.ok((second?.at ?? 0) - (first?.at ?? 0) >= 290, 'five minutes at a thousandth of the pace');
  t.same(
    told.of('state').map(({ fault }) => fault),
    ['(coingecko) answered with 429 (asked for the market)', null],
  );
  t.equal(source.stats.failures, 1);
});

t.test('a key is sent in the header of demo accounts, and nowhere else', async (t) => {
  const { stub, told, asked } = await start(t, { key: 'CG-secret' });
  await asked('/coins/categories');
  t.ok(stub.requests.every(({ headers }) => headers['x-cg-demo-api-key'] === 'CG-secret'));
  t.notMatch(JSON.stringify([told.calls, told.events]), /secret/);
});

const BROKEN: Readonly<Record<string, StubReply>> = {
  'a page of HTML': { body: '<!doctype html><title>Attention Required!</title>' },
  'an object for a list': { body: { status: { error_code: 429 } } },
  'half an answer': { body: JSON.stringify(sourceFixture('coingecko-categories')).slice(0, 80) },
  'words for numbers': {
    body: [{ id: 'layer-1', market_cap: 'much', market_cap_change_24h: 1, volume_24h: 1 }],
  },
};
for (const [name, reply] of Object.entries(BROKEN)) {
  t.test(`${name} tells nothing of categories, and the rest comes`, async (t) => {
    const { told, asked } = await start(t, { categories: [reply] });
    await asked('/coins/categories', 2);
    await until('the rest has come', () => told.of('coins').length > 0);
    t.same(told.of('categories'), []);
    t.match(told.fault(), /\(asked for categories\)$/);
  });
}
