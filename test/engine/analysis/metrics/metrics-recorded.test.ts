import t from 'tap';
import type { ExternalName } from '../../../../src/engine/analysis/external-book.js';
import { MetricsModel } from '../../../../src/engine/analysis/metrics/metrics-model.js';
import { METRIC_FIELDS, type MetricsSnapshot } from '../../../../src/engine/analysis/metrics/snapshot.js';
import { bucketEnd, type Timeframe } from '../../../../src/timeframe.js';
import { bollinger, ema, macd, rsi, sma } from '../../../oracles/indicators.js';
import { averageTrueRanges } from '../../../oracles/trend-lines.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { nullsOf, there } from './curve-market.js';
import { FIGURES, inOrder, MadeMarket, recorded } from './made-frames.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const COINS = ['BTC', 'ETH', 'SOL', 'BNB'];
const TIMEFRAMES: readonly Timeframe[] = ['1h', '4h', '1d', '1w', '1M'];
/** What is looked at begins here: what came before is history. */
const FROM = Date.UTC(2022, 10, 1);
/** Hours begin here. */
const FIRST_HOUR = FROM - 60 * DAY;

/** What no source gives. */
const NEVER = ['social_sentiment_score', 'twitter_volume', 'reddit_volume'];
/** What is null in an hour that brings no coin to a new high or low. */
const SELDOM = 'extended_metrics.composite_metrics.breadth_new_highs_lows_ratio';

/** Plays the record up to `to`, and looks at the market after every so many hours. */
function snapshots(to: number, every: number, withFigures: boolean): readonly MetricsSnapshot[] {
  const market = new MadeMarket(COINS.map((coin) => `${coin}/USDT`));
  const series = COINS.flatMap((coin, asset) =>
    TIMEFRAMES.map((timeframe) => {
      const first = timeframe === '1h' ? FIRST_HOUR : 0;
      const candles = recorded(`${coin}-USDT_${timeframe}`).filter(
        ({ time }) => time >= first && bucketEnd(timeframe, time) <= to,
      );
      return { asset, timeframe, candles };
    }),
  );
  const model = new MetricsModel();
  const days = recorded('BTC-USDT_1d').map(({ time }, i) => ({
    day: time,
    close: 4_000 * Math.exp(0.1 * Math.sin(i / 9)),
  }));
  if (withFigures) {
    market.external.setSeries('sp500', days);
    market.external.apply({ type: 'watching', since: FROM - 2 * DAY, reason: null });
  }
  const taken: MetricsSnapshot[] = [];
  for (const { asset, timeframe, candle } of inOrder(series)) {
    market.push(asset, timeframe, candle);
    const end = bucketEnd(timeframe, candle.time);
    if (asset !== COINS.length - 1 || timeframe !== '1h' || end <= FROM - 45 * DAY) continue;
    if ((end / HOUR) % (end > FROM ? every : 24) !== 0) continue;
    if (withFigures) {
      for (const [name, value] of Object.entries(FIGURES)) {
        // What all Bitcoins are worth must fit their price.
        const cap = (19.3e6 * market.book.close(0, 3, 0)) / (FIGURES.btc_dominance / 100);
        market.read(name as ExternalName, name === 'total_market_cap' ? cap : value, end);
      }
    }
    const snapshot = there(model.closed(market.frame('1h', candle.time)));
    if (end > FROM) taken.push(snapshot);
  }
  return taken;
}

function filledShares(taken: readonly MetricsSnapshot[]): ReadonlyMap<string, number> {
  const nulls = new Map(METRIC_FIELDS.map((field) => [field, 0]));
  for (const snapshot of taken) {
    for (const field of nullsOf(snapshot)) nulls.set(field, (nulls.get(field) ?? 0) + 1);
  }
  return new Map([...nulls].map(([field, count]) => [field, 1 - count / taken.length]));
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

t.test(
  'a recorded year: each figure is what the raw candles say, and filled wherever candles allow',
  skipWithoutRecord(),
  async (t) => {
    const taken = snapshots(FROM + 365 * DAY, 7, false);
    t.equal(taken.length, Math.floor((365 * 24) / 7));
    const hours = recorded('BTC-USDT_1h').filter(({ time }) => time >= FIRST_HOUR);
    const closes = new Map(hours.map(({ time, close }) => [time + HOUR, close]));
    let worst = 0;
    let compared = 0;
    for (const { snapshotTime, btcPriceUsd, weeklyReturn, monthlyReturn } of taken) {
      t.equal(btcPriceUsd, closes.get(snapshotTime));
      for (const [found, span] of [
        [weeklyReturn, 7],
        [monthlyReturn, 30],
      ] as const) {
        const before = closes.get(snapshotTime - span * DAY);
        if (before === undefined || found === null) continue;
        compared += 1;
        worst = Math.max(worst, Math.abs(found - 100 * (btcPriceUsd / before - 1)));
      }
    }
    t.ok(worst < 1e-9 && compared > 2 * taken.length - 10, `${compared} returns, off by ${worst}`);
    for (const snapshot of taken.filter((_, i) => i % 400 === 0)) {
      const until = hours.findIndex(({ time }) => time + HOUR > snapshot.snapshotTime);
      const past = hours.slice(0, until).map(({ close }) => close);
      t.ok(Math.abs((snapshot.sma200 ?? 0) / sma(past, 200) - 1) < 1e-9);
      t.ok(Math.abs((snapshot.ema200 ?? 0) / ema(past, 200) - 1) < 1e-9);
      t.ok(Math.abs((snapshot.rsi14 ?? 0) - rsi(past, 14)) < 1e-9);
      const [upper, , lower, bandwidth] = bollinger(past, 20, 2);
      const [line, signal, histogram] = macd(past.slice(-1_500), 12, 26, 9);
      const expected = {
        rsi_7: rsi(past, 7),
        ...{ sma_20: sma(past, 20), sma_50: sma(past, 50), sma_100: sma(past, 100) },
        ...{ ema_20: ema(past, 20), ema_50: ema(past, 50), ema_100: ema(past, 100) },
        ...{ macd_value: line, macd_signal: signal, macd_histogram: histogram },
        ...{ bollinger_upper: upper, bollinger_lower: lower, bollinger_bandwidth: bandwidth },
        atr_14: averageTrueRanges(hours.slice(0, until), 14).at(-1),
      };
      const found = snapshot.extendedMetrics.technical_indicators;
      for (const [name, value] of Object.entries(expected)) {
        const actual = found[name as keyof typeof expected] ?? Number.NaN;
        t.ok(Math.abs(actual - (value ?? 0)) < 1e-7, `${name} ${actual} for ${value}`);
      }
    }
    const shares = filledShares(taken);
    const fromCandles = [...shares].filter(([, share]) => share > 0);
    t.comment(fromCandles.map(([field, share]) => `${field} ${percent(share)}`).join('\n'));
    t.equal(fromCandles.length, 39, 'so many figures need nothing but candles');
    for (const [field, share] of fromCandles)
      t.ok(share >= (field === SELDOM ? 0.2 : 0.99), `${field}: ${percent(share)}`);
    const flagged = taken.filter(({ hasAnomalies }) => hasAnomalies).length / taken.length;
    t.ok(flagged > 0.002 && flagged < 0.03, `${percent(flagged)} are anomalies`);
    t.ok(taken.every(({ isValidated }) => isValidated));
  },
);

t.test(
  'forty days of hours with all that sources can bring leaves nothing null but what none of them gives',
  skipWithoutRecord(),
  async (t) => {
    const taken = snapshots(FROM + 40 * DAY, 1, true);
    const shares = filledShares(taken);
    t.comment([...shares].map(([field, share]) => `${field} ${percent(share)}`).join('\n'));
    for (const [field, share] of shares) {
      const isNever = NEVER.some((name) => field.endsWith(name));
      const least = isNever ? 0 : field === SELDOM ? 0.2 : 0.97;
      t.ok(share >= least && (!isNever || share === 0), `${field}: ${percent(share)}`);
    }
    const errors = new Set(taken.flatMap(({ dataQualityFlags }) => dataQualityFlags.validation_errors));
    t.same([...errors], []);
  },
);
