import t from 'tap';
import type { AssetHistory } from '../../src/app/analysis-host.js';
import { resume } from '../../src/app/resume.js';
import { ServedAsset } from '../../src/app/served-asset.js';
import { Engine } from '../../src/engine/engine.js';
import type { Feed } from '../../src/feeds/feed.js';
import type { Candle } from '../../src/market.js';
import type { CandleReader, CandleRecord } from '../../src/store/records.js';
import { MINUTE_MS, TIMEFRAMES } from '../../src/timeframe.js';
import { RecordingSink } from '../engine/recording-sink.js';

const BEGIN = Date.UTC(2024, 6, 1, 11, 30);
const SPECS = [{ name: 'ema', period: 3 }];
const OPTIONS = { amountDecimals: 3, simulated: false };
const MARKET = { exchange: 'x', symbol: 'A/B', base: 'A', quote: 'B', ...OPTIONS };

/** The exchange's own candle of a minute, counted from the beginning. */
function candle(minute: number): Candle {
  const close = 100 + ((minute * 7) % 5);
  const time = BEGIN + minute * MINUTE_MS;
  return { time, open: 100, high: 110, low: 90, close, volume: 1.5 + minute, tradeCount: null, vwap: null };
}

function take(engine: Engine, sink: RecordingSink, { time, open, high, low, close, volume }: Candle): void {
  const numbers = { time, open, high, low, close, volume };
  const heard = { exchangeTime: time + MINUTE_MS, receivedAt: time + MINUTE_MS };
  engine.process({ type: 'candle', asset: 0, ...numbers, closed: true, source: 'history', ...heard }, sink);
}

/** An engine that has taken so many minutes, each the exchange's own. */
function after(minutes: number): { engine: Engine; sink: RecordingSink } {
  const engine = new Engine({ indicators: SPECS });
  const sink = new RecordingSink(engine);
  engine.goLive(engine.addAsset(OPTIONS), BEGIN);
  for (let minute = 0; minute < minutes; minute++) take(engine, sink, candle(minute));
  return { engine, sink };
}

const CLOSED = 40;
const { engine: stopped, sink: stored } = after(CLOSED);
const checkpoint = stopped.checkpoint(0);

interface World {
  /** What the exchange has. */
  readonly exchange: readonly Candle[];
  /** Where its first answer ends, in minutes since the beginning. */
  readonly pageEnd: number;
  /** Minutes since the beginning. */
  readonly now: number;
  /** What the database says, given what the stopped server stored. */
  readonly database: (row: Candle) => Partial<CandleRecord> | null;
  readonly checkpoint: unknown;
}

const FINE: World = {
  exchange: Array.from({ length: 50 }, (_, minute) => candle(minute)),
  pageEnd: 100,
  now: 50.5,
  database: (row) => row,
  checkpoint,
};

interface Outcome {
  readonly refusal: string | null;
  readonly engine: Engine;
  readonly records: readonly CandleRecord[];
  readonly releasedAt: number | null;
  readonly reads: readonly (() => Promise<AssetHistory>)[];
  readonly closed: readonly number[];
}

async function run(different: Partial<World> = {}): Promise<Outcome> {
  const world = { ...FINE, ...different };
  const engine = new Engine({ indicators: SPECS });
  const served = new ServedAsset(MARKET, engine.addAsset(OPTIONS), 7, 'x');
  const records: CandleRecord[] = [];
  let releasedAt: number | null = null;
  const feed: Pick<Feed, 'now' | 'history' | 'release'> = {
    now: () => BEGIN + world.now * MINUTE_MS,
    history: (_symbol, timeframe, from, to, onPage) => {
      if (timeframe !== '1m') throw new RangeError(`${timeframe} was asked for`);
      const rows = world.exchange.filter(({ time }) => time >= from && time + MINUTE_MS <= to);
      const pageEnd = BEGIN + world.pageEnd * MINUTE_MS;
      onPage?.(rows.filter((row) => row.time < pageEnd));
      onPage?.(rows.filter((row) => row.time >= pageEnd));
      return Promise.resolve(rows);
    },
    release: (_asset, from) => {
      releasedAt = from;
    },
  };
  const candles: Pick<CandleReader, 'latestClosed'> = {
    latestClosed: ({ timeframe, from }) => {
      const index = TIMEFRAMES.indexOf(timeframe);
      const row = stored.of(0, index).find(({ time }) => time === from);
      const found = row === undefined ? null : world.database(row);
      return Promise.resolve(found === null ? [] : [found as CandleRecord]);
    },
  };
  const reads: (() => Promise<AssetHistory>)[] = [];
  const closed: number[] = [];
  const ports = {
    ...{ engine, candles, sink: new RecordingSink(engine), now: () => 1, depth: 500 },
    taker: {
      history: (_asset: number, read: () => Promise<AssetHistory>) => reads.push(read),
      closed: (_asset: number, timeframe: number) => closed.push(timeframe),
    },
    store: (more: readonly CandleRecord[]) => {
      records.push(...more);
      return Promise.resolve();
    },
  };
  const refusal = await resume(served, feed as Feed, ports, world.checkpoint);
  return { refusal, engine, records, releasedAt, reads, closed };
}

t.test(
  'the minutes since are taken from the exchange, stored with indicators, and then the stream flows',
  async (t) => {
    const { refusal, engine, records, releasedAt, reads, closed } = await run();
    t.equal(refusal, null);
    t.equal(reads.length, 1, 'the analyses are given the history of before');
    t.equal(closed.length, records.length, 'and every candle since');
    t.equal(releasedAt, BEGIN + 50 * MINUTE_MS, 'from the first minute that is not finished');
    const steady = after(50);
    const since = steady.sink.candles.slice(stored.candles.length);
    t.same(
      records.map(({ timeframe, time, close, volume, indicators }) => [
        timeframe,
        time,
        close,
        volume,
        indicators,
      ]),
      since.map(({ timeframeIndex, candle: { time, close, volume }, indicators: [ema_3] }) => [
        ...[TIMEFRAMES[timeframeIndex], time, close, volume],
        { ema_3 },
      ]),
      'bit for bit those of an engine that never stopped',
    );
    const values = (of: Engine): readonly string[] =>
      TIMEFRAMES.map((_, series) => `${of.closedValue(series, 0)} ${of.formingValue(series, 0)}`);
    t.same(values(engine), values(steady.engine));
  },
);

t.test(
  'a quiet minute that the exchange left out is flat, and needs a later candle to be believed',
  async (t) => {
    const { refusal, records, releasedAt } = await run({
      exchange: FINE.exchange.filter((_, minute) => minute !== 43 && minute < 48),
    });
    t.equal(refusal, null);
    const minutes = records.filter(({ timeframe }) => timeframe === '1m');
    t.match(minutes[3], {
      time: BEGIN + 43 * MINUTE_MS,
      open: candle(42).close,
      high: candle(42).close,
      volume: 0,
    });
    t.equal(minutes.length, 8);
    t.equal(releasedAt, BEGIN + 48 * MINUTE_MS, 'the feed asks about the rest');
  },
);

t.test('a restart within the minute has nothing to make up for', async (t) => {
  const { refusal, records, releasedAt } = await run({ now: CLOSED + 0.2 });
  t.equal(refusal, null);
  t.same(records, []);
  t.equal(releasedAt, BEGIN + CLOSED * MINUTE_MS);
});

t.test('history that is some seconds behind its stream is no contradiction', async (t) => {
  const behind = FINE.exchange.slice(0, CLOSED - 1);
  const { refusal, records, releasedAt } = await run({ now: CLOSED + 0.1, exchange: behind });
  t.equal(refusal, null);
  t.same(records, []);
  t.equal(releasedAt, BEGIN + CLOSED * MINUTE_MS);
});

t.test('what does not fit is refused before anything is touched', async (t) => {
  const lacking = (minute: number): readonly Candle[] => FINE.exchange.filter((_, index) => index !== minute);
  const otherwise = (minute: number, different: Partial<Candle>): readonly Candle[] =>
    FINE.exchange.map((row, index) => (index === minute ? { ...row, ...different } : row));
  const cases: readonly (readonly [string, Partial<World>, RegExp])[] = [
    ['nonsense', { checkpoint: 'x' }, /no object/],
    ['older than a day', { now: CLOSED + 1_441 }, /older than a day/],
    ['of the future', { now: CLOSED - 3 }, /ahead of the exchange/],
    [
      'an exchange that lacks the newest closed minute',
      { exchange: FINE.exchange.slice(0, CLOSED - 1) },
      /lacks its newest/,
    ],
    ['an exchange that has nothing', { exchange: [] }, /lacks its newest minutes/],
    [
      'another close in the newest minute',
      { exchange: otherwise(CLOSED - 1, { close: 99 }) },
      /says otherwise/,
    ],
    ['another volume', { exchange: otherwise(CLOSED - 2, { volume: 3 }) }, /says otherwise/],
    [
      'a hole between two answers',
      { exchange: lacking(43), pageEnd: 43 },
      /the exchange lacks minutes since/,
    ],
    ['a database that lacks a candle', { database: () => null }, /the database lacks its newest 1m candle/],
    [
      'a database that has another',
      { database: (row) => ({ ...row, high: 111 }) },
      /the database has another 1m candle/,
    ],
  ];
  for (const [name, different, wanted] of cases) {
    const { refusal, engine, records, releasedAt } = await run(different);
    t.match(refusal, wanted, name);
    t.same([records, releasedAt], [[], null], `${name}: nothing is stored, nothing flows`);
    t.ok(Number.isNaN(engine.openMinute(0)), `${name}: the asset is as freshly added`);
    engine.seed(0, 0, [candle(0)], 'history');
  }
});
