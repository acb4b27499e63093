import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import type { AlertBook } from '../engine/alerts/alert-book.js';
import type { Logger } from '../logger.js';
import type { ActiveAlert } from '../store/alert-records.js';
import { Listener, type ListenOptions, type ListenStats } from '../store/listen.js';
import type { LiveAsset } from '../store/live-records.js';
import type { Pool, Queryable } from '../store/pool.js';
import { ACTIVE_ALERT_ROWS, readActiveAlertsOf } from '../store/repositories/alerts.js';
import {
  ASSET_ROWS,
  PORTFOLIO_ASSET_ROWS,
  PORTFOLIO_ROWS,
  RISK_ROWS,
  SETTING_ROWS,
  WATCHLIST_ASSET_ROWS,
  WATCHLIST_ROWS,
} from '../store/repositories/live-rows.js';
import { CHANGES_CHANNEL, parseTableChange, type TableChange } from '../store/table-change.js';
import type { AlertDesk } from './alert-desk.js';
import { LiveAlerts } from './live-alerts.js';
import { LiveReader } from './live-reader.js';
import type { LiveTables } from './live-tables.js';
import type { ServedAsset } from './served-asset.js';

export interface LiveChangesOptions
  extends Pick<ListenOptions<TableChange>, 'url' | 'checkMs' | 'timeoutMs' | 'retry'> {
  /** Connections that may read all rows. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** What this process serves; alerts on other assets are none of its business. */
  readonly served: readonly ServedAsset[];
  readonly tables: LiveTables;
  /** The engine's. */
  readonly book: AlertBook;
  readonly desk: AlertDesk;
  /** Called when an asset is switched off, and when it is switched on again. */
  readonly onListed: (served: ServedAsset, isListed: boolean) => void;
}

export interface LiveChangesStats extends ListenStats {
  /** Alerts in the book. */
  readonly alerts: number;
  /** Alerts that the book does not take. */
  readonly refusedAlerts: number;
  /** Firings of repeating alerts that came too thick to be told. */
  readonly heldBackFirings: number;
  /** Rounds of reading, and those that failed; they are made again. */
  readonly reads: number;
  readonly failedReads: number;
  /** True while something that has changed is not in memory yet. */
  readonly isBehind: boolean;
}

/** How often it is looked whether alerts have got the price that they count from. */
const REFERENCES_MS = 1_000;
const RETRY = { baseMs: 100, maxMs: 5_000 };
/** Alerts that are read in one query when their asset is switched on. */
const PAGE = 400;

/** A reader of any table. */
interface AnyReader {
  readonly table: string;
  readonly isDue: boolean;
  mark(keys: readonly (number | string)[] | null): void;
  read(connection: Queryable): Promise<void>;
}

/**
 * Keeps `LiveTables` and the book of alerts as the database has them, whoever changes it. A notification only says
 * which rows have changed; they are read then, all that came in one turn with a query per table. Whenever the listener
 * has been away everything is read anew, and what is as it was stays untouched. So a change is in memory once it has
 * been committed, in the time of a notification and a query, and none is lost.
 */
export class LiveChanges {
  readonly #options: LiveChangesOptions;
  readonly #listener: Listener<TableChange>;
  readonly #served: ReadonlyMap<number, ServedAsset>;
  readonly #alerts: LiveAlerts;
  readonly #alertReader: LiveReader<number, ActiveAlert>;
  /** In the order in which they are read: alerts need to know their assets. */
  readonly #readers: readonly AnyReader[];
  /** Served assets that are switched off, by the database's id. */
  readonly #unlisted = new Set<number>();
  /** Those whose alerts have to come or go because of that. */
  readonly #switched = new Set<number>();
  readonly #closing = new AbortController();
  /** Settled by the first reading. */
  #begin: (error?: unknown) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #reads = 0;
  #failedReads = 0;

  constructor(options: LiveChangesOptions) {
    this.#options = options;
    const { tables, desk, logger, book, url, checkMs, timeoutMs, retry } = options;
    this.#served = new Map(options.served.map((served) => [served.assetId, served]));
    this.#alerts = new LiveAlerts({
      ...{ book, logger },
      assetOf: (id) => (this.#unlisted.has(id) ? undefined : this.#served.get(id)?.asset),
      isPending: (id) => desk.isPending(id),
      onPlaced: (id, reference) => desk.placed(id, reference),
    });
    this.#alertReader = new LiveReader(ACTIVE_ALERT_ROWS, this.#alerts);
    this.#readers = [
      new LiveReader(ASSET_ROWS, tables.assets),
      new LiveReader(SETTING_ROWS, tables.settings),
      new LiveReader(RISK_ROWS, tables.riskSettings),
      new LiveReader(WATCHLIST_ROWS, tables.watchlists),
      new LiveReader(WATCHLIST_ASSET_ROWS, tables.watchlistAssets),
      new LiveReader(PORTFOLIO_ROWS, tables.portfolios),
      new LiveReader(PORTFOLIO_ASSET_ROWS, tables.portfolioAssets),
      this.#alertReader,
    ];
    tables.assets.subscribe(({ set, removed }) => {
      for (const row of set) this.#list(row, row.isActive && row.isSupported);
      for (const row of removed) this.#list(row, false);
    });
    desk.onSettled((ids) => this.#mark(this.#alertReader, ids));
    this.#listener = new Listener({
      ...{ url, channel: CHANGES_CHANNEL, logger, parse: parseTableChange },
      ...(checkMs === undefined ? {} : { checkMs }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retry === undefined ? {} : { retry }),
      onConnected: () => {
        for (const reader of this.#readers) this.#mark(reader, null);
      },
      onNotification: ({ table, keys }) => {
        const reader = this.#readers.find((one) => one.table === table);
        if (reader !== undefined) this.#mark(reader, keys);
      },
    });
  }

  /**
   * Begins to listen, as soon as the database lets us, and reads everything; it is in memory, and the alerts in the
   * book, when this resolves. From then on it never fails: what goes wrong is logged and tried again.
   *
   * @throws what the database throws at the first reading
   */
  start(): Promise<void> {
    this.#timer = setInterval(() => this.#alerts.settleReferences(), REFERENCES_MS);
    this.#timer.unref();
    return new Promise((resolve, reject) => {
      this.#begin = (error) => (error === undefined ? resolve() : reject(error));
      this.#listener.start();
    });
  }

  /** Takes nothing more in; resolves within half a second, or when the query that is running has its answer. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    this.#begin();
    await Promise.all([this.#listener.close(), this.#running]);
  }

  get stats(): LiveChangesStats {
    return {
      ...this.#listener.stats,
      alerts: this.#options.book.size,
      refusedAlerts: this.#alerts.refused,
      heldBackFirings: this.#options.desk.heldBack,
      reads: this.#reads,
      failedReads: this.#failedReads,
      isBehind: this.#running !== null,
    };
  }

  #mark(reader: AnyReader, keys: readonly (number | string)[] | null): void {
    reader.mark(keys);
    if (this.#closing.signal.aborted) return;
    this.#running ??= this.#run();
  }

  /** Reads until nothing is marked; never rejects. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    // What else comes in this turn is read with it.
    await nextTurn();
    for (let failures = 0; this.#isDue && !signal.aborted; ) {
      try {
        await this.#readOnce();
        this.#reads += 1;
        if (failures > 0) this.#options.logger.info('changes in the database are read again');
        failures = 0;
        this.#begin();
      } catch (error) {
        this.#begin(error);
        this.#failedReads += 1;
        if (failures === 0) {
          this.#options.logger.warn({ err: error }, 'changes in the database cannot be read; trying again');
        }
        await sleep(backoffMs(failures++, RETRY), undefined, { signal }).catch(() => undefined);
      }
    }
    // In one piece with the last look: what is marked next finds nobody running.
    this.#running = null;
  }

  get #isDue(): boolean {
    return this.#switched.size > 0 || this.#readers.some((reader) => reader.isDue);
  }

  async #readOnce(): Promise<void> {
    const { pool } = this.#options;
    for (const reader of this.#readers) {
      if (this.#closing.signal.aborted) return;
      if (reader.isDue) await reader.read(pool);
    }
    for (const assetId of this.#switched) {
      // Before: it may be switched back meanwhile.
      this.#switched.delete(assetId);
      await this.#follow(assetId).catch((error: unknown) => {
        this.#switched.add(assetId);
        throw error;
      });
    }
  }

  #list({ id }: LiveAsset, isListed: boolean): void {
    const served = this.#served.get(id);
    if (served === undefined || isListed === !this.#unlisted.has(id)) return;
    if (isListed) this.#unlisted.delete(id);
    else this.#unlisted.add(id);
    this.#switched.add(id);
    const { logger, onListed } = this.#options;
    logger.info({ symbol: served.market.symbol }, isListed ? 'switched on again' : 'switched off');
    onListed(served, isListed);
  }

  /** Puts the alerts of an asset in, or takes them out, as it is switched now. */
  async #follow(assetId: number): Promise<void> {
    const served = this.#served.get(assetId);
    if (served === undefined) return;
    if (this.#unlisted.has(assetId)) {
      await this.#alertReader.take([], this.#alerts.of(served.asset));
      return;
    }
    for (let after = 0; ; ) {
      const rows = await readActiveAlertsOf(this.#options.pool, assetId, after, PAGE);
      await this.#alertReader.take(rows, []);
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) return;
      after = last.id;
    }
  }
}
