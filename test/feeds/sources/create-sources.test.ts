import t, { type Test } from 'tap';
import { ExternalBook } from '../../../src/engine/analysis/external-book.js';
import { EXTERNAL_FIGURES, EXTERNAL_SERIES, EXTERNAL_SOURCES } from '../../../src/external-events.js';
import { startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { createSources, type SourceSettings } from '../../../src/feeds/sources/create-sources.js';
import { startForceOrderStub } from '../../support/force-order-stub.js';
import { sourceFixture, startProviderStub } from '../../support/provider-stub.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

/** Where nobody listens. */
const NOWHERE = 'http://127.0.0.1:1';

const OFFLINE: SourceSettings = {
  sources: undefined,
  urls: new Map([
    ['fear_greed', NOWHERE],
    ['global_market', NOWHERE],
    ['stooq', NOWHERE],
    ['fred', NOWHERE],
  ]),
  derivativesExchange: 'binanceusdm',
  derivativesUrl: NOWHERE,
  macroProvider: 'stooq',
  onChainSource: undefined,
  trendsSource: undefined,
  coingeckoKey: undefined,
  isSimulated: false,
  simulatedOrigin: null,
};

async function start(t: Test, settings: Partial<SourceSettings>, bases: readonly string[] = ['BTC']) {
  const told = toldEvents();
  const book = new ExternalBook();
  const sources = await createSources({
    ...told.context,
    sink: (event) => {
      told.context.sink(event);
      book.apply(event);
    },
    settings: { ...OFFLINE, ...settings },
    bases: () => bases.map((base) => ({ base, price: null })),
  });
  t.teardown(() => sources.stop());
  return { told, sources, book };
}

t.test('a source that is switched off says so, and nobody is asked', async (t) => {
  const { told, sources, book } = await start(t, { sources: [] });
  t.same(
    told.of('state').map(({ source, fault }) => [source, fault]),
    EXTERNAL_SOURCES.map((source) => [source, 'is switched off']),
  );
  t.same(told.of('watching'), [{ type: 'watching', since: null, reason: 'is switched off' }]);
  t.ok(sources.stats.every(({ isOn, calls, provider }) => !isOn && calls === 0 && provider === null));
  t.equal(book.reason('vix', Date.now()), 'the source macro is switched off');
});

t.test('only what is named is asked', async (t) => {
  const { sources } = await start(t, { sources: ['fear_greed'] });
  t.same(
    sources.stats.filter(({ isOn }) => isOn).map(({ source }) => source),
    ['fear_greed'],
  );
});

t.test('by default all are asked that need no place', async (t) => {
  const { told, sources } = await start(t, {});
  t.same(
    sources.stats.filter(({ isOn }) => isOn).map(({ source }) => source),
    ['derivatives', 'fear_greed', 'global_market', 'macro'],
  );
  t.match(told.of('state').slice(0, 2), [
    { source: 'on_chain', fault: 'is not configured' },
    { source: 'google_trends', fault: 'is not configured' },
  ]);
  await until('all have failed', () => new Set(told.of('state').map(({ source }) => source)).size === 6);
  t.same(told.of('reading'), []);
});

t.test('an address of its own takes the place of a provider’s', async (t) => {
  const stub = await startProviderStub();
  t.teardown(() => stub.close());
  stub.answer('/proxy/fng/', { body: sourceFixture('fear-greed') });
  const { told } = await start(t, {
    sources: ['fear_greed'],
    urls: new Map([['fear_greed', `${stub.url}/proxy`]]),
  });
  await until('it has come', () => told.of('reading').length > 0);
  t.equal(told.of('reading')[0]?.reading.provider, 'alternative_me');
});

t.test('with simulated prices every figure comes of the demo exchange, marked', async (t) => {
  const demo = await startDemoExchange({ seed: 5 });
  t.teardown(() => demo.close());
  const settings = {
    isSimulated: true,
    simulatedOrigin: demo.url,
    urls: new Map(),
    derivativesUrl: undefined,
  };
  const { told, book, sources } = await start(t, settings, ['BTC', 'ETH', 'PEPE']);
  const names = Object.keys(EXTERNAL_FIGURES) as (keyof typeof EXTERNAL_FIGURES)[];
  const now = (): number => Date.now() + 1_000;
  await until(
    'all figures are known',
    () => names.every((name) => book.value(name, now()) !== null) && book.coin('PEPE', now()) !== null,
    20_000,
    () => names.filter((name) => book.value(name, now()) === null),
  );
  await until('categories are known', () => book.category('layer-1', now()) !== null);
  await until('liquidations are heard', () => book.watchingSince !== null);
  for (const name of EXTERNAL_SERIES) t.ok(book.closes(name, now()).length > 200, name);
  t.ok(told.of('reading').every(({ reading }) => reading.simulated));
  t.ok(
    [...told.of('coins'), ...told.of('series'), ...told.of('categories')].every((event) => event.simulated),
  );
  t.ok(told.calls.every(({ apiProvider }) => apiProvider.endsWith('-simulated')));
  t.ok(sources.stats.every(({ isOn, fault }) => isOn && fault === null));
});

t.test('real prices take nothing of a demo exchange, wherever it stands', async (t) => {
  const demo = await startDemoExchange({ seed: 5 });
  t.teardown(() => demo.close());
  const { told } = await start(t, {
    derivativesUrl: `${demo.url}/usdm`,
    urls: new Map([
      ['fear_greed', `${demo.url}/alternative-me`],
      ['global_market', `${demo.url}/coingecko/api/v3`],
      ['stooq', `${demo.url}/stooq`],
      ['fred', `${demo.url}/fred`],
    ]),
    onChainSource: `${demo.url}/figures/on_chain.json`,
    trendsSource: `${demo.url}/figures/google_trends.json`,
  });
  await until('all have failed', () => new Set(told.of('state').map(({ source }) => source)).size === 6);
  t.ok(
    told
      .of('state')
      .every(({ fault }) => /simulated figures, which do not go with real prices/.test(fault ?? '')),
  );
  t.same([...told.of('reading'), ...told.of('series'), ...told.of('coins'), ...told.of('liquidation')], []);
});

t.test('simulated prices of which nobody knows the origin go without figures', async (t) => {
  const { told, sources } = await start(t, { isSimulated: true });
  t.ok(sources.stats.every(({ isOn }) => !isOn));
  t.equal(told.of('state').length, 6);
  t.equal(told.calls.length, 0);
});

t.test('nothing is told after a stop, and nothing is left', async (t) => {
  const demo = await startDemoExchange({ seed: 5 });
  const settings = {
    isSimulated: true,
    simulatedOrigin: demo.url,
    urls: new Map(),
    derivativesUrl: undefined,
  };
  const { told, sources, book } = await start(t, settings);
  await until('liquidations are heard', () => book.watchingSince !== null);
  demo.control({ action: 'slow', ms: 60_000 });
  await until('a request hangs', () => sources.stats.some(({ nextTryAt }) => nextTryAt === null));
  await sources.stop();
  const count = told.events.length;
  await until('the stream is gone', () => demo.status().connections === 0);
  t.equal(told.events.length, count);
  await sources.stop();
  await demo.close();
});

t.test('a liquidation that comes while it stops is not told', async (t) => {
  const stub = await startProviderStub();
  stub.answer('/fapi/v1/exchangeInfo', { body: sourceFixture('binanceusdm-exchange-info') });
  const stream = await startForceOrderStub(stub.url);
  t.teardown(async () => {
    await stream.close();
    await stub.close();
  });
  const { told, sources } = await start(t, { sources: ['derivatives'], derivativesUrl: stream.url });
  const message = sourceFixture('binanceusdm-force-order');
  await until('the stream is open', () => stream.topics.length > 0);
  stream.send(message);
  await until('one is heard', () => told.of('liquidation').length === 1);
  const order = structuredClone(message) as { o: Record<string, unknown> };
  stream.sendAtOnce([1, 2, 3].map((l) => ({ ...order, o: { ...order.o, l: String(l) } })));
  await sources.stop();
  t.equal(told.of('liquidation').length, 1);
});
