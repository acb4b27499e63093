import t, { type Test } from 'tap';
import { CHECKPOINT_VERSION } from '../../src/engine/checkpoint.js';
import { newestMinutes } from '../../src/engine/day-window.js';
import { CheckpointError, Engine } from '../../src/engine/engine.js';
import { fingerprintOf } from '../../src/engine/fingerprint.js';
import { IndicatorSet } from '../../src/engine/indicators/indicator-set.js';
import { DEFAULT_INDICATORS } from '../../src/engine/indicators/registry.js';
import type { IndicatorSpec } from '../../src/engine/indicators/spec.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import { RecordingSink } from './recording-sink.js';

const BEGIN = Date.UTC(2024, 6, 1) - 2 * MINUTE_MS;
const OPTIONS = { amountDecimals: 3, simulated: false };
const SPECS: readonly IndicatorSpec[] = [
  { name: 'ema', period: 3 },
  { name: 'donchian', period: 5 },
];

/** An engine that has closed some minutes and is in the middle of two. */
function running(indicators: readonly IndicatorSpec[]): Engine {
  const engine = new Engine({ indicators });
  const sink = new RecordingSink(engine);
  const asset = engine.addAsset(OPTIONS);
  engine.goLive(asset, BEGIN);
  const trade = (id: number, time: number): void =>
    engine.process(
      {
        ...{ type: 'trade', asset, id: String(id), time, price: 100 + (id % 7), amount: 0.125 },
        ...{ side: null, receivedAt: time + 5 },
      },
      sink,
    );
  engine.process({ type: 'feed', asset, up: true, time: BEGIN }, sink);
  for (let minute = 0; minute < 7; minute++) {
    const time = BEGIN + minute * MINUTE_MS;
    trade(2 * minute, time + 1_000);
    trade(2 * minute + 1, time + 2_000);
    engine.process({ type: 'watermark', asset, time: time + MINUTE_MS, receivedAt: time }, sink);
  }
  trade(50, BEGIN + 7 * MINUTE_MS + 10);
  trade(51, BEGIN + 8 * MINUTE_MS + 10);
  return engine;
}

const checkpoint = running(SPECS).checkpoint(0);

function fresh(indicators = SPECS, options = OPTIONS): Engine {
  const engine = new Engine({ indicators });
  engine.addAsset(options);
  return engine;
}

/** Gives why it is refused, and makes sure that the asset can be used as if nothing had been tried. */
function refusal(t: Test, value: unknown, engine = fresh()): string {
  let reason = '';
  try {
    engine.restore(0, value, 'keep');
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    reason = error.message;
  }
  t.ok(Number.isNaN(engine.openMinute(0)) && engine.lastClosed(0) === null, 'the asset is untouched');
  const candle = { time: BEGIN, open: 1, high: 1, low: 1, close: 1, volume: 1, tradeCount: null, vwap: null };
  engine.seed(0, 0, [candle], 'history');
  engine.goLive(0, BEGIN + MINUTE_MS);
  return reason;
}

/** The checkpoint with something else at a path such as `state.minutes.head.time`. */
function altered(path: string, value: unknown): unknown {
  const copy = structuredClone(checkpoint);
  const names = path.split('.');
  let place = copy as unknown as Record<string, unknown>;
  for (const name of names.slice(0, -1)) place = place[name] as Record<string, unknown>;
  const last = names.at(-1) ?? '';
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

t.test('a checkpoint of another making is refused, with the reason, and history can be used', async (t) => {
  t.match(refusal(t, null), /no object/);
  t.match(refusal(t, altered('version', CHECKPOINT_VERSION + 1)), /version 2, ours is 1/);
  t.match(refusal(t, altered('indicators', '0123456789abcdef')), /other indicators/);
  t.match(refusal(t, checkpoint, fresh([{ name: 'ema', period: 4 }])), /other indicators/, 'another period');
  t.match(refusal(t, checkpoint, fresh(SPECS.toReversed())), /other indicators/, 'another order');
  t.match(
    refusal(t, checkpoint, fresh(SPECS, { amountDecimals: 4, simulated: false })),
    /its amountDecimals is 3, the asset's is 4/,
  );
  t.match(
    refusal(t, checkpoint, fresh(SPECS, { amountDecimals: 3, simulated: true })),
    /its simulated is false, the asset's is true/,
  );
});

t.test('state that is not of the right form, or contradicts itself, is refused by its place', async (t) => {
  const { head } = checkpoint.state.minutes;
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['state', undefined, /checkpoint.state is missing/],
    ['state.series.slab', new Float64Array(3), /series.slab has 3 numbers, not \d+/],
    ['state.series.past', [1, 2], /series.past is no array of doubles/],
    ['state.series.closed', [], /closed has 0 entries, not 8/],
    ['state.series.closed.3.source', 'guess', /closed\[3\].source is none of stream/],
    ['state.series.closed.3.isValidated', 1, /isValidated is neither true nor false/],
    ['state.series.counts', new Float64Array(8).fill(0.5), /numbers of closed candles are 0.5/],
    ['state.stats.trades', '7', /stats.trades is no number/],
    ['state.stats.more', 7, /stats.more is not known/],
    ['state.minutes.head.lastId', 7, /lastId is no text/],
    ['state.minutes.head.time', head.time + 1, /open minute is \d+/],
    ['state.minutes.head.time', Number.NaN, /open minute is NaN/],
    ['state.minutes.later', [head], /comes after/],
    ['state.uptime.spans', [1], /a span of its feed has no end/],
    ['state.ticker.day.newest', head.time, /newest closed minute is/],
    ['state.ticker.day.length', 1_440, /day has 1440 minutes/],
  ];
  for (const [path, value, wanted] of cases) t.match(refusal(t, altered(path, value)), wanted, path);
});

t.test('only a live asset has a checkpoint, and only one without history can be restored', async (t) => {
  t.throws(() => fresh().checkpoint(0), RangeError);
  t.throws(() => running(SPECS).restore(0, checkpoint, 'keep'), RangeError);
});

t.test('an asset that takes the place of a removed one is restored as well', async (t) => {
  const engine = running(SPECS);
  engine.removeAsset(0);
  engine.addAsset(OPTIONS);
  engine.restore(0, checkpoint, 'keep');
  t.same(engine.checkpoint(0), checkpoint);
});

t.test('a pair that waits for its assets has its values when they are restored', async (t) => {
  const steady = fresh();
  steady.addAsset(OPTIONS);
  const sink = new RecordingSink(steady);
  for (const asset of [0, 1]) {
    steady.goLive(asset, BEGIN);
    for (let minute = 0; minute < 30; minute++) {
      const close = 100 + ((minute * (3 + asset)) % 7);
      const numbers = { open: 100, high: 110, low: 90, close, volume: 1 };
      const time = BEGIN + minute * MINUTE_MS;
      const said = { closed: true, source: 'stream' as const, exchangeTime: time, receivedAt: time };
      steady.process({ type: 'candle', asset, time, ...numbers, ...said }, sink);
    }
  }
  const wanted = steady.closedPair(steady.addPair(0, 1), 0);
  t.ok(Number.isFinite(wanted.correlation));
  const again = fresh();
  again.addAsset(OPTIONS);
  const pair = again.addPair(0, 1);
  for (const asset of [0, 1]) again.restore(asset, steady.checkpoint(asset), 'drop');
  t.same(again.closedPair(pair, 0), wanted);
});

t.test('the newest closed minutes of a checkpoint can be read, oldest first', async (t) => {
  const { day } = checkpoint.state.ticker;
  const minutes = newestMinutes(day, 2);
  t.same(
    minutes.map(({ time }) => time),
    [BEGIN + 5 * MINUTE_MS, BEGIN + 6 * MINUTE_MS],
  );
  t.match(minutes.at(-1), { open: 105, high: 106, low: 105, close: 106, lots: 250 });
  t.equal(newestMinutes(day, 100).length, 7, 'no more than there are');
});

t.test('the fingerprint of indicators changes with whatever they compute', async (t) => {
  const of = (...specs: IndicatorSpec[]): string => new IndicatorSet(specs).fingerprint;
  const ema = { name: 'ema', period: 3 };
  t.equal(of(ema), of({ ...ema }), 'the same give the same');
  const others = [
    of({ name: 'ema', period: 4 }),
    of({ name: 'sma', period: 3 }),
    of(ema, { name: 'obv' }),
    of(),
  ];
  t.equal(new Set([of(ema), ...others]).size, 5, 'others give others');
  const one = { name: 'supertrend', period: 10, width: 3 };
  t.not(of(one), of({ ...one, width: 2 }), 'a constant that is in no column, size or place');
  t.match(of(...DEFAULT_INDICATORS), /^[0-9a-f]{16}$/);
});

/**
 * What each version of a checkpoint is like, apart from the memory of indicators. If this fails, state has got another
 * form or another meaning: raise `CHECKPOINT_VERSION` and add its digest; old files are then refused, and history is used.
 */
const DIGESTS: Readonly<Record<number, string>> = { 1: 'a21731b1c86bd18d' };

t.test('a checkpoint is what its version says', async (t) => {
  const { state, version } = running(SPECS).checkpoint(0);
  const { slab, past, ...series } = state.series;
  t.ok(slab.length > 0 && past.length > 0);
  const text = JSON.stringify({ version, state: { ...state, series } }, (_, value: unknown) => {
    if (value instanceof Float64Array) return Array.from(value, String);
    return typeof value === 'number' ? String(value) : value;
  });
  t.equal(fingerprintOf(text), DIGESTS[CHECKPOINT_VERSION], 'if not: see DIGESTS above');
});
