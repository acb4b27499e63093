/**
 * The four layers beside the engine: what a trade costs with them, and how long the event loop is held when two hundred
 * symbols close together, as one piece of what an exchange sends: at a minute, at an hour, and where a day, a week and a
 * month end at once. If this worsens, prices come later to everybody, when it matters most. The limit is the same loop
 * with the indicators alone.
 */

import { pino } from 'pino';
import { AnalysisHost } from '../src/app/analysis-host.js';
import { Analysis } from '../src/engine/analysis/analysis.js';
import { Engine, type EngineSink } from '../src/engine/engine.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { FeedEvent, TradeEvent } from '../src/events.js';
import { HOUR_MS, TIMEFRAME_COUNT } from '../src/timeframe.js';
import { ALL_END, EVE, farSignal, MadeMinutes, makeHistory, makeMarket, priceOf } from './analysed-market.js';
import type { BenchResult } from './bench.js';
import { makeRandom } from './populated-engine.js';

const ASSETS = 200;
const PORTFOLIOS = 100;
const TRADES = 100_000;
const ROUNDS = 9;
/** Trades after which portfolios that moved are asked for, as a publisher does. */
const TAKEN_EACH = 1_250;
const MINUTES = 7 * 60;

interface Bench {
  readonly engine: Engine;
  /** Null: the indicators alone. */
  readonly host: AnalysisHost | null;
  readonly analysis: Analysis | null;
  readonly process: (event: FeedEvent) => void;
}

async function open(isAnalysed: boolean): Promise<Bench> {
  const engine = new Engine({ indicators: DEFAULT_INDICATORS });
  for (let asset = 0; asset < ASSETS; asset++) {
    engine.addAsset({ amountDecimals: 5, simulated: true });
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++)
      engine.seed(asset, timeframe, makeHistory(asset, timeframe), 'history');
    engine.goLive(asset, EVE);
  }
  const analysis = isAnalysed ? analyse(engine) : null;
  const host = analysis === null ? null : new AnalysisHost(engine, analysis, pino({ level: 'silent' }));
  for (let asset = 0; host !== null && asset < ASSETS; asset++) {
    const history = Array.from({ length: TIMEFRAME_COUNT }, (_, timeframe) => makeHistory(asset, timeframe));
    host.history(asset, async () => history);
  }
  await host?.idle();
  analysis?.settle();
  analysis?.drain();
  const sink: EngineSink = {
    closed: (asset, timeframe) => host?.closed(asset, timeframe),
    moved: () => undefined,
    ticked: (asset) => host?.ticked(asset),
    fired: () => undefined,
    expired: () => undefined,
    dropped: (_asset, reason) => {
      throw new Error(`the benchmark's own event was dropped as ${reason}`);
    },
  };
  const process = (event: FeedEvent): void => {
    host?.begin(event);
    engine.process(event, sink);
  };
  return { engine, host, analysis, process };
}

function analyse(engine: Engine): Analysis {
  const analysis = new Analysis({
    sink: { looked: () => undefined, opened: () => undefined, changed: () => undefined },
    forming: (asset, timeframe) => engine.forming(asset * TIMEFRAME_COUNT + timeframe),
  });
  const { assets, sectors, lists, portfolios } = makeMarket(ASSETS, PORTFOLIOS);
  analysis.setMarket(assets, sectors);
  analysis.watchlists.set(lists);
  analysis.portfolios.set(portfolios, analysis.market);
  for (let asset = 0; asset < ASSETS; asset += 3) analysis.signals.restore(asset, [farSignal(asset)]);
  return analysis;
}

/** CPU time, ns: work that is synchronous costs it alone, whatever else the machine does. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}

/**
 * Measures how long synchronous work holds the event loop, ms: by the clock or by processor time, whichever is less,
 * since another process may have had the processor meanwhile, and the collector has threads of its own.
 */
class Stopwatch {
  readonly #begun = performance.now();
  readonly #cpu = cpuNs();

  get ms(): number {
    return Math.min(performance.now() - this.#begun, (cpuNs() - this.#cpu) / 1e6);
  }
}

/** ns a trade of all assets at random within the minute that is open; the best of some rounds. */
function tradesOf(benches: readonly Bench[], minute: number): readonly number[] {
  const random = makeRandom(11);
  const trades = Array.from({ length: 10_000 }, (_, i): TradeEvent => {
    const asset = Math.floor(random() * ASSETS);
    const [id, time] = [String(1_000_000 + i), minute + Math.floor(i / 200)];
    const price = priceOf(asset) * (1 + (random() - 0.5) * 0.01);
    const amount = Math.ceil(random() * 100_000) / 100_000;
    return { type: 'trade', asset, id, time, price, amount, side: null, receivedAt: time };
  });
  const best = benches.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [which, { process, analysis }] of benches.entries()) {
      const begun = cpuNs();
      for (let i = 0; i < TRADES; i++) {
        process(trades[i % trades.length] as TradeEvent);
        if (i % TAKEN_EACH === 0) analysis?.portfolios.takeMoved(PORTFOLIOS, () => undefined);
      }
      const ns = (cpuNs() - begun) / TRADES;
      // The first round is for the compiler.
      if (round > 0) best[which] = Math.min(best[which] as number, ns);
    }
  }
  return best;
}

const BOUNDARIES = ['a minute', 'an hour', 'four hours', 'a day, a week and a month'] as const;
type Boundary = (typeof BOUNDARIES)[number];

function boundaryAt(time: number): Boundary {
  if (time === ALL_END) return 'a day, a week and a month';
  if (time % (4 * HOUR_MS) === 0) return 'four hours';
  return time % HOUR_MS === 0 ? 'an hour' : 'a minute';
}

/** What one boundary took, ms. */
interface Held {
  /** The engine and all that hangs on it, while the closes came in. */
  readonly burst: number;
  /** The longest turn of the event loop afterwards. */
  readonly turn: number;
  /** All turns. */
  readonly whole: number;
}

async function boundaries(bench: Bench): Promise<ReadonlyMap<Boundary, readonly Held[]>> {
  const minutes = new MadeMinutes(ASSETS);
  const found = new Map<Boundary, Held[]>();
  for (let n = 0; n < MINUTES; n++) {
    const events = minutes.next();
    const watch = new Stopwatch();
    for (const event of events) bench.process(event);
    const burst = watch.ms;
    const { turn, whole } = await turns(bench);
    const boundary = boundaryAt(minutes.time);
    found.set(boundary, [...(found.get(boundary) ?? []), { burst, turn, whole }]);
  }
  return found;
}

/** Lets the event loop go round until nothing waits; how long its longest turn was, and all of them. */
async function turns({ host }: Bench): Promise<{ readonly turn: number; readonly whole: number }> {
  let turn = 0;
  let whole = 0;
  while (host?.isBusy === true) {
    const watch = new Stopwatch();
    await new Promise((resolve) => setImmediate(resolve));
    const took = watch.ms;
    turn = Math.max(turn, took);
    whole += took;
  }
  return { turn, whole };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Gives what a trade costs, and how long a boundary of 200 symbols holds the event loop. */
export async function run(): Promise<readonly BenchResult[]> {
  const analysed = await open(true);
  const plain = await open(false);
  const size = `${ASSETS} symbols`;
  const limitName = 'the indicators alone';
  const [ours = Number.NaN, limit = Number.NaN] = tradesOf([analysed, plain], EVE);
  const results: BenchResult[] = [
    {
      name: `a trade with all layers on, ${size}`,
      unit: 'ns',
      ours,
      limit,
      limitName,
      note: `${PORTFOLIOS} portfolios of 10 positions, live signals on a third of the symbols; aim twice the limit`,
    },
  ];
  const withLayers = await boundaries(analysed);
  const without = await boundaries(plain);
  for (const boundary of BOUNDARIES) {
    const held = withLayers.get(boundary) ?? [];
    const bare = without.get(boundary) ?? [];
    if (held.length === 0) continue;
    const bursts = held.map(({ burst }) => burst);
    const note = `${held.length} of them, worst ${Math.max(...bursts).toFixed(1)}; aim 20`;
    results.push(
      {
        ...{ name: `${size} close ${boundary} in one piece, median`, unit: 'ms', ours: median(bursts) },
        ...{ limit: median(bare.map(({ burst }) => burst)), limitName, note },
      },
      {
        ...{ name: `${size} have closed ${boundary}: the longest turn afterwards, median`, unit: 'ms' },
        ours: median(held.map(({ turn }) => turn)),
        note: `worst ${Math.max(...held.map(({ turn }) => turn)).toFixed(1)}, in all ${median(held.map(({ whole }) => whole)).toFixed(1)}; aim 20`,
      },
    );
  }
  return results;
}
