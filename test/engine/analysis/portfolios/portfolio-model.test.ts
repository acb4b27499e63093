import t from 'tap';
import { PortfolioModel } from '../../../../src/engine/analysis/portfolios/portfolio-model.js';
import type { SeriesReader } from '../../../../src/engine/analysis/series-reader.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import {
  cash,
  contexts,
  DAY,
  HOUR,
  holding,
  MadeMarket,
  NO_CONTEXTS,
  NO_SIGNALS,
  portfolio,
  START,
  walk,
} from './made-market.js';

function moved(model: PortfolioModel, limit = 1_000): number[] {
  const ids: number[] = [];
  model.takeMoved(limit, (id) => ids.push(id));
  return ids.toSorted((a, b) => a - b);
}

t.test('a tick moves the portfolios that hold the asset, and those whose quotes it converts', async (t) => {
  const { market } = new MadeMarket(
    ['A0/USDT', 'A1/USDT', 'ETH/BTC', 'BTC/USDT'].map((symbol) => ({ symbol, closes: [] })),
  );
  const model = new PortfolioModel();
  model.set(
    [
      portfolio([holding(0), holding(1)], { id: 1 }),
      portfolio([holding(1)], { id: 2 }),
      portfolio([holding(2, {}, 'ETH/BTC')], { id: 3 }),
      portfolio([holding(0, { tradeStatus: 'closed', quantity: '0' })], { id: 4 }),
    ],
    market,
  );
  t.same(moved(model), [1, 2, 3, 4], 'all are new');
  const movedBy = (asset: number, price: number): number[] => {
    model.ticked(asset, price);
    return moved(model);
  };
  t.same(movedBy(0, 110), [1]);
  t.same(movedBy(1, 120), [1, 2]);
  t.same(movedBy(1, 120), [], 'a price that has not moved moves nothing');
  t.same(movedBy(3, 60_000), [3]);
  t.same(movedBy(77, 1), [], 'what nobody holds');
  t.match(model.value(1), { valueUsd: 230, pnlUsd: 30 });
  t.equal(model.value(1), model.value(1), 'kept until it moves');
  model.ticked(0, 111);
  model.ticked(0, 112);
  t.equal(model.moved, 1);
  t.match(model.value(1), { valueUsd: 232 }, 'newest, though nobody took it yet');
  t.match(model.value(2), { valueUsd: 120 });
  t.match(model.value(3), { valueUsd: null }, 'no price yet');
  t.match(model.value(4), { valueUsd: null, covered: { holdings: 0 } });
  t.equal(model.value(5), null);
  model.set([portfolio([holding(0)], { id: 9 })], market);
  t.match(model.value(9), { valueUsd: 112 }, 'prices outlive the holdings');
  t.equal(model.value(1), null);
});

t.test('moved portfolios are taken in parts', async (t) => {
  const { market } = new MadeMarket([{ symbol: 'A0/USDT', closes: [] }]);
  const model = new PortfolioModel();
  model.set(
    Array.from({ length: 10 }, (_, id) => portfolio([holding(0)], { id })),
    market,
  );
  t.equal(moved(model, 4).length, 4);
  model.ticked(0, 5);
  t.equal(model.moved, 10, 'the four have moved again, the six still');
  t.same(moved(model).length, 10);
  t.equal(model.moved, 0);
});

const HOURS = 120 * 24;
const SERIES = [
  { symbol: 'BTC/USDT', closes: walk(1, HOURS, 40_000) },
  { symbol: 'A1/USDT', closes: walk(2, HOURS, 100), sectorId: 2 },
  { symbol: 'ETH/BTC', closes: walk(3, HOURS, 0.05, 0.01) },
];
const HOLDINGS = [
  holding(0, { quantity: '0.01', entryPrice: '39000', stopLossPrice: '20000' }, 'BTC/USDT'),
  holding(1, { assetType: 'Short Position', leverageRatio: '2', quantity: '5', stopLossPrice: '300' }),
  holding(2, { quantity: '1', entryPrice: '0.05' }, 'ETH/BTC'),
  cash(),
];

/** All that is found at a frame, as text: every bit of it. */
function found(
  timeframe: '1h' | '4h' | '1d',
  time: number,
  series: readonly { symbol: string; closes: readonly (number | null)[]; sectorId?: number }[] = SERIES,
  until = time,
): string {
  const made = new MadeMarket(series, until);
  const model = new PortfolioModel();
  model.set([portfolio(HOLDINGS)], made.market);
  const frame = made.frame(timeframe, time);
  const periods = timeframe === '1d' ? (['1d', '7d', '30d'] as const) : ([timeframe] as const);
  return JSON.stringify(periods.map((period) => model.analyse(7, frame, contexts(), period, NO_SIGNALS)));
}

t.test('what comes later never changes what was found, and the same gives the same bits', async (t) => {
  for (const [timeframe, time] of [
    ['1h', START + 100 * DAY + 5 * HOUR],
    ['1h', START + 100 * DAY],
    ['4h', START + 100 * DAY + 8 * HOUR],
    ['1d', START + 100 * DAY],
  ] as const) {
    const wanted = found(timeframe, time);
    const hour = (time - START) / HOUR;
    const altered = SERIES.map((one) => ({
      ...one,
      closes: one.closes.map((close, n) => (n < hour ? close : close * (n % 2 === 0 ? 3 : 0.2))),
    }));
    t.equal(found(timeframe, time), wanted, 'twice');
    t.equal(found(timeframe, time, altered), wanted, `${timeframe}: another future`);
    if (timeframe !== '1h') {
      t.equal(found(timeframe, time, altered, time + 3 * HOUR), wanted, 'hours of it have closed already');
    }
    const past = altered.map((one) => ({ ...one, closes: one.closes.map((close) => close * 1.1) }));
    t.not(found(timeframe, time, past), wanted, 'another past');
  }
});

t.test(
  'at a boundary that several timeframes share the order in which they close does not count',
  async (t) => {
    // Asset 1 has closed the day that ends with the hour, the others have not.
    const time = START + 100 * DAY;
    const late = new MadeMarket(SERIES, time);
    const early = new MadeMarket(SERIES, time - HOUR);
    const model = new PortfolioModel();
    model.set([portfolio(HOLDINGS)], late.market);
    const frame = late.frame('1h', time);
    const read = (asset: number, timeframe: number) =>
      (timeframe < timeframeIndex('1d') || asset === 1 ? late : early).book;
    const series: SeriesReader = {
      isForming: false,
      count: (asset, timeframe) => read(asset, timeframe).count(asset, timeframe),
      time: (asset, timeframe, back) => read(asset, timeframe).time(asset, timeframe, back),
      open: (asset, timeframe, back) => read(asset, timeframe).open(asset, timeframe, back),
      high: (asset, timeframe, back) => read(asset, timeframe).high(asset, timeframe, back),
      low: (asset, timeframe, back) => read(asset, timeframe).low(asset, timeframe, back),
      close: (asset, timeframe, back) => read(asset, timeframe).close(asset, timeframe, back),
      volume: (asset, timeframe, back) => read(asset, timeframe).volume(asset, timeframe, back),
      value: (asset, timeframe, column) => read(asset, timeframe).value(asset, timeframe, column),
    };
    const whole = JSON.stringify(model.analyse(7, frame, contexts(), '1h', NO_SIGNALS));
    const between = JSON.stringify(model.analyse(7, { ...frame, series }, contexts(), '1h', NO_SIGNALS));
    t.equal(between, whole);
  },
);

t.test('an asset that has not closed the candle has no price in its frame', async (t) => {
  const time = START + 100 * DAY;
  const hour = (time - START) / HOUR;
  const series = SERIES.map((one, asset) => ({
    ...one,
    closes: one.closes.map((close, n) => (asset === 1 && n >= hour - 2 && n < hour ? null : close)),
  }));
  const made = new MadeMarket(series, time);
  const model = new PortfolioModel();
  model.set([portfolio(HOLDINGS)], made.market);
  const frame = model.analyse(7, made.frame('1h', time), contexts(), '1h', NO_SIGNALS);
  t.match(frame?.value.covered, { holdings: 4, valued: 3 });
  t.match(frame?.analysis, { rebalanceNeeded: null, optimalAllocation: null });
  t.match(frame?.assets[1], { positionStatus: null, recommendedAction: null });
  t.match(frame?.assets[1]?.analysisData, { missing: { position_status: 'A1/USDT has no price yet' } });
});

t.test('there is nothing to say of an empty portfolio', async (t) => {
  const made = new MadeMarket(SERIES, START + DAY);
  const model = new PortfolioModel();
  model.set([portfolio([])], made.market);
  t.equal(model.analyse(7, made.frame('1h', START + DAY), NO_CONTEXTS, '1h', NO_SIGNALS), null);
  t.equal(model.analyse(8, made.frame('1h', START + DAY), NO_CONTEXTS, '1h', NO_SIGNALS), null);
  t.same(model.portfolioIds, [7]);
});
