import t from 'tap';
import { seasonality } from '../../../../src/engine/analysis/metrics/seasonality.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { MadeMarket, recorded } from './made-frames.js';

const months = recorded('BTC-USDT_1M');

t.test(
  'a month is worth what earlier months of its name gave, the running one left out',
  skipWithoutRecord(),
  async (t) => {
    const market = new MadeMarket(['BTC/USDT']);
    for (const candle of months) market.push(0, '1M', candle);
    for (let month = 0; month < 12; month++) {
      const candleTime = Date.UTC(2025, month, 15);
      const frame = { ...market.frame('1d', candleTime), time: Date.UTC(2025, 8, 20) };
      const same = months.filter(
        ({ time }) => new Date(time).getUTCMonth() === month && time < Date.UTC(2025, month, 1),
      );
      const mean = same.reduce((sum, { open, close }) => sum + (close / open - 1), 0) / same.length;
      t.ok(same.length >= 4);
      t.ok(Math.abs(seasonality(frame, 0) - 100 * mean) < 1e-9, `month ${month + 1}`);
    }
  },
);

t.test('one earlier month of the name is no season', skipWithoutRecord(), async (t) => {
  const market = new MadeMarket(['BTC/USDT']);
  for (const candle of months.filter(({ time }) => time < Date.UTC(2022, 2, 1))) market.push(0, '1M', candle);
  t.ok(Number.isNaN(seasonality(market.frame('1h', Date.UTC(2022, 4, 3)), 0)), 'May: only 2021');
  t.notOk(Number.isNaN(seasonality(market.frame('1h', Date.UTC(2022, 9, 3)), 0)), 'October: 2020 and 2021');
});

t.test(
  'a month that ends with the frame’s candle is not read: it may close after it',
  skipWithoutRecord(),
  async (t) => {
    const market = new MadeMarket(['BTC/USDT']);
    for (const candle of months) market.push(0, '1M', candle);
    const last = months.at(-1)?.time ?? 0;
    const candleTime = Date.UTC(2025, 8, 1) - 3_600_000;
    t.equal(last, Date.UTC(2025, 7, 1));
    const before = new MadeMarket(['BTC/USDT']);
    for (const candle of months.slice(0, -1)) before.push(0, '1M', candle);
    t.equal(seasonality(market.frame('1h', candleTime), 0), seasonality(before.frame('1h', candleTime), 0));
  },
);

t.test('without months nothing is known', async (t) => {
  t.ok(Number.isNaN(seasonality(new MadeMarket(['BTC/USDT']).frame('1h', Date.UTC(2024, 1, 1)), 0)));
});
