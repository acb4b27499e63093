/**
 * The indicators by themselves: the set that every library has, through `IndicatorSet`, on one series whose memory is
 * in the processor's cache and on 8,000 at random, as the ticks of a thousand symbols come. If this worsens, every tick
 * does. The limit is the same set written by hand as one function; beside it other libraries with the same candles.
 */
import { IndicatorSet } from '../src/engine/indicators/indicator-set.js';
import { CLOSE, HIGH, LOW, OPEN, VOLUME } from '../src/engine/indicators/layout.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { SeriesState } from '../src/engine/indicators/series-state.js';
import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import type { BenchResult } from './bench.js';
import { batchOver, classicSeries, type PeerSeries, signalsSeries } from './indicator-peers.js';
import { MEASURED_SET, type MeasuredCandle, measuredMarket } from './indicator-set.js';
import { PLAIN_SIZE, plainCommit, plainPeek, plainPut } from './plain-indicators.js';
import { makeRandom } from './populated-engine.js';

const SERIES = 8_000;
/** Series of the other libraries: 8,000 of them would take gigabytes. */
const PEER_SERIES = 500;
const SEEDED = 250;
const CANDLES = 1 << 14;
const MASK = CANDLES - 1;
const ROUNDS = 7;

const candles = measuredMarket(CANDLES);

function candleAt(i: number): MeasuredCandle {
  return candles[i & MASK] as MeasuredCandle;
}

/** Gives ns per call of the best of some rounds; the first is for the compiler. */
function best(count: number, round: (count: number) => void): number {
  let ns = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= ROUNDS; i++) {
    const begun = process.hrtime.bigint();
    round(count);
    const took = Number(process.hrtime.bigint() - begun) / count;
    if (i > 0) ns = Math.min(ns, took);
  }
  return ns;
}

/** Which series each call is for: all the time the first, or one at random. */
function order(series: number): Int32Array {
  const random = makeRandom(5);
  return Int32Array.from({ length: CANDLES }, () => Math.floor(random() * series));
}

interface Figures {
  readonly commit: number;
  readonly peek: number;
}

function put({ input }: SeriesState, candle: MeasuredCandle): void {
  input[OPEN] = candle.open;
  input[HIGH] = candle.high;
  input[LOW] = candle.low;
  input[CLOSE] = candle.close;
  input[VOLUME] = candle.volume;
}

function measureOurs(specs: readonly IndicatorSpec[], series: number, seeded = SEEDED): Figures {
  const set = new IndicatorSet(specs);
  const state = set.createState(series, 1);
  for (let i = 0; i < series; i++) {
    for (let j = 0; j < seeded; j++) {
      put(state, candleAt(i * 7 + j));
      set.commit(state, i);
    }
  }
  const which = order(series);
  const peek = best(500_000, (count) => {
    for (let i = 0; i < count; i++) {
      const at = which[i & MASK] as number;
      put(state, candleAt(i));
      set.peek(state, at, at + 1, 0);
    }
  });
  const commit = best(300_000, (count) => {
    for (let i = 0; i < count; i++) {
      const at = which[i & MASK] as number;
      put(state, candleAt(i));
      set.commit(state, at);
    }
  });
  return { commit, peek };
}

function measurePlain(series: number): Figures {
  const slab = new Float64Array(series * PLAIN_SIZE);
  for (let i = 0; i < series; i++) {
    for (let j = 0; j < SEEDED; j++) {
      const { high, low, close } = candleAt(i * 7 + j);
      plainPut(slab, i * PLAIN_SIZE, high, low, close);
      plainCommit(slab, i * PLAIN_SIZE);
    }
  }
  const which = order(series);
  const run =
    (step: (slab: Float64Array, base: number) => void) =>
    (count: number): void => {
      for (let i = 0; i < count; i++) {
        const base = (which[i & MASK] as number) * PLAIN_SIZE;
        const { high, low, close } = candleAt(i);
        plainPut(slab, base, high, low, close);
        step(slab, base);
      }
    };
  return { peek: best(500_000, run(plainPeek)), commit: best(300_000, run(plainCommit)) };
}

interface PeerFigures {
  readonly commit: number;
  /** NaN: it cannot. */
  readonly peek: number;
  readonly bytes: number;
}

function heapUsed(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function measurePeer(make: () => PeerSeries, series: number): PeerFigures {
  const before = heapUsed();
  const all = Array.from({ length: series }, (_, i) => {
    const made = make();
    for (let j = 0; j < SEEDED; j++) made.commit(candleAt(i * 7 + j));
    return made;
  });
  const bytes = (heapUsed() - before) / series;
  const which = order(series);
  const run =
    (step: (peer: PeerSeries, candle: MeasuredCandle) => void) =>
    (count: number): void => {
      for (let i = 0; i < count; i++) step(all[which[i & MASK] as number] as PeerSeries, candleAt(i));
    };
  const commit = best(
    20_000,
    run((peer, candle) => peer.commit(candle)),
  );
  const canPeek = all[0]?.peek !== undefined;
  const peek = canPeek
    ? best(
        20_000,
        run((peer, candle) => peer.peek?.(candle)),
      )
    : Number.NaN;
  return { commit, peek, bytes };
}

function measureBatch(): number {
  const window = candles.slice(0, 250);
  const [highs, lows, closes] = (['high', 'low', 'close'] as const).map((field) =>
    window.map((candle) => candle[field]),
  ) as [number[], number[], number[]];
  return best(500, (count) => {
    for (let i = 0; i < count; i++) batchOver(highs, lows, closes);
  });
}

/** Gives ns for the set, ours beside the limit and beside other libraries, and bytes per series. */
export async function run(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const series of [1, SERIES]) {
    const where = series === 1 ? 'one series' : `${series} series at random`;
    const ours = measureOurs(MEASURED_SET, series);
    const plain = measurePlain(series);
    const peers = series === 1 ? 1 : PEER_SERIES;
    const classic = measurePeer(classicSeries, peers);
    const signals = measurePeer(signalsSeries, peers);
    const beside = (step: 'commit' | 'peek'): string =>
      [
        `technicalindicators ${Number.isNaN(classic[step]) ? 'cannot' : Math.round(classic[step])}`,
        `trading-signals ${Math.round(signals[step])}${series === 1 ? '' : ` (${peers} series)`}`,
        ...(step === 'peek' && series === 1
          ? [`batch over 250 candles, no ADX ${Math.round(measureBatch())}`]
          : []),
      ].join(', ');
    for (const step of ['commit', 'peek'] as const) {
      results.push({
        name: `the set of 12 indicators, ${step}, ${where}`,
        unit: 'ns',
        ours: ours[step],
        limit: plain[step],
        limitName: 'by hand in one function',
        note: `aim ${AIMS[series === 1 ? 'one' : 'random'][step]}; ${beside(step)}`,
      });
    }
    if (series === SERIES) {
      results.push({
        name: 'memory per series, the set',
        unit: 'bytes',
        ours: new IndicatorSet(MEASURED_SET).bytesPerSeries,
        limit: PLAIN_SIZE * Float64Array.BYTES_PER_ELEMENT,
        limitName: 'by hand in one function',
        note:
          `aim 3500; technicalindicators ${Math.round(classic.bytes)}, ` +
          `trading-signals ${Math.round(signals.bytes)}`,
      });
    }
  }
  const all = new IndicatorSet(DEFAULT_INDICATORS);
  const allFigures = measureOurs(DEFAULT_INDICATORS, 1);
  const note = `${all.columns.length} values, ${all.bytesPerSeries} bytes per series`;
  results.push(
    { name: 'all indicators, commit, one series', unit: 'ns', ours: allFigures.commit, note },
    { name: 'all indicators, peek, one series', unit: 'ns', ours: allFigures.peek, note },
  );
  const young = measureOurs(MEASURED_SET, 1, 1_000);
  const old = measureOurs(MEASURED_SET, 1, 1_000_000);
  for (const step of ['commit', 'peek'] as const) {
    results.push({
      name: `the set, ${step}, after a million candles`,
      unit: 'ns',
      ours: old[step],
      limit: young[step],
      limitName: 'after a thousand',
    });
  }
  return results;
}

/** What is asked of us, in ns. */
const AIMS = {
  one: { commit: 130, peek: 60 },
  random: { commit: 300, peek: 100 },
};
