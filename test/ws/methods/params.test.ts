import t from 'tap';
import { METHOD_NAMES, paramNames } from '../../../src/ws/methods/registry.js';
import { openMethodSite } from '../../support/method-site.js';

const { refusal, context } = await openMethodSite(t);

const BAD_LIMIT = [
  ['limit', 0],
  ['limit', 501],
  ['limit', 1.5],
  ['cursor', ''],
] as const;
const BAD_ID = [0, -1, 1.5, '1', 2_147_483_648, null];

/** Params that are right, and values of each that are not. */
const CASES: Readonly<
  Record<string, readonly [right: object, wrong: readonly (readonly [string, unknown])[]]>
> = {
  'assets.analysis': [
    { symbol: 'BTC/USDT' },
    [
      ['symbol', 'BTC/USDX'],
      ['symbol', ''],
      ['symbol', 7],
    ],
  ],
  'layer1.marketRegime': [
    {},
    [
      ['timeframe', '1m'],
      ['timeframe', '15m'],
      ['timeframe', '1D'],
      ['timeframe', 1],
    ],
  ],
  'layer1.sentiment': [{}, [['symbol', 'BTC/USDT']]],
  'layer1.dominance': [{}, [['symbol', 'BTC/USDT']]],
  'layer1.indicators': [
    {},
    [
      ['names', []],
      ['names', 'gold'],
      ['names', Array(40).fill('gold')],
    ],
  ],
  'layer1.metrics': [
    { timeframe: '1h' },
    [['timeframe', '1M'], ['timeframe', undefined], ['from', -1], ['from', 1.5], ['to', 'now'], ...BAD_LIMIT],
  ],
  'layer1.history': [
    {},
    [
      ['days', 0],
      ['days', 2.5],
      ['days', 501],
      ['interval', '15m'],
      ['interval', '1M'],
    ],
  ],
  'layer1.regimeForecast': [
    {},
    [
      ['horizon', '7'],
      ['horizon', '0d'],
      ['horizon', '7m'],
      ['horizon', '91d'],
      ['horizon', 7],
      ['horizon', ''],
    ],
  ],
  'layer2.sectors': [{}, BAD_LIMIT],
  'layer2.sector': [
    { sector_id: 1 },
    [['sector_id', 999], ...BAD_ID.map((id) => ['sector_id', id] as const)],
  ],
  'layer2.sectorPerformance': [
    { sector_id: 1 },
    [
      ['sector_id', 999],
      ['sector_id', undefined],
    ],
  ],
  'layer2.sectorAssets': [{ sector_id: 1 }, [['sector_id', 999], ...BAD_LIMIT]],
  'layer2.sectorHistory': [
    { sector_id: 1 },
    [['sector_id', 999], ['days', 0], ['days', 3_651], ['timeframe', '2h'], ...BAD_LIMIT],
  ],
  'layer2.rotation': [
    {},
    [
      ['timeframe', '1w'],
      ['timeframe', '1m'],
    ],
  ],
  'layer2.compare': [
    { sectors: [1, 2] },
    [
      ['sectors', [1]],
      ['sectors', [1, 99_999]],
      ['sectors', '1,2'],
      ['timeframe', '7'],
      ['timeframe', '1w'],
    ],
  ],
  'watchlists.list': [{}, BAD_LIMIT],
  'watchlists.get': [{ id: 1 }, BAD_ID.map((id) => ['id', id] as const)],
  'signals.list': [
    {},
    [
      ['status', 'open'],
      ['symbol', 'BTC/USDX'],
      ['confidence_min', -0.1],
      ['confidence_min', 1.1],
      ['confidence_min', '0.5'],
      ...BAD_LIMIT,
    ],
  ],
  'signals.get': [
    { id: 1 },
    [
      ['id', 0],
      ['id', 'x'],
      ['id', 1.5],
      ['id', undefined],
    ],
  ],
  'signals.performance': [
    {},
    [
      ['timeframe', '30'],
      ['timeframe', '1h'],
      ['model', ''],
      ['model', 'nope'],
      ['symbol', 'BTC/USDX'],
      ['candles', '2m'],
    ],
  ],
};

/** Have tests of their own. */
const OLDER = ['assets.list', 'assets.get'];

t.test('every method of the market has its cases, and each of its params one', async (t) => {
  const ofMarket = METHOD_NAMES.filter((name) => /^(assets|layer[12])\./.test(name) && !OLDER.includes(name));
  t.same(
    ofMarket.filter((name) => !(name in CASES)),
    [],
  );
  for (const [method, [, wrong]] of Object.entries(CASES)) {
    const tried = new Set(wrong.map(([param]) => param));
    for (const param of paramNames(method)) t.ok(tried.has(param), `${method} ${param}`);
  }
});

for (const [method, [right, wrong]] of Object.entries(CASES)) {
  t.test(`${method} refuses each wrong param by its name`, async (t) => {
    for (const [param, value] of wrong) {
      const given = { ...right, [param]: value };
      t.match(
        await refusal(method, given),
        { code: 'invalid_params', message: String },
        JSON.stringify(given),
      );
      const { field } = (await refusal(method, given)) as { field?: string };
      t.equal(field?.split('.')[0], param, JSON.stringify(given));
    }
    t.match(await refusal(method, { ...right, colour: 'red' }), {
      code: 'invalid_params',
      field: 'colour',
      message: /"colour" is not known; (allowed: .|none is taken$)/,
    });
  });
}

t.test('a cursor of another list, or a forged one, is refused by its name', async (t) => {
  const forged = Buffer.from('["x","1"]').toString('base64url');
  for (const [method, params] of [
    ['layer1.metrics', { timeframe: '1h' }],
    ['layer2.sectors', {}],
    ['layer2.sectorAssets', { sector_id: 1 }],
    ['layer2.sectorHistory', { sector_id: 1 }],
    ['watchlists.list', {}],
    ['signals.list', {}],
  ] as const) {
    for (const cursor of [forged, 'x', 'e30']) {
      t.match(
        await refusal(method, { ...params, cursor }),
        { code: 'invalid_params', field: 'cursor' },
        method,
      );
    }
  }
});

t.test('where nothing is analysed, or there is no database, methods say that it is so', async (t) => {
  for (const [method, [right]] of Object.entries(CASES)) {
    const refused = await refusal(method, right as Record<string, unknown>, { analysis: null, stored: null });
    t.match(refused, { code: 'unavailable', message: /nothing is analysed|this server has none/ }, method);
  }
});

t.test('what is not warm yet is unavailable, with what is missing', async (t) => {
  const cold = { readiness: { notReady: () => 'history of 3 symbols is being loaded', simulated: true } };
  for (const [method, params, what] of [
    ['layer1.marketRegime', { timeframe: '4h' }, 'the regime of 4h'],
    ['layer1.sentiment', {}, 'the state of the market'],
    ['layer1.dominance', {}, 'the state of the market'],
    ['layer1.indicators', {}, 'the state of the market'],
    ['layer1.regimeForecast', { horizon: '4w' }, 'a forecast of the regime of 1w'],
    ['layer2.rotation', {}, 'the rotation between the sectors'],
  ] as const) {
    t.same(await refusal(method, params, cold), {
      code: 'unavailable',
      field: undefined,
      message: `${what} is not known yet: history of 3 symbols is being loaded`,
    });
    t.match(await refusal(method, params), { message: /too few candles have closed/ });
  }
  t.equal(context.readiness.notReady(), null);
});
