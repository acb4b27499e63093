/**
 * Live states of users: a thousand portfolios of ten holdings that all are watched, 200 symbols, a thousand prices a second;
 * then their dashboards too. If this worsens, users who watch what is theirs make prices come later to everybody. The
 * limit takes the same prices while nobody watches.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { LiveTables } from '../src/app/live-tables.js';
import { DashboardSource } from '../src/app/user-views/dashboard-source.js';
import { LiveScores } from '../src/app/user-views/live-scores.js';
import { LiveUserViews } from '../src/app/user-views/live-user-views.js';
import { PortfolioSource } from '../src/app/user-views/portfolio-source.js';
import { WatchlistSource } from '../src/app/user-views/watchlist-source.js';
import { MemoryBroker } from '../src/broker/broker-memory.js';
import { Analysis } from '../src/engine/analysis/analysis.js';
import type { Publication } from '../src/events.js';
import type { Pool } from '../src/store/pool.js';
import { EVE, makeMarket, priceOf } from './analysed-market.js';
import type { BenchResult } from './bench.js';
import { makeRandom } from './populated-engine.js';

const SYMBOLS = 200;
const USERS = 1_000;
const PRICES_PER_SECOND = 1_000;
const WARM_UP_MS = 3_000;
const MEASURED_MS = 15_000;
/** Prices come in such steps, ms. */
const STEP_MS = 5;

/** What is watched while prices come. */
type Watched = readonly ('portfolio' | 'dashboard')[];

interface Figures {
  /** Processor time per second, ms. */
  readonly cpuMs: number;
  /** How late the event loop was: the worst of a thousand turns and the longest of all, ms. */
  readonly p999: number;
  readonly worst: number;
  /** States published per second. */
  readonly published: number;
}

/** Gives processor time and delays of the event loop. */
export async function run(): Promise<readonly BenchResult[]> {
  const quiet = await measure([]);
  const portfolios = await measure(['portfolio']);
  const all = await measure(['portfolio', 'dashboard']);
  return [
    ...rows(`${USERS} portfolios are watched`, portfolios, quiet),
    ...rows(`${USERS} portfolios and as many dashboards are watched`, all, quiet),
  ];
}

function rows(name: string, ours: Figures, limit: Figures): readonly BenchResult[] {
  const note = `${PRICES_PER_SECOND} prices/s of ${SYMBOLS} symbols, 10 holdings each; ${Math.round(ours.published)} states/s published`;
  const limitName = 'nobody watches';
  return [
    { name: `${name}: processor time`, unit: 'ms/s', ours: ours.cpuMs, limit: limit.cpuMs, limitName, note },
    {
      name: `${name}: delay of the event loop, p99.9`,
      unit: 'ms',
      ours: ours.p999,
      limit: limit.p999,
      limitName,
      note,
    },
    {
      name: `${name}: delay of the event loop, worst`,
      unit: 'ms',
      ours: ours.worst,
      limit: limit.worst,
      limitName,
      note,
    },
  ];
}

async function measure(watched: Watched): Promise<Figures> {
  const random = makeRandom(7);
  const broker = new MemoryBroker<Publication>();
  const { views, tick } = site(broker);
  for (const kind of watched) {
    for (let user = 1; user <= USERS; user++) await broker.subscribe(`${kind}#${user}`, () => undefined);
  }
  for (let asset = 0; asset < SYMBOLS; asset++) tick(asset, priceOf(asset), EVE);
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * PRICES_PER_SECOND;
    for (; sent < due; sent++) {
      const asset = Math.floor(random() * SYMBOLS);
      tick(asset, priceOf(asset) * (1 + random() / 100), EVE + sent);
    }
  }, STEP_MS);
  views.start();
  await sleep(WARM_UP_MS);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const [cpu, before, since] = [process.cpuUsage(), broker.status().published, performance.now()];
  await sleep(MEASURED_MS);
  delays.disable();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - since) / 1_000;
  const published = (broker.status().published - before) / seconds;
  clearInterval(timer);
  await views.stop();
  await broker.close();
  return {
    cpuMs: (user + system) / 1_000 / seconds,
    // A timer of 1 ms is late by 1 ms where nothing is.
    p999: delays.percentile(99.9) / 1e6 - 1,
    worst: delays.max / 1e6 - 1,
    published,
  };
}

/** The live states over the real models, without a database. */
function site(broker: MemoryBroker<Publication>): {
  readonly views: LiveUserViews;
  readonly tick: (asset: number, price: number, time: number) => void;
} {
  const logger = pino({ level: 'silent' });
  const tables = new LiveTables();
  const made = makeMarket(SYMBOLS, USERS);
  const analysis = new Analysis({
    sink: { looked: () => undefined, opened: () => undefined, changed: () => undefined },
    forming: () => null,
  });
  analysis.setMarket(made.assets, made.sectors);
  const { portfolios: model, market } = analysis;
  model.set(made.portfolios, market);
  tables.portfolios.apply(
    made.portfolios.map(({ id, userId }) => ({ id, userId, isActive: true, isPublic: false })),
    [],
  );
  const times = new Float64Array(SYMBOLS);
  const factsOf = (asset: number) => ({
    ...{ time: times[asset] ?? 0, open24h: priceOf(asset), change24hPercent: 1 },
  });
  const pool = { query: async () => ({ rows: [] }) } as unknown as Pool;
  const views = new LiveUserViews({
    ...{ broker, model, tables, logger, now: Date.now },
    portfolios: new PortfolioSource({
      ...{ portfolios: model, market, tables, pool, dataSource: 'demo', factsOf, logger },
    }),
    watchlists: new WatchlistSource({ analysis, scores: new LiveScores(analysis), tables, factsOf }),
    dashboards: new DashboardSource({
      view: { regime: () => null, metrics: () => null, sectorAnalyses: () => [] },
      ...{ pool, notReady: () => null, tradesTaken: () => 0, activeSignals: () => 0 },
      ...{ isSimulated: true, logger },
    }),
  });
  return {
    views,
    tick(asset, price, time) {
      times[asset] = time;
      analysis.ticked(asset, price, time);
    },
  };
}
