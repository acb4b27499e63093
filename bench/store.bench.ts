/**
 * The writer beside an engine that ticks: trades go through `Engine.process` at a fixed rate while closed candles go to
 * Postgres as fast as they can. If this worsens, a burst of closes holds up the ticks of everybody, or the writer falls
 * behind the feeds. The limits are a plain batched upsert of the same rows, and the ticks without any writing.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import { toIndicatorDocument } from '../src/indicator-document.js';
import { ensurePartitions } from '../src/store/partitions.js';
import type { Pool } from '../src/store/pool.js';
import type { CandleRecord } from '../src/store/records.js';
import { StoreWriter } from '../src/store/writer.js';
import { MINUTE_MS } from '../src/timeframe.js';
import type { BenchResult } from './bench.js';
import { BEGIN, makeRandom, populate } from './populated-engine.js';
import { PLAIN_UPSERT, startBenchDatabase } from './store-database.js';

const ASSETS = 100;
const TRADES_PER_SECOND = 5_000;
const MINUTES = 300;
const BATCH_ROWS = 500;
/** Rows that wait for the writer at most: it is never idle, and the queue is none of a burst of hours. */
const QUEUED_ROWS = 5_000;
/** Values that a candle is stored with. */
const INDICATORS = 20;
const TICK_ONLY_MS = 5_000;
/** A month of its own for each way, so that both write into an empty partition. */
const OURS_FROM = Date.UTC(2024, 0, 10);
const PLAIN_FROM = Date.UTC(2024, 1, 10);
const WARM_FROM = Date.UTC(2024, 2, 10);

/** Gives rows/s and the delay of the event loop. */
export async function run(): Promise<readonly BenchResult[]> {
  const { pool, assetIds, drop } = await startBenchDatabase(ASSETS);
  try {
    await ensurePartitions(pool, OURS_FROM, Date.UTC(2024, 3, 1));
    const names = DEFAULT_INDICATORS.slice(0, INDICATORS).map((_, i) => `sma_${i + 5}`);
    const rowsOf = (from: number, ids = assetIds): CandleRecord[] => makeRows(ids, from, names);
    const ticker = new Ticker();
    // A first round of each, not measured: code compiled, files of the partitions grown.
    await ticker.during(async () => {
      await writeOurs(pool, rowsOf(WARM_FROM, assetIds.slice(0, 20)));
      await writePlainly(pool, rowsOf(WARM_FROM, assetIds.slice(20, 40)));
    });
    const alone = await ticker.during(() => new Promise((resolve) => setTimeout(resolve, TICK_ONLY_MS)));
    const plainRows = rowsOf(PLAIN_FROM);
    const plain = await ticker.during(() => writePlainly(pool, plainRows));
    const ourRows = rowsOf(OURS_FROM);
    const ours = await ticker.during(() => writeOurs(pool, ourRows));
    const note = `while an engine takes ${TRADES_PER_SECOND} trades/s of ${ASSETS} symbols with all indicators`;
    return [
      {
        name: 'candle upserts of a process that ticks',
        unit: 'rows/s',
        ours: ourRows.length / ours.seconds,
        limit: plainRows.length / plain.seconds,
        limitName: 'plain batched upsert of the same rows',
        note: `${ourRows.length} closed candles with ${INDICATORS} values, the limit in statements of ${BATCH_ROWS} rows, ${note}; fsync on; bound 0.8`,
      },
      {
        name: 'event-loop delay of a process that ticks and writes, p99',
        unit: 'ms',
        ours: ours.delayMs,
        limit: plain.delayMs,
        limitName: 'with the plain upsert',
        note: `${alone.delayMs.toFixed(2)} ms without writing; ${ours.tradesPerSecond.toFixed(0)} trades/s; bound 5`,
      },
    ];
  } finally {
    await drop();
  }
}

interface Measured {
  readonly seconds: number;
  readonly delayMs: number;
  readonly tradesPerSecond: number;
}

/** Trades of a market, as many a second whatever else the process does. */
class Ticker {
  readonly #engine = populate(DEFAULT_INDICATORS, ASSETS);
  readonly #random = makeRandom(11);
  #minute = BEGIN;
  #trades = 0;
  #id = 0;

  async during(work: () => Promise<void>): Promise<Measured> {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const begun = performance.now();
    this.#trades = 0;
    const timer = setInterval(() => this.#tick((performance.now() - begun) / 1_000), 1);
    delay.enable();
    await work();
    delay.disable();
    clearInterval(timer);
    const seconds = (performance.now() - begun) / 1_000;
    return {
      seconds,
      // A timer of 1 ms is 1 ms late by itself.
      delayMs: delay.percentile(99) / 1e6 - 1,
      tradesPerSecond: this.#trades / seconds,
    };
  }

  /** Catches up with the trades that are due. Market time runs so that a minute closes every second. */
  #tick(seconds: number): void {
    for (; this.#trades < seconds * TRADES_PER_SECOND; this.#trades++) {
      this.#id += 1;
      if (this.#id % TRADES_PER_SECOND === 0) this.#closeMinute();
      const time =
        this.#minute + Math.floor(((this.#id % TRADES_PER_SECOND) * MINUTE_MS) / TRADES_PER_SECOND);
      this.#engine.process(
        {
          type: 'trade',
          asset: Math.floor(this.#random() * ASSETS),
          id: String(this.#id),
          time,
          price: 60_000 + Math.floor(this.#random() * 1_000) / 100,
          amount: Math.ceil(this.#random() * 100_000) / 100_000,
          side: null,
          receivedAt: time,
        },
        QUIET,
      );
    }
  }

  #closeMinute(): void {
    this.#minute += MINUTE_MS;
    for (let asset = 0; asset < ASSETS; asset++) {
      this.#engine.process({ type: 'watermark', asset, time: this.#minute, receivedAt: this.#minute }, QUIET);
    }
  }
}

const QUIET = {
  closed: () => undefined,
  moved: () => undefined,
  ticked: () => undefined,
  fired: () => undefined,
  expired: () => undefined,
  dropped(_asset: number, reason: string): void {
    throw new Error(`the benchmark's own trade was dropped as ${reason}`);
  },
};

function makeRows(ids: readonly number[], from: number, names: readonly string[]): CandleRecord[] {
  const rows: CandleRecord[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    for (const assetId of ids) {
      const open = 100 + Math.sin(assetId + minute / 50) * 10;
      const close = open + Math.cos(minute) / 7;
      rows.push({
        assetId,
        timeframe: '1m',
        time: from + minute * MINUTE_MS,
        open,
        high: Math.max(open, close) + 0.5,
        low: Math.min(open, close) - 0.5,
        close,
        volume: 1_000 / (minute + 1),
        tradeCount: 40 + minute,
        vwap: (open + close) / 2,
        isClosed: true,
        isValidated: true,
        source: 'stream',
        coverage: 1,
        indicators: Object.fromEntries(names.map((name, i) => [name, open * (1 + i / 97)])),
      });
    }
  }
  return rows;
}

async function writeOurs(pool: Pool, rows: readonly CandleRecord[]): Promise<void> {
  const writer = new StoreWriter({
    pool,
    logger: pino({ level: 'silent' }),
    toDocument: toIndicatorDocument,
  });
  for (const row of rows) {
    while (writer.closedQueued >= QUEUED_ROWS) await sleep(2);
    writer.closed(row);
  }
  const unwritten = await writer.close(60_000);
  if (unwritten > 0 || writer.stats.closedWritten !== rows.length) throw new Error('rows are missing');
}

async function writePlainly(pool: Pool, rows: readonly CandleRecord[]): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) {
    const page = rows.slice(at, at + BATCH_ROWS);
    await pool.query(PLAIN_UPSERT, [
      page.map((r) => r.assetId),
      page.map((r) => r.time),
      page.map((r) => r.open),
      page.map((r) => r.high),
      page.map((r) => r.low),
      page.map((r) => r.close),
      page.map((r) => r.volume),
      page.map((r) => r.tradeCount),
      page.map((r) => r.vwap),
      page.map((r) => JSON.stringify(toIndicatorDocument(r.indicators ?? {}, 0))),
    ]);
  }
}
