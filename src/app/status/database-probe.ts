import { messageOf } from '../../errors.js';
import type { Pool } from '../../store/pool.js';
import { DEGRADED, DOWN, faultIf, type Probe, type Reading, reading } from './reading.js';
import { RecentValues } from './recent-values.js';

/** A database that answers so late is slow, and one that is silent so long is away, ms. */
const SLOW_MS = 1_000;
const AWAY_MS = 5_000;
/** Queries that wait for a connection, of both pools: more than this is a jam. */
const MANY_WAITING = 20;

/** What is read of a pool of connections. */
export type PoolFigures = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>;

/** Looks at the database: asks it for nothing, over and over, one question at a time. */
export class DatabaseProbe implements Probe {
  readonly name = 'database';
  readonly weight = 0.9;
  readonly #engine: PoolFigures & Pick<Pool, 'query'>;
  readonly #gateway: PoolFigures;
  readonly #roundTrips = new RecentValues();
  /** When the question that waits was asked, ms; null: none waits. */
  #askedAt: number | null = null;
  #last: number | null = null;
  #error: string | null = null;
  #failures = 0;

  constructor(engine: PoolFigures & Pick<Pool, 'query'>, gateway: PoolFigures) {
    this.#engine = engine;
    this.#gateway = gateway;
  }

  read(now: number): Reading {
    this.#roundTrips.turn(now);
    if (this.#askedAt === null) void this.#ask(now);
    const silent = this.#askedAt === null ? 0 : now - this.#askedAt;
    const pools = [this.#engine, this.#gateway];
    const waiting = pools.reduce((sum, { waitingCount }) => sum + waitingCount, 0);
    const [p50, p99] = this.#roundTrips.percentiles([0.5, 0.99]);
    return reading(
      {
        round_trip_ms: this.#last,
        round_trip_p50_ms: p50,
        round_trip_p99_ms: p99,
        connections: pools.reduce((sum, { totalCount }) => sum + totalCount, 0),
        idle_connections: pools.reduce((sum, { idleCount }) => sum + idleCount, 0),
        waiting_queries: waiting,
        failures: this.#failures,
      },
      [
        faultIf(this.#error !== null, DOWN, `it does not answer: ${this.#error}`),
        faultIf(silent > AWAY_MS, DOWN, `no answer for ${Math.round(silent / 1_000)} s`),
        faultIf(silent > SLOW_MS, DEGRADED, `no answer for ${silent} ms`),
        faultIf((p50 ?? 0) > SLOW_MS, DEGRADED, `an answer takes ${p50} ms (p50)`),
        faultIf(waiting > MANY_WAITING, DEGRADED, `${waiting} queries wait for a connection`),
      ],
    );
  }

  async #ask(now: number): Promise<void> {
    this.#askedAt = now;
    const begin = performance.now();
    try {
      await this.#engine.query('SELECT');
      const took = performance.now() - begin;
      this.#last = Math.round(took * 100) / 100;
      this.#roundTrips.add(took);
      this.#error = null;
    } catch (error) {
      // The next look asks anew: once a second is often enough, and never two at a time.
      this.#failures += 1;
      this.#last = null;
      this.#error = messageOf(error);
    } finally {
      this.#askedAt = null;
    }
  }
}
