import t from 'tap';
import type { ExternalName } from '../../../../src/engine/analysis/external-book.js';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import { Gaps } from '../../../../src/engine/analysis/gaps.js';
import { FiguresRead } from '../../../../src/engine/analysis/metrics/figures-read.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2025, 5, 3, 12);

function read(different: {
  simulated?: boolean;
  prices?: boolean;
  value?: number;
  asOf?: number;
  seen?: ExternalName[];
}) {
  const external = new ExternalBook();
  const { simulated = false, prices = false, value = 91_000, asOf = NOW - 7 * MINUTE, seen = [] } = different;
  external.set({
    name: 'open_interest_btc',
    value,
    asOf,
    receivedAt: asOf + 3_000,
    provider: 'test',
    simulated,
  });
  const gaps = new Gaps();
  const figures = new FiguresRead(external, NOW, prices, new Set(seen), gaps);
  return { found: figures.figure('open_interest_btc', 'open_interest_btc'), figures, gaps };
}

t.test('gives a figure, when it was received and how old it is', async (t) => {
  const { found, figures, gaps } = read({});
  t.equal(found, 91_000);
  t.equal(figures.oldestMinutes, 7);
  t.same(figures.received, { first: NOW - 7 * MINUTE + 3_000, last: NOW - 7 * MINUTE + 3_000 });
  t.same([figures.errors, figures.stale, gaps.missing, gaps.missingSources], [[], [], {}, []]);
  t.equal(figures.given('open_interest_btc')?.value, 91_000);
  t.equal(figures.given('sp500'), null);
});

t.test('one that is too old is null with its reason; its source is stale if it was ever read', async (t) => {
  const { found, figures, gaps } = read({ asOf: NOW - 61 * MINUTE, seen: ['open_interest_btc'] });
  t.equal(found, null);
  t.same(gaps.missingSources, ['derivatives']);
  t.match(gaps.missing, { open_interest_btc: /derivatives is late: .* 2025-06-03T10:59/ });
  t.same(figures.stale, ['derivatives']);
  t.equal(figures.received, null);
  t.same(read({ asOf: NOW - 61 * MINUTE }).figures.stale, []);
});

t.test('one of a later moment is not seen', async (t) => {
  t.equal(read({ asOf: NOW + 1 }).found, null);
});

t.test('one that is out of its bounds is null, and an error', async (t) => {
  for (const value of [-1, 2e9, Number.NaN, Number.POSITIVE_INFINITY]) {
    const { found, figures, gaps } = read({ value });
    t.equal(found, null);
    t.equal(figures.errors.length, 1);
    t.match(figures.errors, [/open_interest_btc is .* out of 0 to 1000000000/]);
    t.same(gaps.missingSources, ['derivatives']);
    t.equal(figures.given('open_interest_btc'), null);
  }
});

t.test('simulated figures stand beside simulated prices only', async (t) => {
  t.equal(read({ simulated: true, prices: true }).found, 91_000);
  const { found, figures } = read({ simulated: true, prices: false });
  t.equal(found, null);
  t.match(figures.errors, [/simulated/]);
});
