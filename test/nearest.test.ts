import t from 'tap';
import { nearestHint, nearestNames } from '../src/nearest.js';

t.test('nearest names come by edit distance, then by name, whatever their case', async (t) => {
  t.same(nearestNames('btc/usd', ['ETH/EUR', 'BTC/USDT', 'BTC/USDC', 'BTC/EUR', 'LTC/USDT']), [
    'BTC/USDC',
    'BTC/USDT',
    'LTC/USDT',
  ]);
  t.same(nearestNames('BTC/USDC', ['XTC/USDX', 'BTC/USDT'], 1), ['BTC/USDT']);
  t.same(nearestNames('binanse', ['bitstamp', 'binanceus', 'binance']), ['binance', 'binanceus']);
});

t.test('a name differs in at most a third of its letters, inserted, left out or changed', async (t) => {
  t.same(nearestNames('kitten', ['sitting']), [], 'three letters of seven');
  t.same(nearestNames('kittens', ['sittings']), [], 'three letters of eight');
  t.same(nearestNames('the kittens', ['the sittings']), ['the sittings'], 'three letters of twelve');
  t.same(nearestNames('okex', ['okx', 'kex2']), ['okx']);
  t.same(nearestNames('QQQQQQQQQQ', ['BTC/USDT']), []);
});

t.test('a part of a name finds it, nothing finds none, and a long text is no match', async (t) => {
  t.same(nearestNames('doge', ['BTC/USDT', 'DOGE/USDT']), ['DOGE/USDT']);
  t.same(nearestNames('', ['BTC/USDT']), []);
  t.same(nearestNames('BTC/USDT'.repeat(1_000), ['BTC/USDT']), []);
});

t.test('a hint ends a message, or is nothing', async (t) => {
  t.equal(nearestHint('BTC/USDZ', ['BTC/USDT', 'BTC/USDC']), '; nearest: BTC/USDC, BTC/USDT');
  t.equal(nearestHint('QQQQ', ['BTC/USDT']), '');
});
