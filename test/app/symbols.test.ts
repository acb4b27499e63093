import t from 'tap';
import { assignSymbols } from '../../src/app/symbols.js';
import { OperatorError } from '../../src/errors.js';
import type { Feed } from '../../src/feeds/feed.js';
import type { Market } from '../../src/market.js';
import { nearestNames } from '../../src/nearest.js';

/** A feed that can be asked what it lists, and nothing else. */
function lister(exchange: string, listed: readonly string[]): Feed {
  const market = (symbol: string): Market => {
    const [base = '', quote = ''] = symbol.split(/[/:]/);
    return { exchange, symbol, base, quote, amountDecimals: 8, simulated: exchange === 'demo' };
  };
  const unused = (): never => {
    throw new Error('not asked for here');
  };
  return {
    exchange,
    dataSource: exchange,
    simulated: exchange === 'demo',
    listed: () => listed,
    markets: (symbols) => ({
      found: symbols.filter((symbol) => listed.includes(symbol)).map(market),
      unknown: symbols
        .filter((symbol) => !listed.includes(symbol))
        .map((symbol) => ({ symbol, nearest: nearestNames(symbol, listed) })),
    }),
    connect: unused,
    watch: unused,
    history: unused,
    release: unused,
    unwatch: unused,
    now: unused,
    status: unused,
    close: unused,
  };
}

const binance = lister('binance', [
  'ETH/USDT',
  'BTC/USDT',
  'BTC/USDC',
  'SOL/USDC',
  'PEPE/USDT',
  'BTC/USDT:USDT',
]);
const kraken = lister('kraken', ['BTC/USD', 'ETH/EUR', 'BTC/USDT', 'DOGE/USD']);
const demo = lister('demo', ['BTC/USDT', 'DEMO/USDT']);

function assigned(feeds: readonly Feed[], wanted?: readonly string[]): readonly string[] {
  return assignSymbols(feeds, wanted).map(({ feed, market }) => `${feed.exchange} ${market.symbol}`);
}

function refusal(feeds: readonly Feed[], wanted?: readonly string[]): readonly string[] {
  try {
    return ['not refused', ...assigned(feeds, wanted)];
  } catch (error) {
    if (error instanceof OperatorError) return error.message.split('\n');
    throw error;
  }
}

t.test('a symbol is taken from the first exchange that lists it', async (t) => {
  t.same(assigned([binance, kraken], ['BTC/USD', 'BTC/USDT']), ['kraken BTC/USD', 'binance BTC/USDT']);
  t.same(assigned([kraken, binance], ['BTC/USDT']), ['kraken BTC/USDT']);
});

t.test('an exchange named before the symbol is the one that serves it', async (t) => {
  t.same(assigned([binance, kraken], ['kraken:BTC/USDT', 'ETH/USDT']), [
    'kraken BTC/USDT',
    'binance ETH/USDT',
  ]);
  t.same(assigned([binance], ['binance:BTC/USDT:USDT']), ['binance BTC/USDT:USDT']);
});

t.test('the colon of a derivative names no exchange', async (t) => {
  t.same(assigned([binance], ['BTC/USDT:USDT', 'BTC/USDT']), ['binance BTC/USDT:USDT', 'binance BTC/USDT']);
});

t.test('a symbol that nobody lists is refused with the nearest that exist', async (t) => {
  t.same(refusal([binance], ['BTC/USTD']), [
    'BTC/USTD is not listed by binance; nearest: BTC/USDC, BTC/USDT',
  ]);
  t.match(refusal([binance], ['btc/usdt'])[0], /^btc\/usdt is not listed by binance; nearest: BTC\/USDT/);
  t.match(
    refusal([binance, kraken], ['ETH/EUT'])[0],
    /^ETH\/EUT is not listed by binance, kraken; .*ETH\/EUR/,
  );
  t.same(
    refusal([binance], ['1234567890/XXXXXXXX']),
    ['1234567890/XXXXXXXX is not listed by binance'],
    'nothing is near',
  );
});

t.test('a symbol that only another exchange lists is refused if one is named', async (t) => {
  t.same(refusal([binance, kraken], ['binance:ETH/EUR']), ['ETH/EUR is not listed by binance']);
});

t.test('an exchange that is not configured is refused with those that are', async (t) => {
  t.same(refusal([binance, kraken], ['bybit:BTC/USDT']), [
    'bybit:BTC/USDT: --exchange does not name bybit; it is binance, kraken',
  ]);
});

t.test('a symbol that is named twice is refused: prices of two exchanges never mix', async (t) => {
  t.same(refusal([binance, kraken], ['BTC/USDT', 'kraken:BTC/USDT']), [
    'kraken:BTC/USDT: BTC/USDT is named twice; one exchange serves it, so name that one',
  ]);
});

t.test('all mistakes are told at once', async (t) => {
  const faults = refusal([binance], ['BTC/USTD', 'ETH/USDT', 'kraken:ETH/EUR', 'binance:ETH/USDT']);
  t.equal(faults.length, 3);
});

t.test('without symbols all of the demo exchange are served', async (t) => {
  t.same(assigned([demo]), ['demo BTC/USDT', 'demo DEMO/USDT']);
});

t.test(
  'without symbols the largest coins of a live exchange are served, in the best quote that it lists',
  async (t) => {
    t.same(assigned([binance]), ['binance BTC/USDT', 'binance ETH/USDT', 'binance SOL/USDC']);
    t.same(assigned([kraken]), ['kraken BTC/USDT', 'kraken ETH/EUR', 'kraken DOGE/USD']);
  },
);

t.test('without symbols several exchanges serve each symbol once', async (t) => {
  t.same(assigned([demo, kraken]), ['demo BTC/USDT', 'demo DEMO/USDT', 'kraken ETH/EUR', 'kraken DOGE/USD']);
});

t.test('an exchange that lists none of the largest coins asks for symbols', async (t) => {
  t.same(refusal([lister('tiny', ['XYZ/ABC'])]), [
    'tiny lists none of the default coins: name some with --symbols',
  ]);
});
