import type { Test } from 'tap';
import { AlertDesk } from '../../src/app/alert-desk.js';
import { LiveChanges } from '../../src/app/live-changes.js';
import { LiveTables } from '../../src/app/live-tables.js';
import { ServedAsset } from '../../src/app/served-asset.js';
import { Engine } from '../../src/engine/engine.js';
import type { EngineSink } from '../../src/engine/views.js';
import type { Logger } from '../../src/logger.js';
import type { AlertEvent } from '../../src/store/alert-records.js';
import { alertLane } from '../../src/store/lanes/alerts.js';
import type { Pool, Queryable } from '../../src/store/pool.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import { StoreWriter } from '../../src/store/writer.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import { toDocument } from '../support/candles.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { openTcpGate, type TcpGate } from '../support/tcp-gate.js';

/** The first minute that the engine sees. */
export const BEGIN = Date.UTC(2024, 6, 1, 12);
export const SYMBOLS = ['BTC/USDT', 'ETH/USDT'];

/** An alert on the first symbol, above 105; `changes` by column. */
export type AlertRow = Readonly<Record<string, unknown>>;

/** A database, an engine with two assets, and what joins them: alerts and tables in memory, and firings written. */
export interface LiveSite {
  readonly database: TestDatabase;
  readonly pool: Pool;
  /** The listener's way to the database. */
  readonly gate: TcpGate;
  readonly engine: Engine;
  readonly tables: LiveTables;
  readonly live: LiveChanges;
  readonly desk: AlertDesk;
  /** Ids of the assets of `SYMBOLS`. */
  readonly assetIds: readonly number[];
  readonly userId: number;
  /** What was switched off and on: `-BTC/USDT`, `+BTC/USDT`. */
  readonly switched: string[];
  /** All that was handed to the writer. */
  readonly events: AlertEvent[];
  /** Inserts an alert of the user; gives its id. */
  alert(changes?: AlertRow): Promise<number>;
  /** Takes a trade of the first symbol, or another, through the engine. */
  trade(seconds: number, price: number, asset?: number): void;
  /** Closes all minutes before. */
  watermark(seconds: number): void;
  /** Writes what was handed to the writer, from the beginning if it is to be repeated. */
  write(isRepeated?: boolean): Promise<void>;
}

/** Makes a user; gives the id. */
export async function makeUser(pool: Pool, name = 'ada'): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO users (email, password_hash) VALUES ($1, '$scrypt$x') RETURNING id`,
    [`${name}@example.com`],
  );
  return rows[0]?.id ?? 0;
}

/** Inserts an alert; gives its id. */
export async function insertAlert(
  pool: Queryable,
  userId: number,
  assetId: number,
  changes: AlertRow = {},
): Promise<number> {
  const row: AlertRow = {
    ...{ user_id: userId, asset_id: assetId, alert_type: 'price_target', condition: 'above' },
    ...{ trigger_value: 105, ...changes },
  };
  const names = Object.keys(row);
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO signal_alerts (${names.join()}) VALUES (${names.map((_, i) => `$${i + 1}`).join()}) RETURNING id`,
    Object.values(row),
  );
  return rows[0]?.id ?? 0;
}

export interface LiveSiteOptions {
  readonly logger?: Logger;
  /** False: what is handed to the writer stays until `write` is called. */
  readonly isWriting?: boolean;
}

/** Makes a site that does not listen yet; all of it goes with the test. */
export async function makeLiveSite(t: Test, options: LiveSiteOptions = {}): Promise<LiveSite> {
  const { logger = silent, isWriting = true } = options;
  const database = await createTestDatabase();
  const { pool } = database;
  const own = await database.connect({ role: 'cryptopredict_engine' });
  const gate = await openTcpGate(database.url);
  const assets = new AssetRepository(pool);
  const records = await assets.register(
    SYMBOLS.map((symbol) => ({ symbol, base: symbol, quote: 'USDT', dataSource: 'demo' })),
  );
  const userId = await makeUser(pool);
  const engine = new Engine({ indicators: [] });
  const served = records.map(({ id, symbol }) => {
    const market = {
      exchange: 'demo',
      symbol,
      base: symbol,
      quote: 'USDT',
      amountDecimals: 3,
      simulated: true,
    };
    return new ServedAsset(market, engine.addAsset({ amountDecimals: 3, simulated: true }), id, 'demo');
  });
  const events: AlertEvent[] = [];
  let written = 0;
  const lane = alertLane({ onSettled: (settled) => desk.settled(settled) });
  const writer = new StoreWriter({ pool: own, logger, toDocument, retry: { baseMs: 5, maxMs: 50 } });
  const push = writer.addLane(lane);
  const desk: AlertDesk = new AlertDesk({
    assetIdOf: (asset) => served[asset]?.assetId ?? 0,
    write(event) {
      events.push(event);
      if (isWriting) push(event);
    },
  });
  const write = async (isRepeated = false): Promise<void> => {
    const rows = events.slice(isRepeated ? 0 : written);
    written = events.length;
    const { refusals } = await lane.write(own, { rows, times: rows.map(() => 0), isFromDisk: isRepeated });
    const [refusal] = refusals;
    if (refusal !== undefined) throw refusal.error;
  };
  const tables = new LiveTables();
  const switched: string[] = [];
  const live = new LiveChanges({
    ...{ url: gate.url, pool: own, logger, served, tables, book: engine.alerts, desk },
    ...{ checkMs: 60_000, timeoutMs: 30_000, retry: { baseMs: 5, maxMs: 50 } },
    onListed: ({ market }, isListed) => switched.push(`${isListed ? '+' : '-'}${market.symbol}`),
  });
  t.teardown(async () => {
    await live.close();
    await writer.close();
    await gate.close();
    await database.drop();
  });
  const sink: EngineSink = {
    closed: () => undefined,
    moved: () => undefined,
    ticked: () => undefined,
    dropped: () => undefined,
    fired: (alert, firing) => desk.fired(alert, firing),
    expired: (alert) => desk.expired(alert),
  };
  for (const { asset } of served) engine.goLive(asset, BEGIN);
  let trades = 0;
  return {
    ...{ database, pool, gate, engine, tables, live, desk, userId, switched, events, write },
    assetIds: records.map(({ id }) => id),
    alert: (changes) => insertAlert(pool, userId, records[0]?.id ?? 0, changes),
    trade(seconds, price, asset = 0) {
      const time = BEGIN + seconds * 1_000;
      trades += 1;
      engine.process(
        {
          ...{ type: 'trade', asset, id: String(trades), time, price, amount: 1, side: null },
          receivedAt: time,
        },
        sink,
      );
    },
    watermark(seconds) {
      const time = BEGIN + seconds * 1_000;
      for (const { asset } of served) {
        engine.process({ type: 'watermark', asset, time: time - (time % MINUTE_MS), receivedAt: time }, sink);
      }
    },
  };
}
