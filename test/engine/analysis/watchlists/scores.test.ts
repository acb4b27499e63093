import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import {
  type AssetScore,
  COMPONENT_NAMES,
  COMPONENTS,
  mirrored,
  ranked,
} from '../../../../src/engine/analysis/watchlists/score.js';
import { scoreMarket } from '../../../../src/engine/analysis/watchlists/scores.js';
import { DAY_MS, HOUR_MS } from '../../../../src/timeframe.js';
import {
  assetOf,
  BEGIN,
  contextsOf,
  DAY,
  HOUR,
  numbersOf,
  PlayedMarket,
  sectorOf,
  walk,
} from './played-market.js';

const ASSETS = [
  assetOf(0, 'BTC/USDT', 1),
  assetOf(1, 'ETH/USDT', 2),
  assetOf(2, 'SOL/USDT', 2),
  assetOf(3, 'ADA/EUR', null),
];
const SECTORS = contextsOf(sectorOf(1, 0.4), sectorOf(2, 0.9));
const close = (t: Test, found: number | undefined, wanted: number, message: string): void => {
  t.ok(Math.abs((found ?? Number.NaN) - wanted) < 1e-9, `${message}: ${found} is ${wanted}`);
};

function playedDays(
  count: number,
  drifts = [0.001, 0.004, -0.004, 0],
): { market: PlayedMarket; candles: readonly (readonly ClosedCandle[])[] } {
  const market = new PlayedMarket(ASSETS);
  const candles = drifts.map((drift, i) => walk(i + 7, count, { drift }));
  for (const [asset, rows] of candles.entries()) market.pushAll(asset, DAY, rows);
  return { market, candles };
}

/** What the components should be, computed from the raw candles in the plainest way. */
function plain(
  market: PlayedMarket,
  all: readonly (readonly ClosedCandle[])[],
  asset: number,
): Record<string, number> {
  const rows = all[asset] ?? [];
  const closes = rows.map((row) => row.close);
  const last = closes.at(-1) ?? 0;
  const window = closes.slice(-31);
  const returns = window.slice(1).map((value, i) => Math.log(value / (window[i] ?? 0)));
  const mean = returns.reduce((a, b) => a + b) / 30;
  const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 29);
  const value = (name: string): number => market.book.value(asset, DAY, columnOf(name));
  const half = (x: number): number => (1 + Math.tanh(x)) / 2;
  const atr = value('atr_14');
  const alignment =
    (Math.tanh((last - value('ema_20')) / atr / 2) +
      Math.tanh((value('ema_20') - value('ema_50')) / atr / 2) +
      Math.tanh((value('ema_50') - value('ema_200')) / atr / 4)) /
    3;
  const totals = all
    .slice(0, 3)
    .map((each) => Math.log((each.at(-1)?.close ?? 0) / (each.at(-31)?.close ?? 0)));
  const amounts = all
    .slice(0, 3)
    .map((each) => each.slice(-30).reduce((sum, row) => sum + row.close * row.volume, 0) / 30);
  const below = (values: readonly number[]): number =>
    values.filter((each) => each < (values[asset] ?? 0)).length / (values.length - 1);
  const structure = market.structures.of(asset, DAY);
  const sign = { up: 1, down: -1, range: 0 }[structure?.trend ?? 'range'];
  const turn = structure?.lastBreak;
  const fresh = turn == null ? 0 : Math.max(0, 1 - turn.back / 20) * (turn.direction === 'up' ? 1 : -1);
  const excess = half(((totals[asset] ?? 0) - (totals[0] ?? 0)) / (deviation * Math.sqrt(30)));
  return {
    trend: 0.5 + 0.5 * alignment * (0.5 + 0.5 * Math.min(1, value('adx_14') / 25)),
    momentum:
      (value('rsi_14') / 100 +
        half((2 * value('macd_hist')) / atr) +
        half(Math.log(last / (closes.at(-11) ?? 0)) / (deviation * Math.sqrt(10)) / 2)) /
      3,
    relative_strength: asset === 0 ? below(totals) : (excess + below(totals)) / 2,
    risk_adjusted_return: half(((mean / deviation) * Math.sqrt(30)) / 2),
    structure: 0.5 + 0.35 * sign * (structure?.trendStrength ?? 0) + 0.15 * fresh,
    sector_strength: asset === 0 ? 0.4 : 0.9,
    drawdown: Math.log(last / Math.min(...window)) / Math.log(Math.max(...window) / Math.min(...window)),
    liquidity: below(amounts),
  };
}

t.test('components and score are those of a plain computation from the raw candles', (t) => {
  const { market, candles } = playedDays(300);
  const scores = scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), SECTORS);
  for (const asset of [0, 1, 2]) {
    const found = scores.of(asset);
    const wanted = plain(market, candles, asset);
    let score = 0;
    for (const name of COMPONENT_NAMES) {
      close(t, found?.components[name]?.value, wanted[name] ?? Number.NaN, `${asset} ${name}`);
      score += (wanted[name] ?? 0) * COMPONENTS[name].weight;
    }
    close(t, found?.score ?? undefined, score, `${asset} score`);
    t.equal(found?.price, candles[asset]?.at(-1)?.close);
    t.same(found?.missing, {});
  }
  const known = scores.all.slice(0, 3).map(({ score }) => score ?? 0);
  t.ok((known[1] ?? 0) > (known[2] ?? 1), 'what has risen is better than what has fallen');
  t.equal(scores.ofId(11)?.asset, 1);
  t.equal(scores.of(9), undefined);
  t.end();
});

t.test('what is not known is named, left out, and the other weights are 1 together', (t) => {
  const { market } = playedDays(300);
  const scores = scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), contextsOf());
  const euro = scores.of(3);
  t.match(euro?.missing, {
    relative_strength: 'its quote EUR is not a dollar',
    liquidity: 'its quote EUR is not a dollar',
    sector_strength: 'its sector is not known',
  });
  t.match(scores.of(1)?.missing, { sector_strength: 'its sector has not been analysed before' });
  t.same(Object.keys(euro?.components ?? {}).toSorted(), [
    'drawdown',
    'momentum',
    'risk_adjusted_return',
    'structure',
    'trend',
  ]);
  close(t, euro?.coverage, 0.65, 'coverage');
  const parts = Object.values(euro?.components ?? {});
  close(
    t,
    parts.reduce((sum, { weight }) => sum + weight, 0),
    1,
    'weights',
  );
  close(
    t,
    parts.reduce((sum, { contribution }) => sum + contribution, 0),
    euro?.score ?? 0,
    'contributions',
  );
  t.end();
});

t.test('a young asset has no score, and says why', (t) => {
  const { market } = playedDays(20);
  const scores = scoreMarket(market.frame(DAY, BEGIN + 19 * DAY_MS), SECTORS);
  const found = scores.of(1);
  t.equal(found?.score, null);
  t.equal(found?.rank, null);
  t.equal(found?.direction, null);
  t.match(found?.missing, {
    score: /% of the weights are known, 50 % are needed/,
    drawdown: 'it has no candles of 30 days',
    structure: 'too few candles for a structure',
    trend: 'the indicators of 1d need more candles',
  });
  t.end();
});

t.test('an asset that has not closed the candle takes no part', (t) => {
  const { market } = playedDays(300);
  for (const asset of [0, 2, 3]) market.push(asset, DAY, { ...(walk(5, 301)[300] as ClosedCandle) });
  const scores = scoreMarket(market.frame(DAY, BEGIN + 300 * DAY_MS), SECTORS);
  t.match(scores.of(1), {
    score: null,
    price: null,
    missing: { score: /its 1d candle of 2024-10-27T.* is not there/ },
  });
  t.equal(scores.of(2)?.rank !== null, true);
  t.end();
});

t.test('ranks are one for each, the best first and of equal ones the smaller number', (t) => {
  const made = (asset: number, score: number | null): AssetScore => ({
    ...{ asset, assetId: asset, symbol: `${asset}`, side: 'long', price: 1, score, rank: null },
    ...{ direction: score, coverage: 1, components: {}, missing: {} },
  });
  const scores = ranked([made(4, 0.5), made(1, null), made(2, 0.5), made(3, 0.7), made(0, null)]);
  t.same(
    scores.map(({ asset, rank }) => [asset, rank]),
    [
      [3, 1],
      [2, 2],
      [4, 3],
      [0, null],
      [1, null],
    ],
  );
  t.end();
});

t.test('who is short has the directional components the other way round, and the same direction', (t) => {
  const { market } = playedDays(300);
  const scores = scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), SECTORS);
  for (const long of scores.all) {
    const short = mirrored(long);
    let sum = 0;
    for (const name of COMPONENT_NAMES) {
      const value = long.components[name]?.value;
      if (value === undefined) continue;
      const wanted = COMPONENTS[name].isDirectional ? 1 - value : value;
      close(t, short.components[name]?.value, wanted, `${long.symbol} ${name}`);
      sum += wanted * (long.components[name]?.weight ?? 0);
    }
    close(t, short.score ?? undefined, sum, 'score');
    t.equal(short.direction, long.direction);
    t.equal(short.side, 'short');
    close(t, mirrored(short).score ?? undefined, long.score ?? 0, 'and back');
  }
  const young = { ...(scores.of(0) as AssetScore), score: null };
  t.equal(mirrored(young).score, null);
  t.end();
});

t.test('other timeframes, sectors of the same moment and what comes later change nothing', (t) => {
  const hours = walk(3, 400, { timeframe: HOUR });
  const market = new PlayedMarket(ASSETS);
  for (const asset of [0, 1, 2, 3]) market.pushAll(asset, HOUR, walk(asset + 3, 400, { timeframe: HOUR }));
  const frame = market.frame(HOUR, BEGIN + 399 * HOUR_MS);
  const now = contextsOf(sectorOf(1, 0.4), sectorOf(2, 0.9));
  const before = JSON.stringify(scoreMarket(frame, now).all);
  for (const asset of [0, 1, 2]) {
    market.pushAll(asset, 0, [
      { ...(hours[0] as ClosedCandle), time: BEGIN + 400 * HOUR_MS, close: 1e6, high: 1e6 },
    ]);
    market.pushAll(asset, DAY, walk(9, 40));
  }
  t.equal(JSON.stringify(scoreMarket(frame, now).all), before);
  const late = contextsOf(sectorOf(1, 0.1, frame.time), sectorOf(2, 0.1, frame.time));
  t.match(scoreMarket(frame, late).of(1)?.missing, { sector_strength: /not been analysed before/ });
  t.end();
});

t.test('a forming candle gives what it gives once it has closed as it stood', (t) => {
  const history = [0, 1, 2, 3].map((asset) => walk(asset + 20, 300));
  const [open, closed] = [new PlayedMarket(ASSETS), new PlayedMarket(ASSETS)];
  for (const [asset, rows] of history.entries()) {
    open.pushAll(asset, DAY, rows.slice(0, -1));
    closed.pushAll(asset, DAY, rows);
  }
  const reader = new FormingReader(open.book, (asset, timeframe) =>
    timeframe === DAY ? (history[asset]?.[299] ?? null) : null,
  );
  const end = closed.frame(DAY, BEGIN + 299 * DAY_MS);
  const forming = { ...end, series: reader, isForming: true, structures: closed.structures };
  t.same(scoreMarket(forming, SECTORS).all, scoreMarket(end, SECTORS).all);
  t.end();
});

t.test('scores keep their ranges on the wildest candles', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.constantFrom(1e-9, 1, 1e9),
      fc.constantFrom(0, 0.3, 3),
      (seed, price, size) => {
        const next = numbersOf(seed);
        const market = new PlayedMarket(ASSETS);
        const count = 20 + Math.floor(next() * 60);
        for (const asset of [0, 1, 2, 3]) {
          const rows = walk(seed + asset, count, { price, size }).map((row) => {
            const flat = next() < 0.1;
            return flat ? { ...row, high: row.close, low: row.close, open: row.close, volume: 0 } : row;
          });
          const low = (row: ClosedCandle): number =>
            Math.min(row.open, row.close, Math.max(row.low, row.close / 10));
          market.pushAll(
            asset,
            DAY,
            rows.map((row) => ({ ...row, low: low(row) })),
          );
        }
        const scores = scoreMarket(market.frame(DAY, BEGIN + (count - 1) * DAY_MS), SECTORS);
        const inside = (value: number): boolean => value >= 0 && value <= 1;
        for (const long of scores.all) {
          for (const score of [long, mirrored(long)]) {
            const values = Object.values(score.components).flatMap(({ value, weight, contribution }) => [
              value,
              weight,
              contribution,
            ]);
            if (![...values, score.coverage, score.score ?? 0, score.direction ?? 0].every(inside)) {
              throw new Error(JSON.stringify(score));
            }
            const named = [...Object.keys(score.components), ...Object.keys(score.missing)];
            if (!COMPONENT_NAMES.every((name) => named.includes(name))) throw new Error(named.join());
          }
        }
      },
    ),
    { numRuns: 60, seed: 7 },
  );
  t.end();
});

t.test('a market that does not move is neutral', (t) => {
  const market = new PlayedMarket(ASSETS);
  const flat = walk(1, 300).map((row) => ({ ...row, open: 0.1, high: 0.1, low: 0.1, close: 0.1 }));
  for (const asset of [0, 1, 2]) market.pushAll(asset, DAY, flat);
  const found = scoreMarket(market.frame(DAY, BEGIN + 299 * DAY_MS), contextsOf()).of(1);
  t.match(found?.components, {
    drawdown: { value: 0.5 },
    risk_adjusted_return: { value: 0.5 },
    relative_strength: { value: 0.5 },
    liquidity: { value: 0.5 },
  });
  t.end();
});

t.throws(() => scoreMarket(new PlayedMarket(ASSETS).frame(0, BEGIN), SECTORS), RangeError);
