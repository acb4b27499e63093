import t from 'tap';
import { Engine } from '../../src/engine/engine.js';
import type { FeedEvent } from '../../src/events.js';
import type { Candle } from '../../src/market.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import { pairOf } from '../oracles/pairs.js';
import { RecordingSink } from './recording-sink.js';

const START = Date.UTC(2024, 7, 7, 10);

/** Closes that neither stand still nor go hand in hand. */
function closesOf(asset: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => 100 + Math.sin(i * (1 + asset / 3)) + (i % (3 + asset)));
}

function joined(assets: readonly number[], references: readonly number[]) {
  return assets.map((asset, number) => ({ number, asset, reference: references[number] as number }));
}

function history(closes: readonly number[]): readonly Candle[] {
  return closes.map((close, i) => ({
    time: START - (closes.length - i) * MINUTE_MS,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    tradeCount: null,
    vwap: null,
  }));
}

function market(closes: readonly (readonly number[])[]) {
  const engine = new Engine({ indicators: [] });
  const sink = new RecordingSink(engine);
  for (const [asset, all] of closes.entries()) {
    engine.addAsset({ amountDecimals: 3, simulated: false });
    engine.seed(asset, 0, history(all), 'history');
    engine.goLive(asset, START, sink);
  }
  const trade = (asset: number, time: number, price: number): FeedEvent => ({
    type: 'trade',
    asset,
    id: String(time),
    time,
    price,
    amount: 1,
    side: null,
    receivedAt: time,
  });
  const close = (asset: number, time: number): FeedEvent => ({
    type: 'watermark',
    asset,
    time,
    receivedAt: time,
  });
  const process = (...events: readonly FeedEvent[]): void => {
    for (const event of events) engine.process(event, sink);
  };
  return { engine, process, trade, close };
}

t.test('a pair that is added while its assets are live has its values at once', async (t) => {
  const closes = [closesOf(0, 30), closesOf(1, 30)] as const;
  const { engine } = market(closes);
  const pair = engine.addPair(0, 1);
  const [correlation, beta] = pairOf(joined(closes[0], closes[1]), 20);
  const values = engine.closedPair(pair, 0);
  t.ok(Math.abs(values.correlation - correlation) < 1e-12 && Math.abs(values.beta - beta) < 1e-12);
  t.ok(Number.isNaN(engine.formingPair(pair, 0).correlation), 'no candle forms yet');
});

t.test('the forming values are those of the next close, whichever asset closes first', async (t) => {
  const { engine, process, trade, close } = market([closesOf(0, 30), closesOf(1, 30)]);
  const pair = engine.addPair(0, 1);
  process(trade(0, START + 5, 104), trade(1, START + 6, 99));
  const forming = engine.formingPair(pair, 0);
  t.ok(Number.isFinite(forming.correlation) && Number.isFinite(forming.beta));
  process(close(1, START + MINUTE_MS));
  t.not(engine.closedPair(pair, 0).correlation, forming.correlation, 'one side alone says nothing');
  process(close(0, START + MINUTE_MS));
  t.same(engine.closedPair(pair, 0), forming);
});

t.test('a third asset joins one that is in a pair already', async (t) => {
  const closes = [0, 1, 2].map((asset) => closesOf(asset, 30));
  const { engine } = market(closes);
  engine.addPair(0, 1);
  const pair = engine.addPair(2, 1);
  const [correlation] = pairOf(joined(closes[2] ?? [], closes[1] ?? []), 20);
  t.ok(Math.abs(engine.closedPair(pair, 0).correlation - correlation) < 1e-12);
});

t.test('a restored asset can be paired at once', async (t) => {
  const closes = [closesOf(0, 30), closesOf(1, 30)] as const;
  const before = market(closes).engine;
  const engine = new Engine({ indicators: [] });
  for (const asset of [0, 1]) {
    engine.addAsset({ amountDecimals: 3, simulated: false });
    engine.restore(asset, before.checkpoint(asset), 'drop');
  }
  t.same(engine.closedPair(engine.addPair(0, 1), 0), before.closedPair(before.addPair(0, 1), 0));
});

t.test('with an asset its pairs go', async (t) => {
  const { engine } = market([closesOf(0, 30), closesOf(1, 30)]);
  const pair = engine.addPair(0, 1);
  engine.removeAsset(1);
  t.throws(() => engine.closedPair(pair, 0), /there is no pair/);
  t.throws(() => engine.addPair(0, 1), /there is no asset 1/);
});

t.test('the engine tells the candlestick patterns of the newest closed candle', async (t) => {
  const falling = Array.from({ length: 12 }, (_, i) => 1_000 - 2 * i);
  const candles = history(falling).map((candle) => ({
    ...candle,
    open: candle.close + 2,
    high: candle.close + 6,
    low: candle.close - 4,
  }));
  const { engine, process } = market([]);
  engine.addAsset({ amountDecimals: 3, simulated: false });
  engine.seed(0, 0, candles, 'history');
  engine.goLive(0, START);
  t.notMatch(engine.patterns(0), [{ name: 'hammer' }], 'none while nothing but the fall has closed');
  process({
    type: 'candle',
    asset: 0,
    time: START,
    open: 975,
    high: 978.5,
    low: 960,
    close: 978,
    volume: 1,
    closed: true,
    source: 'stream',
    exchangeTime: START + MINUTE_MS,
    receivedAt: START + MINUTE_MS,
  });
  t.match(engine.patterns(0), [{ name: 'hammer', direction: 'bullish' }]);
});
