import t from 'tap';
import { readiness } from '../../src/app/readiness.js';
import type { Feed, FeedStatus } from '../../src/feeds/feed.js';

type Parts = Parameters<typeof readiness>[0];

/** What is looked at of a feed. */
function feed(exchange: string, connected: boolean, symbols: readonly string[]): Feed {
  const status: Pick<FeedStatus, 'connected' | 'symbols'> = {
    connected,
    symbols: symbols.map((symbol, asset) => ({
      symbol,
      asset,
      lastMessageAt: 1,
      lagMs: 1,
      sealedTo: 1,
      gap: null,
    })),
  };
  return { exchange, status: () => status } as unknown as Feed;
}

function asked(different: Partial<Parts>): string | null {
  return readiness({
    loadState: { total: 1, live: 1, failed: new Map() },
    feeds: [feed('demo', true, ['BTC/USDT'])],
    writer: { stats: { isHealthy: true, lastError: null } },
    isSimulated: true,
    ...different,
  }).notReady();
}

t.test('a server is ready when feeds are connected, writes succeed and all history is loaded', async (t) => {
  t.equal(asked({}), null);
  t.equal(asked({ feeds: [] }), null);
});

t.test('a feed that lost its connection is named', async (t) => {
  const feeds = [feed('binance', true, ['BTC/USDT']), feed('kraken', false, ['ETH/EUR'])];
  t.equal(asked({ feeds }), 'kraken is not connected');
});

t.test('a feed whose symbols are all served by another needs no connection', async (t) => {
  t.equal(asked({ feeds: [feed('binance', true, ['BTC/USDT']), feed('kraken', false, [])] }), null);
});

t.test('a database that does not take writes is told with the reason', async (t) => {
  t.equal(
    asked({ writer: { stats: { isHealthy: false, lastError: 'disk full' } } }),
    'the database does not take writes: disk full',
  );
});

t.test(
  'symbols without history are told: those on their way by number, those given up by name',
  async (t) => {
    t.equal(
      asked({ loadState: { total: 3, live: 1, failed: new Map() } }),
      'history of 2 of 3 symbols is being loaded',
    );
    t.equal(
      asked({ loadState: { total: 2, live: 1, failed: new Map([['A/B', 'not found']]) } }),
      'A/B has no history: not found',
    );
  },
);

t.test('everything that is missing is told at once', async (t) => {
  const told = asked({
    loadState: { total: 3, live: 1, failed: new Map([['A/B', 'no']]) },
    feeds: [feed('demo', false, ['A/B'])],
    writer: { stats: { isHealthy: false, lastError: 'away' } },
  });
  t.equal(told?.split('; ').length, 4, told ?? '');
});
