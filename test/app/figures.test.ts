import t from 'tap';
import { assetFigures } from '../../src/app/figures.js';
import { ServedAsset } from '../../src/app/served-asset.js';
import { Engine } from '../../src/engine/engine.js';
import type { CoinFigures } from '../../src/external-events.js';
import type { PriceHistory } from '../../src/store/repositories/price-history.js';
import { RecordingSink } from '../engine/recording-sink.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** A Wednesday: day, week and month begin apart. */
const TODAY = Date.UTC(2024, 3, 17);
const MONTH = Date.UTC(2024, 3, 1);
const NOW = TODAY + 10 * MINUTE;

/** An engine with one asset that knows `days` closed days before today, then trades at these prices. */
function site(prices: readonly number[], days: readonly { high: number; low: number }[] = []) {
  const engine = new Engine();
  const asset = engine.addAsset({ amountDecimals: 8, simulated: false });
  days.forEach(({ high, low }, index) => {
    const time = TODAY - (days.length - index) * DAY;
    const candle = { time, open: low, high, low, close: high, volume: 1, tradeCount: null, vwap: null };
    engine.seed(asset, 5, [candle], 'history');
  });
  const sink = new RecordingSink(engine);
  engine.goLive(asset, TODAY, sink);
  prices.forEach((price, index) => {
    const time = TODAY + index;
    engine.process(
      { type: 'trade', asset, id: `${index}`, time, price, amount: 1, side: null, receivedAt: NOW },
      sink,
    );
  });
  const market = { exchange: 'x', symbol: 'A/B', base: 'A', quote: 'B', amountDecimals: 8, simulated: false };
  return { engine, served: [new ServedAsset(market, asset, 5, 'x')] };
}

const PAST: PriceHistory = {
  assetId: 5,
  close7d: 80,
  close30d: 200,
  high: 300,
  highTime: MONTH - 10 * DAY,
  low: 10,
  lowTime: MONTH - 20 * DAY,
};

function figures(
  prices: readonly number[],
  past: Partial<PriceHistory> | null,
  days?: { high: number; low: number }[],
  coin: CoinFigures | null = null,
) {
  const { engine, served } = site(prices, days);
  const history = new Map(past === null ? [] : [[5, { ...PAST, ...past }]]);
  return assetFigures(engine, served, history, (base) => (base === 'A' ? coin : null));
}

t.test('changes are percents of the price before, extremes those of history', async (t) => {
  t.same(figures([90, 100], {}), [
    {
      assetId: 5,
      currentPrice: 100,
      priceChange24h: null,
      priceChange7d: 25,
      priceChange30d: -50,
      ath: 300,
      athDate: MONTH - 10 * DAY,
      atl: 10,
      atlDate: MONTH - 20 * DAY,
      lastPriceUpdate: TODAY + 1,
      marketCap: null,
      marketCapRank: null,
      totalVolume: null,
    },
  ]);
});

t.test('a price beyond history is the new extreme, of today', async (t) => {
  t.match(figures([301, 100], {}), [{ ath: 301, athDate: TODAY, atl: 10 }]);
  t.match(figures([9, 100], {}), [{ ath: 300, atl: 9, atlDate: TODAY }]);
});

t.test('a price that only equals the extreme leaves it where it was', async (t) => {
  t.match(figures([300, 10], {}), [
    { ath: 300, athDate: MONTH - 10 * DAY, atl: 10, atlDate: MONTH - 20 * DAY },
  ]);
});

t.test('what is not known is null, never zero', async (t) => {
  const unknown = { close7d: null, close30d: null, high: null, highTime: null, low: null, lowTime: null };
  const nothing = {
    priceChange7d: null,
    priceChange30d: null,
    ath: null,
    athDate: null,
    atl: null,
    atlDate: null,
  };
  t.match(figures([100], unknown), [nothing], 'whatever forms now: older prices are not known');
  t.match(figures([100], null), [nothing]);
});

t.test('an asset without a price has no figures', async (t) => {
  t.same(figures([], {}), []);
});

t.test('what a coin is worth is told as its source tells it, and null without one', async (t) => {
  const coin = { base: 'A', marketCap: 5e9, rank: 12, totalVolume: null, circulatingSupply: 1, asOf: TODAY };
  t.match(figures([90, 100], {}, [], coin), [{ marketCap: 5e9, marketCapRank: 12, totalVolume: null }]);
  t.match(figures([90, 100], {}), [{ marketCap: null, marketCapRank: null, totalVolume: null }]);
});
