import t, { type Test } from 'tap';
import { METRICS_FIELDS, REGIME_FIELDS, SECTOR_FIELDS } from '../../src/analysis-fields.js';
import { AnalysisPublisher } from '../../src/app/analysis-publisher.js';
import { LiveAnalysisView } from '../../src/app/analysis-view.js';
import { LiveScores } from '../../src/app/user-views/live-scores.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import { type AnalysisChannel, parseChannel } from '../../src/channels.js';
import { Analysis } from '../../src/engine/analysis/analysis.js';
import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import type { FrameResult } from '../../src/engine/analysis/look.js';
import type { Publication } from '../../src/events.js';
import { bucketStart, HOUR_MS, TIMEFRAMES } from '../../src/timeframe.js';
import type { ChannelState } from '../../src/ws/ports.js';
import { analysed, SECTORS } from '../support/analysis-run.js';
import { until } from '../support/until.js';
import { closesOf, endOf, walk } from '../support/walking-market.js';

const BASES = ['BTC', 'ETH', 'SOL'];
const BEGIN = Date.UTC(2025, 0, 6);
const QUARTERS = 4 * 24 * 60;
const HOUR = TIMEFRAMES.indexOf('1h');

interface Site {
  readonly analysis: Analysis;
  readonly view: LiveAnalysisView;
  readonly broker: MemoryBroker<Publication>;
  readonly publisher: AnalysisPublisher;
  readonly looks: FrameResult[];
  /** Has the price of all assets move to so many times their last close. */
  move(factor: number): void;
  /** Closes the quarter of an hour, and what ends with it, of all assets. */
  close(): void;
}

function setUp(t: Test): Site {
  const walks = BASES.map((_, asset) => walk(asset + 1, QUARTERS + 40, BEGIN, 100 * (asset + 1)));
  const closes = closesOf(walks);
  let place = closes.findIndex((close) => endOf(close) > BEGIN + QUARTERS * 900_000);
  let now = BEGIN + QUARTERS * 900_000;
  let factor = 1;
  const looks: FrameResult[] = [];
  const analysis = new Analysis({
    sink: { looked: (result) => looks.push(result), opened: () => undefined, changed: () => undefined },
    forming: (asset, timeframe): ClosedCandle | null => {
      const last = walks[asset]?.find((candle) => candle.time + 900_000 === now);
      const name = TIMEFRAMES[timeframe];
      if (last === undefined || name === undefined || factor === 1) return null;
      const price = last.close * factor;
      const time = bucketStart(name, now);
      return {
        time,
        open: last.close,
        high: Math.max(last.close, price),
        low: Math.min(last.close, price),
        close: price,
        volume: 1,
      };
    },
  });
  analysis.setMarket(analysed(BASES), SECTORS);
  for (const { asset, timeframe, candle } of closes.slice(0, place))
    analysis.seed(asset, timeframe, [candle]);
  for (const asset of BASES.keys()) analysis.goLive(asset);
  analysis.settle();
  analysis.drain();
  const numbers = new Map(BASES.map((base, asset) => [`${base}/USDT`, asset]));
  const view = new LiveAnalysisView({
    analysis,
    scores: new LiveScores(analysis),
    dataSource: 'made',
    isSimulated: true,
    numbers,
    now: () => now,
  });
  const broker = new MemoryBroker<Publication>();
  const publisher = new AnalysisPublisher(view, broker, () => now);
  t.teardown(() => publisher.stop());
  return {
    ...{ analysis, view, broker, publisher, looks },
    move(next) {
      factor = next;
      for (const asset of BASES.keys()) analysis.ticked(asset, 100 * next, now + 1_000);
    },
    close() {
      const end = now + 900_000;
      for (; place < closes.length; place++) {
        const close = closes[place];
        if (close === undefined || endOf(close) > end) break;
        analysis.closed(close.asset, close.timeframe, { ...close.candle, exchangeTime: end, coverage: 1 });
      }
      now = end;
      factor = 1;
      analysis.drain();
    },
  };
}

function channel(text: string): AnalysisChannel {
  const parsed = parseChannel(text);
  if ('fault' in parsed || !('kind' in parsed)) throw new Error(`${text} is no channel`);
  return parsed as AnalysisChannel;
}

function valueIn(fields: readonly string[], { row }: ChannelState | Publication, field: string): unknown {
  return row?.[fields.indexOf(field)];
}

t.test('a channel has a value for each of its fields', async (t) => {
  const { view, move } = setUp(t);
  move(1.01);
  const [metrics, regime, sectors] = ['metrics:1h', 'regime:1h', 'sectors'].map((text) =>
    view.state(channel(text)),
  );
  t.equal(metrics?.row?.length, METRICS_FIELDS.length);
  t.equal(regime?.row?.length, REGIME_FIELDS.length);
  t.ok(sectors?.row?.every((row) => (row as readonly unknown[]).length === SECTOR_FIELDS.length));
  t.equal(sectors?.row?.length, SECTORS.length);
  t.same(view.state(channel('sectors:Bitcoin')).row?.[SECTOR_FIELDS.indexOf('sector')], 'Bitcoin');
  t.match(view.metrics('1h'), { state: 'forming', simulated: true, data_source: 'made' });
  t.match(view.regime('1h'), { state: 'forming', analysis_timeframe: '1h' });
  t.same(
    view.sectorAnalyses().map((row) => Object.keys(row)),
    SECTORS.map(() => [...SECTOR_FIELDS]),
  );
  t.ok((view.rotation() as { flows: unknown[] }).flows.length > 0);
  t.match(await view.asset('ETH/USDT'), { symbol: 'ETH/USDT', simulated: true });
  await t.rejects(view.asset('XYZ/USDT'), RangeError);
});

t.test('live values move with the price, and go back with it', async (t) => {
  const { view, move } = setUp(t);
  const price = (): unknown => view.metrics('1h')?.btc_price_usd;
  move(1.02);
  const high = price();
  move(1);
  // What was computed is kept for a quarter of a second.
  t.equal(price(), high);
  await until('the new price', () => price() !== high);
  t.ok(Math.abs(Number(price()) * 1.02 - Number(high)) < 1e-9 * Number(high));
});

t.test('a candle that has closed is never read as it formed', (t) => {
  const { view, move, close, looks } = setUp(t);
  move(1.05);
  const before = view.metrics('1h');
  for (let quarter = 0; quarter < 4; quarter++) close();
  const closed = looks.find(({ moment }) => moment.timeframe === HOUR);
  t.not(closed, undefined);
  const after = view.metrics('1h');
  t.not(after?.btc_price_usd, before?.btc_price_usd, 'at once, not after a quarter of a second');
  t.equal(after?.btc_price_usd, closed?.metrics?.btcPriceUsd);
  t.equal(after?.rsi_14, closed?.metrics?.rsi14);
  t.end();
});

t.test('what was found at a close and how it stands go to those who want it, each change once', async (t) => {
  const { view, broker, publisher, move, close, looks } = setUp(t);
  const got: Publication[] = [];
  await broker.subscribe('metrics:1h', (publication) => got.push(publication));
  for (let quarter = 0; quarter < 4; quarter++) close();
  for (const look of looks) publisher.looked(look);
  t.equal(got.length, 1, 'one hour has closed');
  t.equal(valueIn(METRICS_FIELDS, got[0] as Publication, 'state'), 'closed');
  for (const look of looks) publisher.looked(look);
  t.equal(got.length, 1, 'the same again is not sent again');
  publisher.start();
  move(1.01);
  await until('a live value', () => got.length >= 2);
  const [, second] = got;
  t.equal(valueIn(METRICS_FIELDS, second as Publication, 'state'), 'forming');
  t.same(
    got.map(({ offset }) => offset),
    got.map((_, i) => i + 1),
  );
  t.ok(view.state(channel('metrics:1h')).offset >= 2);
  await publisher.stop();
  const count = got.length;
  move(1.02);
  await new Promise((resolve) => setTimeout(resolve, 400));
  t.equal(got.length, count, 'nothing comes after the stop');
});

t.test('before any price is known there is nothing to be seen', async (t) => {
  const analysis = new Analysis({
    sink: { looked: () => undefined, opened: () => undefined, changed: () => undefined },
    forming: () => null,
  });
  analysis.setMarket(analysed(BASES), SECTORS);
  const view = new LiveAnalysisView({
    ...{ analysis, dataSource: 'made', isSimulated: true, now: () => HOUR_MS },
    scores: new LiveScores(analysis),
    numbers: new Map([['BTC/USDT', 0]]),
  });
  t.equal(view.metrics('1h'), null);
  t.equal(view.regime('1d'), null);
  t.equal(view.regimeForecast('1d', 3), null);
  t.same(view.sectorAnalyses(), []);
  t.equal(view.rotation(), null);
  t.equal(await view.watchlist(1), null);
  t.match(await view.asset('BTC/USDT'), { recommendation: null, missing: { recommendation: /no price/ } });
  t.same(view.state(channel('metrics:1h')), { offset: 0, time: HOUR_MS, row: null });
});
