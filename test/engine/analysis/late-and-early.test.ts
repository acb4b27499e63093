import t from 'tap';
import { Analysis } from '../../../src/engine/analysis/analysis.js';
import type { ClosedCandle } from '../../../src/engine/analysis/candle-ring.js';
import type { FrameResult } from '../../../src/engine/analysis/look.js';
import {
  bucketEnd,
  bucketStart,
  DAY_MS,
  MINUTE_MS,
  TIMEFRAMES,
  timeframeIndex,
} from '../../../src/timeframe.js';
import { analysed, SECTORS } from '../../support/analysis-run.js';

const BASES = ['BTC', 'ETH', 'SOL', 'XRP'];
/** A Sunday evening after which a day, a week and a month begin. */
const LIVE = Date.UTC(2024, 2, 31, 22);
const END = Date.UTC(2024, 3, 1, 1);
const HISTORY_DAYS = 40;

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Minutes of a coin from the beginning of its history on. */
function minutesOf(asset: number): readonly ClosedCandle[] {
  const roll = dice(asset + 1);
  const candles: ClosedCandle[] = [];
  let price = 100 * (asset + 1);
  for (let time = LIVE - HISTORY_DAYS * DAY_MS; time < END; time += MINUTE_MS) {
    const open = price;
    price *= Math.exp(0.003 * (roll() - 0.5));
    candles.push({
      ...{ time, open, high: Math.max(open, price) * 1.0005, low: Math.min(open, price) * 0.9995 },
      ...{ close: price, volume: 1 + roll() },
    });
  }
  return candles;
}

function rolled(minutes: readonly ClosedCandle[]): readonly (readonly ClosedCandle[])[] {
  return TIMEFRAMES.map((timeframe) => {
    const found = new Map<number, ClosedCandle>();
    for (const minute of minutes) {
      const time = bucketStart(timeframe, minute.time);
      const known = found.get(time);
      found.set(
        time,
        known === undefined
          ? { ...minute, time }
          : {
              ...known,
              high: Math.max(known.high, minute.high),
              low: Math.min(known.low, minute.low),
              close: minute.close,
              volume: known.volume + minute.volume,
            },
      );
    }
    return [...found.values()];
  });
}

const series = BASES.map((_, asset) => rolled(minutesOf(asset)));

interface Close {
  readonly timeframe: number;
  readonly candle: ClosedCandle;
  readonly end: number;
}

/** What an asset closes from the live moment on, in its order. */
function closesOf(asset: number): readonly Close[] {
  return TIMEFRAMES.flatMap((name, timeframe) =>
    (series[asset]?.[timeframe] ?? [])
      .map((candle) => ({ timeframe, candle, end: bucketEnd(name, candle.time) }))
      .filter(({ end }) => end > LIVE && end <= END),
  ).toSorted((a, b) => a.end - b.end || a.timeframe - b.timeframe);
}

function play(seed: number): readonly FrameResult[] {
  const roll = dice(seed);
  const looks: FrameResult[] = [];
  const analysis: Analysis = new Analysis({
    sink: { looked: (look) => looks.push(look), opened: () => undefined, changed: () => undefined },
    signals: { minConfidence: 0.5, minRiskReward: 1 },
    forming: (asset, timeframe) => {
      const time = analysis.closes.time(asset, 0, 0) + MINUTE_MS;
      const name = TIMEFRAMES[timeframe] ?? '1m';
      const close = analysis.closes.close(asset, 0, 0);
      return { time: bucketStart(name, time), open: close, high: close, low: close, close, volume: 1 };
    },
  });
  analysis.setMarket(analysed(BASES), SECTORS);
  const lines = BASES.map((_, asset) => ({
    asset,
    closes: closesOf(asset),
    at: 0,
    isLive: false,
    lateMs: 0,
  }));
  for (const [asset] of BASES.entries()) {
    for (const [timeframe, candles] of (series[asset] ?? []).entries()) {
      const name = TIMEFRAMES[timeframe] ?? '1m';
      const past = candles.filter(({ time }) => bucketEnd(name, time) <= LIVE);
      analysis.seed(asset, timeframe, past.slice(-300));
    }
  }
  let isSettled = false;
  for (let now = LIVE + MINUTE_MS; now <= END + 10 * MINUTE_MS; now += MINUTE_MS / 4) {
    for (const line of lines.toSorted(() => roll() - 0.5)) {
      const { asset, closes } = line;
      if (!line.isLive && roll() < 0.2) {
        line.isLive = true;
        analysis.goLive(asset);
      }
      if (roll() < 0.02) line.lateMs = Math.floor(roll() * 6) * MINUTE_MS;
      if (roll() < 0.05) analysis.gap(asset, roll() < 0.5);
      for (let close = closes[line.at]; close !== undefined; close = closes[line.at]) {
        if (close.end + line.lateMs > now) break;
        line.at += 1;
        analysis.closed(asset, close.timeframe, { ...close.candle, exchangeTime: now, coverage: roll() });
      }
      analysis.ticked(asset, analysis.closes.close(asset, 0, 0) * (1 + 0.001 * roll()), now);
      if (roll() < 0.3) analysis.step();
    }
    if (!isSettled && lines.every(({ isLive }) => isLive)) {
      isSettled = true;
      analysis.settle();
    }
    if (roll() < 0.05) {
      const frames = analysis.liveFrames();
      for (const [timeframe, name] of TIMEFRAMES.entries()) {
        const metrics = analysis.metrics.live(frames(timeframe));
        analysis.regimes.live(frames(timeframe), name === '1M' ? null : metrics);
      }
      analysis.sectors.live(frames(timeframeIndex('1h')), null);
      analysis.watchlists.scores(frames(timeframeIndex('1d')), analysis.contexts);
    }
  }
  analysis.drain();
  return looks;
}

t.test('however late who closes, each boundary is looked at once at most, and in the order of time', (t) => {
  for (let seed = 1; seed <= 2; seed++) {
    const looks = play(seed);
    const moments = looks.map(({ moment }) => `${TIMEFRAMES[moment.timeframe]} ${moment.time}`);
    t.equal(new Set(moments).size, moments.length, `seed ${seed}: none is told twice`);
    t.ok(
      looks.every(({ moment: { time } }, n) => time >= (looks[n - 1]?.moment.time ?? 0)),
      `seed ${seed}: none comes after a later one`,
    );
    for (const { moment, metrics, regime } of looks) {
      const candle = series[0]?.[moment.timeframe]?.find(({ time }) => time === moment.candleTime);
      if (metrics !== null && metrics.btcPriceUsd !== candle?.close)
        t.fail(`seed ${seed}: another candle's price`);
      if (regime !== null && regime.analysisTime !== moment.time) t.fail(`seed ${seed}: another time`);
    }
    const midnight = looks.filter(({ moment: { time } }) => time === Date.UTC(2024, 3, 1));
    t.same(
      midnight.map(({ moment }) => moment.timeframe).toSorted(),
      TIMEFRAMES.map((_, timeframe) => timeframe),
      `seed ${seed}: all that end at the month's end`,
    );
  }
  t.end();
});
