/**
 * From a change of a row in the database by anyone until the server has it in memory: a setting that is updated, a few
 * hundred times. If this worsens, alerts, limits and settings take effect later. The limit hears of the same change by a
 * bare LISTEN and reads the row by one query.
 */
import pg from 'pg';
import { pino } from 'pino';
import { AlertDesk } from '../src/app/alert-desk.js';
import { LiveChanges } from '../src/app/live-changes.js';
import { LiveTables } from '../src/app/live-tables.js';
import { Engine } from '../src/engine/engine.js';
import type { Queryable } from '../src/store/pool.js';
import { CHANGES_CHANNEL } from '../src/store/table-change.js';
import type { BenchResult } from './bench.js';
import { type BenchDatabase, startBenchDatabase } from './store-database.js';

const WARM_UP = 50;
const CHANGES = 400;
const KEY = 'bench.changes';
/** A change of which nothing is heard for so long has been lost. */
const LOST_MS = 5_000;

/** Gives ms from the update until it is known, median and 99th percentile. */
export async function run(): Promise<readonly BenchResult[]> {
  const database = await startBenchDatabase(0);
  try {
    await database.pool.query(`INSERT INTO system_config (key, value) VALUES ($1, '0')`, [KEY]);
    const limit = await plain(database);
    const ours = await live(database);
    const note = `${CHANGES} updates of a setting, one after the other, the commit included; fsync on`;
    const limitName = 'bare LISTEN and a query';
    return [
      {
        ...{ name: 'a change in the database until it is in memory, median', unit: 'ms', note, limitName },
        ...{ ours: at(ours, 0.5), limit: at(limit, 0.5) },
      },
      {
        ...{ name: 'a change in the database until it is in memory, p99', unit: 'ms', note, limitName },
        ...{ ours: at(ours, 0.99), limit: at(limit, 0.99) },
      },
    ];
  } finally {
    await database.drop();
  }
}

async function live({ url, pool }: BenchDatabase): Promise<readonly number[]> {
  const logger = pino({ level: 'silent' });
  const tables = new LiveTables();
  const { alerts: book } = new Engine({ indicators: [] });
  const desk = new AlertDesk({ assetIdOf: (asset) => asset, write: () => undefined });
  const changes = new LiveChanges({
    ...{ url, pool, logger, tables, book, desk },
    ...{ served: [], onListed: () => undefined },
  });
  await changes.start();
  try {
    return await measure(pool, (heard) => {
      tables.settings.subscribe(({ set }) => {
        for (const { value } of set) heard(value);
      });
    });
  } finally {
    await changes.close();
  }
}

async function plain({ url, pool }: BenchDatabase): Promise<readonly number[]> {
  const listener = new pg.Client({ connectionString: url });
  await listener.connect();
  try {
    await listener.query(`LISTEN ${CHANGES_CHANNEL}`);
    return await measure(pool, (heard) => {
      listener.on('notification', () => {
        void pool
          .query<{ value: unknown }>('SELECT value FROM system_config WHERE key = $1', [KEY])
          .then(({ rows }) => heard(rows[0]?.value));
      });
    });
  } finally {
    await listener.end();
  }
}

/** Changes the setting again and again and gives how long each change took to be heard of, ms, in ascending order. */
async function measure(
  pool: Queryable,
  listen: (heard: (value: unknown) => void) => void,
): Promise<readonly number[]> {
  let awaited: { readonly value: number; readonly done: () => void } | undefined;
  listen((value) => {
    if (value === awaited?.value) awaited?.done();
  });
  const took: number[] = [];
  for (let value = 1; value <= WARM_UP + CHANGES; value++) {
    const begun = performance.now();
    const heard = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing was heard of change ${value}`)), LOST_MS);
      awaited = {
        value,
        done() {
          clearTimeout(timer);
          resolve();
        },
      };
    });
    await Promise.all([
      heard,
      pool.query('UPDATE system_config SET value = to_jsonb($2::int) WHERE key = $1', [KEY, value]),
    ]);
    if (value > WARM_UP) took.push(performance.now() - begun);
  }
  return took.sort((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
