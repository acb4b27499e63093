import t, { type Test } from 'tap';
import { createFearGreed } from '../../../src/feeds/sources/fear-greed.js';
import { MAX_TRIES } from '../../../src/feeds/sources/poller.js';
import { type StubReply, sourceFixture, startProviderStub } from '../../support/provider-stub.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

const NOW = Date.parse('2019-02-26T06:00:00Z');

async function ask(t: Test, ...replies: readonly StubReply[]) {
  const stub = await startProviderStub();
  stub.answer('/fng/', ...replies);
  const told = toldEvents({ now: () => NOW });
  const source = createFearGreed(told.context, 'alternative_me', stub.url);
  t.teardown(async () => {
    await source.stop();
    await stub.close();
  });
  return { stub, told, source };
}

t.test('the newest value becomes a reading of its day', async (t) => {
  const { stub, told, source } = await ask(t, { body: sourceFixture('fear-greed') });
  await until('it has come', () => told.events.length > 0);
  await source.stop();
  t.strictSame(told.of('reading')[0]?.reading, {
    name: 'fear_greed_index',
    value: 40,
    asOf: Date.parse('2019-02-26T05:00:00Z'),
    receivedAt: NOW,
    provider: 'alternative_me',
    simulated: false,
  });
  t.equal(stub.requests[0]?.query.get('limit'), '1');
  t.match(source.stats, { source: 'fear_greed', isOn: true, fault: null, failures: 0, lastSuccessAt: NOW });
});

const [good] = (sourceFixture('fear-greed') as { data: readonly object[] }).data;
const BROKEN: Readonly<Record<string, unknown>> = {
  'no list': { name: 'Fear and Greed Index' },
  'an empty list': { data: [] },
  null: null,
  'a null value': { data: [{ ...good, value: null }] },
  'a word for a value': { data: [{ ...good, value: 'Fear' }] },
  'an empty value': { data: [{ ...good, value: '' }] },
  'a value out of its bounds': { data: [{ ...good, value: '140' }] },
  'a negative value': { data: [{ ...good, value: '-1' }] },
  'a time in minutes': { data: [{ ...good, timestamp: '25852620' }] },
  'a time in ms': { data: [{ ...good, timestamp: '1551157200000' }] },
  'a time to come': { data: [{ ...good, timestamp: String(NOW / 1_000 + 86_400) }] },
};

for (const [name, body] of Object.entries(BROKEN)) {
  t.test(`${name} makes no reading, and is told once`, async (t) => {
    const { told, source } = await ask(t, { body: JSON.stringify(body) });
    await until('all tries are over', () => source.stats.failures >= MAX_TRIES);
    await source.stop();
    t.same(told.of('reading'), []);
    t.equal(told.of('state').length, 1);
    t.match(told.fault(), /^\(alternative_me\) (answered with something else than documented|says that)/);
    t.match(source.stats, { lastSuccessAt: null, lastFaultAt: NOW });
  });
}

t.test('a source that comes back says so', async (t) => {
  const { told, source } = await ask(t, { status: 500 }, { body: sourceFixture('fear-greed') });
  await until('it works', () => told.of('reading').length > 0);
  await source.stop();
  t.same(
    told.of('state').map(({ fault }) => fault),
    ['(alternative_me) answered with 500: ""', null],
  );
  t.same(
    told.calls.slice(0, 2).map(({ responseStatus }) => responseStatus),
    [500, 200],
  );
});
