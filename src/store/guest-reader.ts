import type { Timeframe } from '../timeframe.js';
import { asUser } from './as-user.js';
import type { BucketedRange, TimeRange } from './conditions.js';
import type { Page, PageRequest } from './keyset.js';
import type { MetricsRecord, RegimeRecord } from './market-records.js';
import type { Position } from './outbox.js';
import { type Connection, type Pool, transaction } from './pool.js';
import { listMetrics, metricsHistory } from './repositories/metrics.js';
import { modelNames } from './repositories/models.js';
import { regimeHistory } from './repositories/regimes.js';
import { newestRotation, type SectorRotation } from './repositories/sector-analyses.js';
import {
  getSectors,
  listSectorHistory,
  type SectorPerformance,
  type SectorRecord,
  sectorPerformance,
} from './repositories/sectors.js';
import {
  type PerformanceQuery,
  type SignalPerformance,
  signalPerformance,
} from './repositories/signal-performance.js';
import { getSignal, listSignals, type SignalFilter, type SignalRecord } from './repositories/signals.js';
import { getWatchlist, listWatchlists } from './repositories/watchlists.js';
import type { AnalysisPeriod, SectorCandle } from './sector-records.js';
import type { FullWatchlist } from './watchlist-records.js';

/** Signals that are active, and up to which event of their channel that is so. */
export interface ActiveSignals {
  /** Every event up to it is in `signals`, later ones may be; null: the channel has had none yet. */
  readonly position: Position | null;
  /** The newest first, at most 100. */
  readonly signals: readonly SignalRecord[];
}

const MAX_ACTIVE = 100;

/** The transaction shows what is committed when it begins, to all of its queries. */
const ONE_MOMENT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/**
 * What anybody may read of the analyses of one data source. Every call is a transaction as a guest: rows of users are
 * not seen, whatever a query says. Rejects as the database does, and with a RangeError for a cursor that is none.
 */
export class GuestReader {
  readonly #pool: Pool;
  /** Whose rows are read, such as `binance`: those of made up prices are never among those of real ones. */
  readonly dataSource: string;

  /** @param pool of the role `cryptopredict_gateway` */
  constructor(pool: Pool, dataSource: string) {
    this.#pool = pool;
    this.dataSource = dataSource;
  }

  /** Gives snapshots, the newest first. */
  metrics(query: { readonly timeframe: Timeframe } & TimeRange & PageRequest): Promise<Page<MetricsRecord>> {
    return this.#read((database) => listMetrics(database, { ...query, dataSource: this.dataSource }));
  }

  /** Gives the last snapshot of each bucket, the oldest first. */
  metricsHistory(
    query: { readonly timeframe: Timeframe } & BucketedRange,
  ): Promise<readonly MetricsRecord[]> {
    return this.#read((database) => metricsHistory(database, { ...query, dataSource: this.dataSource }));
  }

  /** Gives the last analysis of each bucket, the oldest first. */
  regimeHistory(query: { readonly timeframe: Timeframe } & BucketedRange): Promise<readonly RegimeRecord[]> {
    return this.#read((database) => regimeHistory(database, { ...query, dataSource: this.dataSource }));
  }

  /** Gives those of the sectors that there are, by id, with their newest analysis of a period. */
  sectors(ids: readonly number[], period: AnalysisPeriod): Promise<readonly SectorRecord[]> {
    return this.#read((database) => getSectors(database, ids, { dataSource: this.dataSource, period }));
  }

  /** Gives what a sector's market cap has done. */
  sectorPerformance(sectorId: number, timeframe: Timeframe): Promise<SectorPerformance> {
    const series = { sectorId, timeframe, dataSource: this.dataSource };
    return this.#read((database) => sectorPerformance(database, series));
  }

  /** Gives figures of a sector, the newest first. */
  sectorHistory(
    query: { readonly sectorId: number; readonly timeframe: Timeframe } & TimeRange & PageRequest,
  ): Promise<Page<SectorCandle>> {
    return this.#read((database) => listSectorHistory(database, { ...query, dataSource: this.dataSource }));
  }

  /** Gives the newest analysis of all sectors of a period; null: there is none. */
  rotation(period: AnalysisPeriod): Promise<SectorRotation | null> {
    return this.#read((database) => newestRotation(database, this.dataSource, period));
  }

  /** Gives signals, the newest first. */
  signals(filter: Omit<SignalFilter, 'dataSource'>): Promise<Page<SignalRecord>> {
    return this.#read((database) => listSignals(database, { ...filter, dataSource: this.dataSource }));
  }

  /** Gives a signal; null: there is none of this data source. */
  signal(id: number): Promise<SignalRecord | null> {
    return this.#read(async (database) => {
      const signal = await getSignal(database, id);
      if (signal === null) return null;
      const { rows } = await database.query<{ source: string }>(
        'SELECT data_source AS source FROM assets WHERE id = $1',
        [signal.assetId],
      );
      return rows[0]?.source === this.dataSource ? signal : null;
    });
  }

  /** Gives the active signals of a channel, with its position of the same moment. */
  activeSignals(channel: string, symbol: string | null): Promise<ActiveSignals> {
    return transaction(this.#pool, async (connection) => {
      await connection.query(ONE_MOMENT);
      await connection.query(`SELECT set_config('cryptopredict.user_id', '', true)`);
      const { rows } = await connection.query<Position>(
        'SELECT epoch, last_offset AS "offset" FROM outbox_channels WHERE channel = $1 AND user_id IS NULL',
        [channel],
      );
      const { items } = await listSignals(connection, {
        ...{ dataSource: this.dataSource, status: 'active', limit: MAX_ACTIVE },
        ...(symbol === null ? {} : { symbol }),
      });
      return { position: rows[0] ?? null, signals: items };
    });
  }

  /** Gives the names of all models. */
  modelNames(): Promise<readonly string[]> {
    return this.#read(modelNames);
  }

  /** Gives what became of signals. */
  signalPerformance(query: Omit<PerformanceQuery, 'dataSource'>): Promise<SignalPerformance> {
    return this.#read((database) => signalPerformance(database, { ...query, dataSource: this.dataSource }));
  }

  /** Gives the default watchlists with their assets. */
  watchlists(request: PageRequest): Promise<Page<FullWatchlist>> {
    return this.#read((database) => listWatchlists(database, { ...request, userId: null }));
  }

  /** Gives a default watchlist with its assets; null: there is none. */
  watchlist(id: number): Promise<FullWatchlist | null> {
    return this.#read((database) => getWatchlist(database, null, id));
  }

  #read<T>(work: (database: Connection) => Promise<T>): Promise<T> {
    return asUser(this.#pool, null, work);
  }
}
