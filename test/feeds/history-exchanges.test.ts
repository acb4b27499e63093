import { pino } from 'pino';
import t from 'tap';
import type { CcxtClient } from '../../src/feeds/ccxt-client.js';
import { newCounters } from '../../src/feeds/counters.js';
import { ExchangeClock } from '../../src/feeds/exchange-clock.js';
import { History } from '../../src/feeds/history.js';
import { Rest } from '../../src/feeds/rest.js';
import { DAY_MS, HOUR_MS } from '../../src/timeframe.js';

/*
 * Ways of exchanges that the demo exchange does not have: each is what one of them was seen to do, in the shape that
 * ccxt gives it.
 */

/** A Thursday, as 1970-01-01. */
const THURSDAY = Date.UTC(2026, 0, 1);
const MONDAY = THURSDAY + 4 * DAY_MS;
const NOW = MONDAY + 30 * DAY_MS + HOUR_MS;

type Fetch = (timeframe: string, since: number, limit: number) => readonly unknown[];

function historyOf(fetch: Fetch, asked: string[] = []): History {
  const client = {
    id: 'other',
    has: {},
    timeframes: { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '4h': 240, '1d': 1_440, '1w': 10_080 },
    fetchOHLCV: async (_symbol: string, timeframe: string, since: number, limit: number) => {
      asked.push(timeframe);
      return fetch(timeframe, since, limit);
    },
  };
  const clock = (): number => NOW;
  return new History({
    client: client as unknown as CcxtClient,
    rest: new Rest({
      concurrency: 2,
      clock,
      random: () => 0,
      counters: newCounters(),
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
    }),
    exchangeClock: new ExchangeClock(clock),
    clock,
    closeGraceMs: 1_500,
    pageLimit: () => 500,
    amountDecimals: () => 2,
  });
}

/** Candles of so many ms from `origin` on; the volume of each is its length in hours. */
function candles(origin: number, stepMs: number, since: number): readonly unknown[] {
  const rows: unknown[] = [];
  const first = origin + Math.max(0, Math.ceil((since - origin) / stepMs)) * stepMs;
  for (let time = first; time < NOW; time += stepMs) rows.push([time, 1, 2, 0.5, 1, stepMs / HOUR_MS]);
  return rows;
}

t.test('weeks that begin on a Thursday are made of days instead', async (t) => {
  const asked: string[] = [];
  const history = historyOf(
    (timeframe, since) =>
      timeframe === '1w'
        ? candles(THURSDAY - 70 * DAY_MS, 7 * DAY_MS, since)
        : candles(MONDAY, DAY_MS, since),
    asked,
  );
  const weeks = await history.closed('A/B', '1w', MONDAY, NOW);
  t.same(
    weeks.map(({ time, volume }) => [time, volume]),
    [0, 7, 14, 21].map((days) => [MONDAY + days * DAY_MS, 168]),
  );
  await history.closed('A/B', '1w', MONDAY, NOW);
  t.same(asked, ['1w', '1d', '1d'], 'and they are asked for once only');
});

t.test('days that begin at the midnight of another place are made of hours instead', async (t) => {
  const history = historyOf((timeframe, since) =>
    timeframe === '1d' ? candles(MONDAY - 8 * HOUR_MS, DAY_MS, since) : candles(MONDAY, 4 * HOUR_MS, since),
  );
  const days = await history.closed('A/B', '1d', MONDAY, MONDAY + 3 * DAY_MS);
  t.same(
    days.map(({ time, volume }) => [time, volume]),
    [0, 1, 2].map((day) => [MONDAY + day * DAY_MS, 24]),
  );
});

t.test(
  'a candle of whose beginning the exchange knows nothing any more is left out, not shown in part',
  async (t) => {
    // The newest 28 days are all that it gives, whatever is asked for: they begin in the middle of a week.
    const oldest = MONDAY + 3 * DAY_MS;
    const history = historyOf((timeframe, since) =>
      timeframe === '1d' ? candles(oldest, DAY_MS, since) : candles(THURSDAY, 7 * DAY_MS, since),
    );
    const weeks = await history.closed('A/B', '1w', MONDAY - 70 * DAY_MS, NOW);
    t.same(
      weeks.map(({ time, volume }) => [time, volume]),
      [7, 14, 21].map((days) => [MONDAY + days * DAY_MS, 168]),
    );
  },
);

t.test('an answer over which ccxt stumbles is a failure of the exchange, no programming error', async (t) => {
  const history = historyOf(() => (undefined as unknown as { rows: unknown[] }).rows);
  const failure = await history.page('A/B', '1m', MONDAY, 10, { urgent: true, retries: 0 }).then(
    () => null,
    (error: unknown) => error,
  );
  t.match(failure, { name: 'Error', message: /^other answered what cannot be read: / });
});
