import t, { type Test } from 'tap';
import { readDailyCsv } from '../../../src/feeds/sources/daily-csv.js';
import { createMacro } from '../../../src/feeds/sources/macro.js';
import { BadAnswer } from '../../../src/feeds/sources/source.js';
import {
  type ProviderStub,
  type StubReply,
  startProviderStub,
  tableFixture,
} from '../../support/provider-stub.js';
import { type ToldEvents, toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

const NOW = Date.parse('2025-01-31T15:00:00Z');
const day = (text: string): number => Date.parse(text);
const COLUMNS = { date: ['Date'], close: 'Close', none: [], min: 1, max: 10_000 };

const SPX = { body: tableFixture('stooq-spx', '\r\n') };
const GOLD = { body: tableFixture('stooq-xauusd', '\r\n') };

interface Site {
  readonly stooq: ProviderStub;
  readonly fred: ProviderStub;
  readonly told: ToldEvents;
}

/** Providers that know nothing but what is given. */
async function start(
  t: Test,
  first: 'stooq' | 'fred',
  given: { readonly stooq?: Record<string, StubReply>; readonly fred?: Record<string, StubReply> },
): Promise<Site> {
  const stooq = await startProviderStub();
  const fred = await startProviderStub();
  for (const [code, reply] of Object.entries(given.stooq ?? {})) stooq.answer(`/q/d/l/?s=${code}`, reply);
  stooq.answer('/q/d/l/', { body: 'No data' });
  for (const [code, reply] of Object.entries(given.fred ?? {}))
    fred.answer(`/graph/fredgraph.csv?id=${code}`, reply);
  const told = toldEvents({ now: () => NOW });
  const places = [
    { name: 'stooq', provider: 'stooq', baseUrl: stooq.url },
    { name: 'fred', provider: 'fred', baseUrl: fred.url },
  ] as const;
  const source = createMacro(told.context, first === 'stooq' ? places : places.toReversed());
  t.teardown(async () => {
    await source.stop();
    await Promise.all([stooq.close(), fred.close()]);
  });
  return { stooq, fred, told };
}

const seriesOf = ({ told }: Site, name: string) => told.of('series').find((event) => event.name === name);
const readingOf = ({ told }: Site, name: string) =>
  told.of('reading').find(({ reading }) => reading.name === name)?.reading;

t.test('a table of Stooq becomes closes of days that are over, and the newest a reading', async (t) => {
  const site = await start(t, 'stooq', { stooq: { '^spx': SPX } });
  await until('it has come', () => readingOf(site, 'sp500') !== undefined);
  t.strictSame(seriesOf(site, 'sp500'), {
    type: 'series',
    name: 'sp500',
    closes: [
      { day: day('2025-01-28'), close: 6067.7 },
      { day: day('2025-01-29'), close: 6039.31 },
      { day: day('2025-01-30'), close: 6071.17 },
    ],
    provider: 'stooq ^spx',
    simulated: false,
  });
  t.strictSame(readingOf(site, 'sp500'), {
    name: 'sp500',
    value: 6071.17,
    asOf: day('2025-01-31'),
    receivedAt: NOW,
    provider: 'stooq ^spx',
    simulated: false,
  });
  const { query } = site.stooq.requests[0] ?? {};
  t.equal(query?.get('d2'), '20250131');
  t.equal(query?.get('d1'), '20231228', 'some 400 days back');
});

t.test('tables of FRED, old and new, leave days without a value out', async (t) => {
  const site = await start(t, 'fred', {
    fred: {
      DGS10: { body: tableFixture('fred-dgs10') },
      VIXCLS: { body: tableFixture('fred-vixcls-old') },
    },
  });
  await until('they have come', () => readingOf(site, 'us_10y') !== undefined);
  t.strictSame(seriesOf(site, 'us_10y')?.closes, [
    { day: day('2025-01-17'), close: 4.61 },
    { day: day('2025-01-21'), close: 4.57 },
    { day: day('2025-01-22'), close: 4.6 },
  ]);
  t.strictSame(seriesOf(site, 'vix')?.closes, [
    { day: day('2025-01-28'), close: 16.41 },
    { day: day('2025-01-30'), close: 15.84 },
  ]);
});

t.test('what the first provider lacks comes of the second, and says so', async (t) => {
  const site = await start(t, 'stooq', {
    stooq: { xauusd: GOLD },
    fred: { SP500: { body: tableFixture('fred-sp500') }, VIXCLS: { body: tableFixture('fred-vixcls-old') } },
  });
  await until('they have come', () => readingOf(site, 'vix') !== undefined);
  t.match(readingOf(site, 'sp500'), { value: 6071.17, provider: 'fred SP500' });
  t.match(readingOf(site, 'gold'), { value: 2794.45, provider: 'stooq xauusd' });
  t.match(readingOf(site, 'vix'), { value: 15.84, provider: 'fred VIXCLS' });
});

t.test('FRED has no gold: it comes of Stooq', async (t) => {
  const site = await start(t, 'fred', { stooq: { xauusd: GOLD }, fred: {} });
  await until('it has come', () => readingOf(site, 'gold') !== undefined);
  t.equal(readingOf(site, 'gold')?.provider, 'stooq xauusd');
});

t.test('the broad dollar index never stands in for the DXY, but may be chosen', async (t) => {
  const fred = { DTWEXBGS: { body: tableFixture('fred-dtwexbgs') } };
  const filled = await start(t, 'stooq', { fred });
  await until('all was asked', () => filled.told.of('state').length > 0 && filled.fred.requests.length >= 3);
  t.equal(readingOf(filled, 'dxy'), undefined);
  t.notOk(filled.fred.requests.some(({ query }) => query.get('id') === 'DTWEXBGS'));
  const chosen = await start(t, 'fred', { fred });
  await until('it has come', () => readingOf(chosen, 'dxy') !== undefined);
  t.match(readingOf(chosen, 'dxy'), { value: 129.2208, provider: 'fred DTWEXBGS' });
});

t.test('what has come is not asked for again because another has not', async (t) => {
  const site = await start(t, 'stooq', { stooq: { '^spx': SPX } });
  const asked = (code: string): number =>
    site.stooq.requests.filter(({ query }) => query.get('s') === code).length;
  await until('a second try', () => asked('^vix') >= 2);
  t.equal(asked('^spx'), 1);
  t.match(site.told.fault(), /^\(stooq\) gold: stooq has no xauusd$/);
});

t.test('a daily limit of Stooq is a refusal, although it comes with 200', async (t) => {
  const site = await start(t, 'stooq', { stooq: { '^spx': { body: 'Exceeded the daily hits limit' } } });
  await until('it is told', () => site.told.fault() !== undefined);
  t.match(site.told.fault(), /sp500: stooq says that its daily limit is exceeded; fred answered with 404/);
});

t.test('nothing of a broken table is taken', async (t) => {
  const head = 'Date,Open,High,Low,Close,Volume';
  const row = '2025-01-28,1,1,1,60,5';
  const broken: Readonly<Record<string, string>> = {
    'a page of HTML': '<html><body>Service Unavailable</body></html>',
    nothing: '',
    'a head alone': head,
    'days that are not over alone': `${head}\n2025-01-31,1,1,1,60,5`,
    'a row that is cut off': `${head}\n${row}\n2025-01-29,1,1`,
    'a day that there is not': `${head}\n2025-02-30,1,1,1,60,5`,
    'another way to write days': `${head}\n28.01.2025,1,1,1,60,5`,
    'a word for a close': `${head}\n2025-01-28,1,1,1,N/D,5`,
    'no close': `${head}\n2025-01-28,1,1,1,,5`,
    'a close in cents': `${head}\n2025-01-28,1,1,1,606770,5`,
    'a close of nothing': `${head}\n2025-01-28,1,1,1,0,5`,
    'rows in disorder': `${head}\n2025-01-29,1,1,1,60,5\n${row}`,
    'a day twice': `${head}\n${row}\n${row}`,
  };
  for (const [name, text] of Object.entries(broken))
    t.throws(() => readDailyCsv(text, COLUMNS, NOW), BadAnswer, name);
  t.same(readDailyCsv(`${head}\n${row}`, COLUMNS, NOW), [{ day: day('2025-01-28'), close: 60 }]);
});

t.test('a day is taken as soon as it is over, not before', async (t) => {
  const text = 'Date,Close\n2025-01-30,60\n2025-01-31,61';
  const end = day('2025-02-01');
  t.equal(readDailyCsv(text, COLUMNS, end - 1).length, 1);
  t.equal(readDailyCsv(text, COLUMNS, end).length, 2);
});
