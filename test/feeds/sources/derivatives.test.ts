import t, { type Test } from 'tap';
import { OperatorError } from '../../../src/errors.js';
import { startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { createDerivatives } from '../../../src/feeds/sources/derivatives.js';
import type { DerivativesCcxt } from '../../../src/feeds/sources/derivatives-client.js';
import { LiquidationWatch } from '../../../src/feeds/sources/liquidation-watch.js';
import { startForceOrderStub } from '../../support/force-order-stub.js';
import { sourceFixture, startProviderStub } from '../../support/provider-stub.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

const NOW = Date.parse('2020-08-14T02:01:40Z');
const PREMIUM = sourceFixture('binanceusdm-premium-index') as Record<string, unknown>;
const INTEREST = sourceFixture('binanceusdm-open-interest') as Record<string, unknown>;
const EXCHANGE_INFO = sourceFixture('binanceusdm-exchange-info') as { symbols: { symbol: string }[] };

/** Binance with one perpetual, in the words of its documents. */
async function makeBinance(t: Test) {
  const stub = await startProviderStub();
  const symbols = EXCHANGE_INFO.symbols.filter(({ symbol }) => symbol === 'BTCUSDT');
  stub.answer('/fapi/v1/exchangeInfo', { body: { ...EXCHANGE_INFO, symbols } });
  stub.answer('/fapi/v1/premiumIndex', { body: PREMIUM });
  stub.answer('/fapi/v1/openInterest', { body: INTEREST });
  t.teardown(() => stub.close());
  return stub;
}

async function start(t: Test, url: string, exchange = 'binanceusdm') {
  const told = toldEvents({ now: () => NOW });
  const source = await createDerivatives(told.context, { exchange, url, provider: exchange });
  t.teardown(() => source.stop());
  return { told, source };
}

t.test('funding rate and open interest of the documents become readings', async (t) => {
  const stub = await makeBinance(t);
  const { told, source } = await start(t, stub.url);
  await until('they have come', () => told.of('reading').length >= 2);
  await source.stop();
  const given = { receivedAt: NOW, provider: 'binanceusdm', simulated: false };
  t.strictSame(
    told
      .of('reading')
      .slice(0, 2)
      .map(({ reading }) => reading),
    [
      { name: 'funding_rate_btc', value: 0.00038246, asOf: 1_597_370_495_002, ...given },
      { name: 'open_interest_btc', value: 10_659.509, asOf: 1_589_437_530_011, ...given },
    ],
  );
  const requests = told.calls.filter(({ httpMethod }) => httpMethod === 'GET');
  t.match(requests.slice(0, 3), [
    { apiProvider: 'binanceusdm', endpoint: '/fapi/v1/exchangeInfo', httpMethod: 'GET', responseStatus: 200 },
    { endpoint: '/fapi/v1/premiumIndex?symbol=BTCUSDT', responseStatus: 200 },
    { endpoint: '/fapi/v1/openInterest?symbol=BTCUSDT', responseStatus: 200 },
  ]);
});

t.test('faults make no readings and are told', async (t) => {
  const broken: Readonly<Record<string, readonly [path: string, reply: object, told: RegExp]>> = {
    'a page of HTML': [
      '/fapi/v1/premiumIndex',
      { body: '<html>busy</html>' },
      /else than documented: fundingRate/,
    ],
    'half an answer': [
      '/fapi/v1/openInterest',
      { body: '{"openInterest":"10' },
      /gives no open interest of BTC\/USDT:USDT in coins/,
    ],
    'no rate': [
      '/fapi/v1/premiumIndex',
      { body: { ...PREMIUM, lastFundingRate: null } },
      /else than documented: fundingRate/,
    ],
    'a rate in percent': [
      '/fapi/v1/premiumIndex',
      { body: { ...PREMIUM, lastFundingRate: '3.8246' } },
      /funding_rate_btc is 3.8246, which is not within/,
    ],
    'a rate of tomorrow': [
      '/fapi/v1/premiumIndex',
      { body: { ...PREMIUM, time: NOW + 86_400_000 } },
      /yet to come/,
    ],
    'too many requests': [
      '/fapi/v1/premiumIndex',
      { status: 429, headers: { 'retry-after': '3' }, body: { code: -1003, msg: 'Too many requests.' } },
      /answered with 429/,
    ],
    'simulated figures': [
      '/fapi/v1/premiumIndex',
      { headers: { 'x-simulated': 'true' }, body: PREMIUM },
      /simulated figures, which do not go with real prices/,
    ],
    'no markets': [
      '/fapi/v1/exchangeInfo',
      { body: { ...EXCHANGE_INFO, symbols: [] } },
      /lists no perpetual of BTC or ETH/,
    ],
  };
  for (const [name, [path, reply, expected]] of Object.entries(broken)) {
    const stub = await makeBinance(t);
    stub.answer(path, reply);
    const { told, source } = await start(t, stub.url);
    await until(`${name} is told`, () => told.fault() !== undefined);
    await source.stop();
    t.match(told.fault(), expected, name);
    const spoilt = path.includes('openInterest') ? 'open_interest_btc' : 'funding_rate_btc';
    const known = told.values().map(([figure]) => figure);
    t.notOk(known.includes(spoilt), `${name}: nothing is taken`);
  }
});

t.test('an exchange that is not there is told, and found when it comes', async (t) => {
  const stub = await makeBinance(t);
  stub.answer('/fapi/v1/exchangeInfo', { status: 500 }, { body: EXCHANGE_INFO });
  const { told } = await start(t, stub.url);
  await until('it works', () => told.of('reading').length > 0);
  t.same(
    told.calls.slice(0, 2).map(({ responseStatus }) => responseStatus),
    [500, 200],
  );
});

t.test('an exchange that ccxt does not know is refused by name', async (t) => {
  await t.rejects(start(t, 'http://127.0.0.1:1', 'binanceusd'), {
    constructor: OperatorError,
    message: /^--derivatives-exchange binanceusd is not an exchange .*binanceusdm/,
  });
});

t.test('a liquidation of the documents is that of a long, since it was sold', async (t) => {
  const message = sourceFixture('binanceusdm-force-order');
  const stub = await makeBinance(t);
  const stream = await startForceOrderStub(stub.url);
  t.teardown(() => stream.close());
  const { told, source } = await start(t, stream.url);
  await until('the stream is open', () => stream.topics.includes('btcusdt@forceOrder'));
  stream.send(message);
  stream.send(message);
  const bought = structuredClone(message) as { o: Record<string, unknown> };
  Object.assign(bought.o, { S: 'BUY', l: '2.5', ap: '10000.5' });
  stream.send(bought);
  for (const senseless of [
    { ...bought.o, l: '0' },
    { ...bought.o, ap: null },
    { ...bought.o, S: 'HOLD' },
  ])
    stream.send({ ...bought, o: senseless });
  stream.send({ ...bought, o: { ...bought.o, l: '3' } });
  await until('all are heard', () => told.of('liquidation').length >= 3);
  await source.stop();
  const known = { base: 'BTC', time: 1_568_014_460_893 };
  t.strictSame(
    told.of('liquidation').map(({ liquidation }) => liquidation),
    [
      { base: 'BTC', side: 'long', price: 9_910, amount: 0.014, time: known.time },
      { base: 'BTC', side: 'short', price: 10_000.5, amount: 2.5, time: known.time },
      { base: 'BTC', side: 'short', price: 10_000.5, amount: 3, time: known.time },
    ],
  );
  t.strictSame(told.of('watching'), [{ type: 'watching', since: NOW, reason: null }]);
  t.match(
    told.calls.find(({ httpMethod }) => httpMethod === 'WS'),
    {
      endpoint: 'liquidations of BTC/USDT:USDT',
      responseStatus: 101,
    },
  );
});

t.test('a burst of liquidations loses none', async (t) => {
  const stub = await makeBinance(t);
  const stream = await startForceOrderStub(stub.url);
  t.teardown(() => stream.close());
  const { told } = await start(t, stream.url);
  await until('the stream is open', () => stream.topics.length > 0);
  const message = sourceFixture('binanceusdm-force-order') as { o: Record<string, unknown> };
  const amounts = Array.from({ length: 500 }, (_, index) => index + 1);
  stream.sendAtOnce(amounts.map((amount) => ({ ...message, o: { ...message.o, l: String(amount) } })));
  await until('all are heard', () => told.of('liquidation').length >= 500);
  t.strictSame(
    told.of('liquidation').map(({ liquidation }) => liquidation.amount),
    amounts,
  );
});

t.test('a cut of the stream is told, and so is its end', async (t) => {
  const stub = await makeBinance(t);
  const stream = await startForceOrderStub(stub.url);
  t.teardown(() => stream.close());
  const { told } = await start(t, stream.url);
  await until('the stream is open', () => stream.topics.length > 0);
  stream.cut();
  await until('it is open again', () => told.of('watching').length >= 3);
  const [first, second, third] = told.of('watching');
  t.equal(first?.since, NOW);
  t.match(second, { since: null, reason: /^is interrupted: / });
  t.equal(third?.since, NOW);
});

t.test('liquidations are not read of an exchange whose sides we do not know', async (t) => {
  const told = toldEvents();
  const place = { exchange: 'okx', url: 'http://127.0.0.1:1', provider: 'okx' };
  const { signal } = new AbortController();
  for (const [isGiven, reason] of [
    [true, 'of okx is not read: whose side it tells is not known to us'],
    [false, 'is not given by okx'],
  ] as const) {
    const known = { has: { watchLiquidationsForSymbols: isGiven } } as unknown as DerivativesCcxt;
    await new LiquidationWatch(told.context, place, known, [], signal).done;
    t.strictSame(told.events.at(-1), { type: 'watching', since: null, reason });
  }
  t.same(told.calls, []);
});

t.test('the demo exchange answers the same client, marked simulated', async (t) => {
  const demo = await startDemoExchange({ seed: 2, startAt: Date.UTC(2024, 4, 15, 12, 0), speed: 300 });
  t.teardown(() => demo.close());
  const told = toldEvents({ isSimulated: true });
  const place = { exchange: 'binanceusdm', url: `${demo.url}/usdm`, provider: 'binanceusdm-simulated' };
  const source = await createDerivatives(told.context, place);
  t.teardown(() => source.stop());
  await until('liquidations are heard', () => told.of('liquidation').length >= 3);
  await source.stop();
  t.same(
    told
      .values()
      .slice(0, 4)
      .map(([name]) => name),
    ['funding_rate_btc', 'open_interest_btc', 'funding_rate_eth', 'open_interest_eth'],
  );
  t.ok(told.of('reading').every(({ reading }) => reading.simulated));
  for (const { liquidation, simulated } of told.of('liquidation')) {
    t.ok(simulated);
    const [low, high] = liquidation.base === 'BTC' ? [5_000, 500_000] : [200, 50_000];
    t.ok(liquidation.price > low && liquidation.price < high && liquidation.amount > 0);
  }
});
