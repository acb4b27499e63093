import t from 'tap';
import { ExactObv, WINDOW } from '../../soak/batch.js';
import { MARKETS, type Market } from '../../soak/markets.js';
import { faultsOf, soak } from '../../soak/soak.js';

const CANDLES = 4 * WINDOW;

for (const market of MARKETS) {
  t.test(`a short soak finds no fault: ${market.name}`, async (t) => {
    const report = soak(market, { candles: CANDLES, checkEvery: 3_331 });
    t.same(faultsOf(report), []);
    t.equal(report.checks, 7);
    t.ok(report.worst.length >= 25);
  });
}

t.test('candles that break a value are told', async (t) => {
  const broken: Market = {
    name: 'broken',
    share: 1,
    create: () => (index) => {
      const close = index === 500 ? Number.NaN : 100 + (index % 7);
      return { time: index * 60_000, open: close, high: close, low: close, close, volume: 1 };
    },
  };
  const faults = faultsOf(
    soak(broken, { candles: WINDOW, checkEvery: WINDOW, indicators: [{ name: 'sma', period: 20 }] }),
  );
  t.ok(faults.includes('broken: candle 500: sma_20 is NaN'));
});

t.test('a value that remembers what its batch does not know is told as drift', async (t) => {
  // An average over more candles than the window holds: as one that never forgets.
  const market = MARKETS[0] as Market;
  const report = soak(market, {
    candles: CANDLES,
    checkEvery: 3_331,
    indicators: [{ name: 'ema', period: 9_000 }],
  });
  t.match(faultsOf(report)[0], /ema_9000 is .* formula gives/);
});

t.test('a soak that compares nothing is no success', async (t) => {
  const report = soak(MARKETS[0] as Market, { candles: 1_000, checkEvery: 100 });
  t.same(faultsOf(report), ['calm and wild by turns: nothing was compared']);
});

t.test('the exact on-balance volume keeps a small flow beside a large one', async (t) => {
  const obv = new ExactObv();
  const candle = (close: number, volume: number) => ({ time: 0, open: 1, high: 9, low: 1, close, volume });
  obv.add(candle(1, 1e20));
  obv.add(candle(2, 1));
  obv.add(candle(1, 1e20));
  t.equal(obv.value, 1);
});
