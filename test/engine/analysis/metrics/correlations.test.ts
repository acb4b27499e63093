import t from 'tap';
import type { DailyClose } from '../../../../src/engine/analysis/external-book.js';
import {
  coinCorrelation,
  dailyCorrelation,
  indexCorrelation,
} from '../../../../src/engine/analysis/metrics/correlations.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { inOrder, MadeMarket, recorded } from './made-frames.js';
import { plainCorrelation, plainReturns } from './plain.js';

const DAY = 86_400_000;
const btc = recorded('BTC-USDT_1d');
const eth = recorded('ETH-USDT_1d');
const LAST = btc.length - 1;

function markets(until: number, skipped: readonly number[] = []): MadeMarket {
  const market = new MadeMarket(['BTC/USDT', 'ETH/USDT']);
  const series = [btc, eth].map((candles, asset) => ({
    asset,
    timeframe: '1d' as const,
    candles: candles.slice(0, until + 1).filter((_, i) => asset === 0 || !skipped.includes(until - i)),
  }));
  for (const { asset, timeframe, candle } of inOrder(series)) market.push(asset, timeframe, candle);
  return market;
}

const closes = (candles: typeof btc, from: number, to: number) =>
  plainReturns(candles.slice(from, to).map(({ close }) => close));

t.test('of two coins is that of their last 30 daily returns', skipWithoutRecord(), async (t) => {
  for (let i = 40; i < btc.length; i += 111) {
    const market = markets(i);
    const frame = market.frame('1d', btc[i]?.time ?? 0);
    const wanted = plainCorrelation(closes(btc, i - 30, i + 1), closes(eth, i - 30, i + 1));
    t.ok(Math.abs(coinCorrelation(frame, 0, 1) - wanted) < 1e-6, `${wanted}`);
    const ofHour = market.frame('1h', (btc[i]?.time ?? 0) + 23 * 3_600_000);
    const before = plainCorrelation(closes(btc, i - 31, i), closes(eth, i - 31, i));
    t.ok(
      Math.abs(coinCorrelation(ofHour, 0, 1) - before) < 1e-6,
      'an hour that ends with the day does not know it',
    );
  }
});

t.test('up to three days may be missing, one more and it is not known', skipWithoutRecord(), async (t) => {
  const frame = (market: MadeMarket) => market.frame('1d', btc[LAST]?.time ?? 0);
  const some = [3, 9, 20];
  const kept = Array.from({ length: 34 }, (_, back) => LAST - back)
    .filter((i) => !some.includes(LAST - i))
    .toReversed();
  const of = (candles: typeof btc) => plainReturns(kept.map((i) => candles[i]?.close ?? Number.NaN));
  const found = coinCorrelation(frame(markets(LAST, some)), 0, 1);
  t.ok(Math.abs(found - plainCorrelation(of(btc), of(eth))) < 1e-6);
  t.ok(Number.isNaN(coinCorrelation(frame(markets(LAST, [...some, 25])), 0, 1)));
  t.ok(Number.isNaN(coinCorrelation(frame(markets(28)), 0, 1)), 'too little history');
  t.ok(Number.isNaN(coinCorrelation(new MadeMarket(['BTC/USDT', 'ETH/USDT']).frame('1d', 0), 0, 1)));
});

t.test(
  'with an index takes the days that it traded, weekends as one return',
  skipWithoutRecord(),
  async (t) => {
    const weekdays = btc.filter(({ time }) => ![0, 6].includes(new Date(time).getUTCDay()));
    // Made up: half of what Bitcoin did, and something of its own.
    const index: DailyClose[] = weekdays.map(({ time, close }, i) => ({
      day: time,
      close: 4_000 * Math.sqrt(close / 10_000) * (1 + 0.02 * Math.sin(i * 1.7)),
    }));
    for (let i = 60; i < btc.length; i += 97) {
      const market = markets(i);
      const now = (btc[i]?.time ?? 0) + DAY;
      const known = index.filter(({ day }) => day + DAY <= now);
      const last = known.slice(-31);
      const ofIndex = plainReturns(last.map(({ close }) => close));
      const ofBtc = plainReturns(
        last.map(({ day }) => btc.find(({ time }) => time === day)?.close ?? Number.NaN),
      );
      const found = indexCorrelation(market.frame('1d', now - DAY), 0, known);
      t.ok(Math.abs(found - plainCorrelation(ofBtc, ofIndex)) < 1e-6, `${found}`);
      t.ok(found > 0 && found < 1);
    }
  },
);

t.test(
  'with an index that is a week late, or too short, nothing is known',
  skipWithoutRecord(),
  async (t) => {
    const frame = markets(LAST).frame('1d', btc[LAST]?.time ?? 0);
    const index = btc.map(({ time, close }) => ({ day: time, close }));
    t.ok(indexCorrelation(frame, 0, index) > 0.999);
    t.ok(indexCorrelation(frame, 0, index.slice(0, -7)) > 0.999);
    t.ok(Number.isNaN(indexCorrelation(frame, 0, index.slice(0, -9))));
    t.ok(Number.isNaN(indexCorrelation(frame, 0, index.slice(-30))));
    t.ok(Number.isNaN(indexCorrelation(frame, 0, [])));
    t.ok(
      Number.isNaN(
        indexCorrelation(
          frame,
          0,
          index.map(({ day }) => ({ day, close: 4_000 })),
        ),
      ),
      'it never moved',
    );
  },
);

t.test('with a figure of each day it is that of the returns of both', skipWithoutRecord(), async (t) => {
  const frame = markets(LAST).frame('1d', btc[LAST]?.time ?? 0);
  const figures = new Map(eth.map(({ time, close }) => [time, close * 1.2e8]));
  const wanted = plainCorrelation(closes(btc, LAST - 30, LAST + 1), closes(eth, LAST - 30, LAST + 1));
  t.ok(Math.abs(dailyCorrelation(frame, 0, figures) - wanted) < 1e-6);
  t.ok(Number.isNaN(dailyCorrelation(frame, 0, new Map([...figures].slice(-30)))));
  t.notOk(Number.isNaN(dailyCorrelation(frame, 0, new Map([...figures].slice(-31)))));
});
