/**
 * The way of a tick: a trade through `Engine.process`, which moves eight forming candles and peeks every configured
 * indicator on each, and the close of a minute. If this worsens, a burst of trades waits longer before any client
 * hears of it, and one process serves fewer symbols. The limit is the same loop with the indicators left out. A garbage
 * collection on this way would stop the market for everybody: for 30 s of ticks there must be none.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Engine, type EngineSink } from '../src/engine/engine.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import { MINUTE_MS } from '../src/timeframe.js';
import type { BenchResult } from './bench.js';
import { MEASURED_SET } from './indicator-set.js';
import { BEGIN, makeRandom, populate } from './populated-engine.js';

const TRADES = 200_000;
const REPEATS = 5;
const QUIET_SECONDS = 30;

/** CPU time of this process: work that is synchronous costs it alone, whatever else the machine does. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}

class CountingSink implements EngineSink {
  closes = 0;
  moves = 0;

  closed(): void {
    this.closes += 1;
  }

  moved(): void {
    this.moves += 1;
  }

  ticked(): void {
    // Counted by `moved`: every trade here is of the shown minute.
  }

  fired(): void {
    throw new Error('an alert that nobody set has fired');
  }

  expired(): void {
    throw new Error('an alert that nobody set has expired');
  }

  dropped(_asset: number, reason: string): void {
    throw new Error(`the benchmark's own trade was dropped as ${reason}`);
  }
}

interface Figures {
  readonly nsPerTrade: number;
  readonly nsPerClose: number;
}

/** Trades of all assets in random order within one minute, then the close of many minutes. The best of some rounds. */
function measure(indicators: readonly IndicatorSpec[], assets: number): Figures {
  const engine = populate(indicators, assets);
  const random = makeRandom(11);
  const sink = new CountingSink();
  const trades = Array.from({ length: 10_000 }, (_, i) => ({
    type: 'trade' as const,
    asset: Math.floor(random() * assets),
    id: String(1_000_000 + i),
    time: 0,
    price: 60_000 + Math.floor(random() * 1_000) / 100,
    amount: Math.ceil(random() * 100_000) / 100_000,
    side: null,
    receivedAt: 0,
  }));
  let nsPerTrade = Number.POSITIVE_INFINITY;
  let nsPerClose = Number.POSITIVE_INFINITY;
  let minute = BEGIN;
  for (let round = 0; round <= REPEATS; round++) {
    const begun = cpuNs();
    for (let i = 0; i < TRADES; i++) {
      const trade = trades[i % trades.length];
      if (trade === undefined) throw new Error('no trade');
      trade.time = minute + Math.floor((i * MINUTE_MS) / TRADES);
      trade.receivedAt = trade.time;
      engine.process(trade, sink);
    }
    const traded = cpuNs();
    const minutes = Math.ceil(5_000 / assets);
    for (let i = 0; i < minutes; i++) {
      minute += MINUTE_MS;
      for (let asset = 0; asset < assets; asset++) {
        engine.process({ type: 'watermark', asset, time: minute, receivedAt: minute }, sink);
      }
    }
    const closed = cpuNs();
    // The first round is for the compiler.
    if (round === 0) continue;
    nsPerTrade = Math.min(nsPerTrade, (traded - begun) / TRADES);
    nsPerClose = Math.min(nsPerClose, (closed - traded) / (minutes * assets));
  }
  return { nsPerTrade, nsPerClose };
}

/** Gives how many garbage collections 30 s of ticks caused, and how many ticks they were. */
async function collections(): Promise<{ readonly count: number; readonly ticks: number }> {
  const program = fileURLToPath(new URL('./quiet-ticks.js', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--trace-gc', program, String(QUIET_SECONDS)],
    { maxBuffer: 2 ** 26, timeout: 120_000 },
  );
  const [, during = '', ticks] = /\nbegin\n([\s\S]*)end (\d+)\n/.exec(stdout) ?? [];
  return { count: during.split('\n').filter((line) => / ms: /.test(line)).length, ticks: Number(ticks) };
}

function symbolsOf(assets: number): string {
  return assets === 1 ? '1 symbol' : `${assets} symbols at random`;
}

/** Gives ns per trade and per closed minute, for one symbol and for hundreds at random. */
export async function run(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  const columns = new Engine().indicatorColumns.length;
  for (const assets of [1, 100, 500]) {
    const ours = measure(DEFAULT_INDICATORS, assets);
    const limit = measure([], assets);
    const limitName = 'the same without indicators';
    results.push(
      {
        name: `trades through the engine, all indicators, ${symbolsOf(assets)}`,
        unit: 'trades/s',
        ours: 1e9 / ours.nsPerTrade,
        limit: 1e9 / limit.nsPerTrade,
        limitName,
        note: `${Math.round(ours.nsPerTrade)} ns a trade: eight forming candles, ${columns} indicator values on each`,
      },
      {
        name: `minutes closed by the engine, ${symbolsOf(assets)}`,
        unit: 'closes/s',
        ours: 1e9 / ours.nsPerClose,
        limit: 1e9 / limit.nsPerClose,
        limitName,
        note: `${Math.round(ours.nsPerClose)} ns a minute, longer candles that end with it included`,
      },
    );
  }
  const assets = 1_000;
  results.push({
    name: `a tick on eight timeframes with the set of 12, ${symbolsOf(assets)}`,
    unit: 'ns',
    ours: measure(MEASURED_SET, assets).nsPerTrade,
    limit: measure([], assets).nsPerTrade,
    limitName: 'the same without indicators',
    note: 'aim 500',
  });
  const { count, ticks } = await collections();
  results.push({
    name: `garbage collections in ${QUIET_SECONDS} s of ticks`,
    unit: '',
    ours: count,
    note: `${ticks.toLocaleString('en')} ticks of 100 symbols, all indicators; aim 0`,
  });
  return results;
}
