/**
 * A first start: history of all symbols loaded from the exchange, put through the engine, and stored. If this
 * worsens, a new user waits longer for the first chart, and a server that was away for long is longer incomplete. The
 * limits are the same pages fetched by plain `fetch`, and the same rows by plain batched inserts.
 */
import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.js';
import { createPool, type Pool } from '../src/store/pool.js';
import { bucketStart, bucketsBefore, TIMEFRAMES } from '../src/timeframe.js';
import { makeTestFolder } from '../test/support/folder.js';
import { until } from '../test/support/until.js';
import type { BenchResult } from './bench.js';
import { startExchange } from './exchange-process.js';
import { startServed } from './served.js';

const SYMBOLS = 10;
/** The product's own default. */
const DEPTH = 2_400;
const PAGE = 1_000;
/** As many requests at a time as the product makes. */
const CONCURRENCY = 4;
const INSERT_ROWS = 2_000;
const START_AT = Date.UTC(2026, 0, 15, 14, 30, 20);

/** Gives candles/s. */
export async function run(): Promise<readonly BenchResult[]> {
  const logger = pino({ level: 'silent' });
  const exchange = await startExchange([
    ...['--symbols', String(SYMBOLS), '--start-at', String(START_AT), '--paused'],
  ]);
  const dataDir = await makeTestFolder('bench-history');
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  const pool = createPool({ url: postgres.url, logger });
  try {
    const ours = await firstStart(exchange.url, postgres.url);
    const fetched = await fetchPlainly(exchange.url);
    const inserted = await insertPlainly(pool);
    const note = `${ours.candles} candles of ${SYMBOLS} symbols in ${TIMEFRAMES.length} timeframes`;
    return [
      {
        name: 'history loaded at a first start',
        unit: 'candles/s',
        ours: ours.candles / ours.loadedSeconds,
        limit: fetched,
        limitName: 'plain fetch of the same pages',
        note: `${note}; until every symbol is live`,
      },
      {
        name: 'history stored at a first start',
        unit: 'candles/s',
        ours: ours.candles / ours.storedSeconds,
        limit: inserted,
        limitName: 'plain batched insert of the same rows, nothing loaded meanwhile',
        note: `until all are in Postgres, with the indicators of the newest 1,000 of each series; fsync on`,
      },
    ];
  } finally {
    await pool.end();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
    await exchange.stop();
  }
}

interface FirstStart {
  readonly candles: number;
  readonly loadedSeconds: number;
  readonly storedSeconds: number;
}

async function firstStart(exchangeUrl: string, databaseUrl: string): Promise<FirstStart> {
  const server = await startServed(exchangeUrl, ['--database-url', databaseUrl]);
  try {
    const begun = performance.now();
    let loadedSeconds = 0;
    let candles = 0;
    await until(
      'all history is stored',
      async () => {
        const [total = 0, live = 0, pending = 0, written = 0] = await server.metrics(
          'cryptopredict_symbols',
          'cryptopredict_symbols_live',
          'cryptopredict_store_history_pending',
          'cryptopredict_store_history_written_total',
        );
        if (total === 0 || live < total) return false;
        if (loadedSeconds === 0) loadedSeconds = (performance.now() - begun) / 1_000;
        candles = written;
        return pending === 0;
      },
      80_000,
    );
    return { candles, loadedSeconds, storedSeconds: (performance.now() - begun) / 1_000 };
  } finally {
    await server.stop();
  }
}

/** Asks for the same candles page by page, parses the answers and throws them away. */
async function fetchPlainly(exchangeUrl: string): Promise<number> {
  const info = await fetch(`${exchangeUrl}/api/v3/exchangeInfo`);
  const { symbols } = (await info.json()) as { symbols: readonly { symbol: string }[] };
  const series = symbols.flatMap(({ symbol }) => TIMEFRAMES.map((timeframe) => ({ symbol, timeframe })));
  let candles = 0;
  const worker = async (): Promise<void> => {
    for (let next = series.shift(); next !== undefined; next = series.shift()) {
      const { symbol, timeframe } = next;
      const to = bucketStart(timeframe, START_AT);
      let since = Math.max(0, bucketsBefore(timeframe, to, DEPTH));
      for (;;) {
        const query = `symbol=${symbol}&interval=${timeframe}&startTime=${since}&endTime=${to - 1}&limit=${PAGE}`;
        const answer = await fetch(`${exchangeUrl}/api/v3/klines?${query}`);
        const rows = (await answer.json()) as readonly (readonly [number])[];
        candles += rows.length;
        since = (rows.at(-1)?.[0] ?? to) + 1;
        if (rows.length < PAGE) break;
      }
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return candles / ((performance.now() - begun) / 1_000);
}

/** Inserts the very rows that the server stored into a table of the same columns and keys. */
async function insertPlainly(pool: Pool): Promise<number> {
  await pool.query('CREATE TABLE plain (LIKE price_data INCLUDING DEFAULTS INCLUDING INDEXES)');
  const described = await pool.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'plain'::regclass AND attnum > 0 AND attgenerated = '' ORDER BY attnum`,
  );
  const columns = described.rows;
  const names = columns.map(({ name }) => name).join(', ');
  const texts = columns.map(({ name }) => `${name}::text`).join(', ');
  const stored = await pool.query<(string | null)[]>({
    text: `SELECT ${texts} FROM price_data WHERE is_closed`,
    rowMode: 'array',
  });
  const casts = columns.map(({ type }, i) => `c${i}::${type}`).join(', ');
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const aliases = columns.map((_, i) => `c${i}`).join(', ');
  const insert = `INSERT INTO plain (${names}) SELECT ${casts} FROM unnest(${arrays}) AS n (${aliases})`;
  const begun = performance.now();
  for (let at = 0; at < stored.rows.length; at += INSERT_ROWS) {
    const page = stored.rows.slice(at, at + INSERT_ROWS);
    await pool.query(
      insert,
      columns.map((_, i) => page.map((row) => row[i])),
    );
  }
  return stored.rows.length / ((performance.now() - begun) / 1_000);
}
