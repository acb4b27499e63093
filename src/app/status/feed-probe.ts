import type { Feed, FeedStatus } from '../../feeds/feed.js';
import { Rate } from './rate.js';
import { DEGRADED, DOWN, faultIf, type Probe, type Reading, reading } from './reading.js';
import { RecentValues } from './recent-values.js';

/** A symbol that has told nothing for so long is called silent, ms. Thin markets are. */
const SILENT_MS = 300_000;
/** Messages of a whole exchange older than this mean that it tells nothing, ms. */
const STALE_MS = 60_000;
/** Prices that are so late are no live prices, ms. */
const LATE_MS = 5_000;
/** A clock so far from the exchange's tells another minute, ms. */
const SKEW_MS = 2_000;

/** Looks at the feed of one exchange. */
export class FeedProbe implements Probe {
  readonly name: string;
  readonly weight: number;
  readonly #feed: Pick<Feed, 'exchange' | 'status'>;
  readonly #lags = new RecentValues();
  readonly #rate = new Rate();
  #lookedAt = 0;

  /** @param isOnly whether there is no other exchange */
  constructor(feed: Pick<Feed, 'exchange' | 'status'>, isOnly: boolean) {
    this.#feed = feed;
    this.name = `feed:${feed.exchange}`;
    this.weight = isOnly ? 1 : 0.8;
  }

  read(now: number): Reading {
    const status = this.#feed.status();
    const { symbols, connected, counters } = status;
    if (symbols.length === 0) return reading({ symbols: 0 }, []);
    this.#lags.turn(now);
    let newest: number | null = null;
    let silent = 0;
    let gaps = 0;
    for (const { lastMessageAt, lagMs, gap } of symbols) {
      if (lastMessageAt === null || now - lastMessageAt > SILENT_MS) silent += 1;
      if (gap !== null) gaps += 1;
      if (lastMessageAt === null) continue;
      newest = Math.max(newest ?? 0, lastMessageAt);
      if (lagMs !== null && lastMessageAt > this.#lookedAt) this.#lags.add(Math.max(0, lagMs));
    }
    this.#lookedAt = now;
    const age = newest === null ? null : Math.max(0, now - newest);
    const [p50, p99] = this.#lags.percentiles([0.5, 0.99]);
    const shareOpen = gaps / symbols.length;
    return reading(
      {
        connected,
        symbols: symbols.length,
        last_message_age_ms: age,
        lag_p50_ms: p50,
        lag_p99_ms: p99,
        messages_per_second: this.#rate.read(counters.messages, now),
        silent_symbols: silent,
        open_gaps: gaps,
        ...counts(status),
      },
      [
        faultIf(!connected, DOWN, 'not connected'),
        faultIf(connected && age !== null && age > STALE_MS, 0.2, `no message for ${seconds(age)} s`),
        faultIf(
          gaps > 0,
          shareOpen > 0.5 ? DEGRADED : 0.95,
          `${gaps} of ${symbols.length} symbols have a gap`,
        ),
        faultIf(p99 !== null && p99 > LATE_MS, DEGRADED, `prices come ${seconds(p99)} s late (p99)`),
        faultIf(
          Math.abs(status.clockOffsetMs) > SKEW_MS,
          DEGRADED,
          `our clock is ${seconds(Math.abs(status.clockOffsetMs))} s from the exchange's`,
        ),
      ],
    );
  }
}

function counts({ counters, clockOffsetMs, nextRetryAt, restErrors, sockets }: FeedStatus) {
  return {
    sockets,
    clock_offset_ms: Math.round(clockOffsetMs),
    next_retry_at: nextRetryAt,
    reconnects: counters.reconnects,
    stalls: counters.stalls,
    gaps_opened: counters.gapsOpened,
    gaps_unrepaired: counters.gapsUnrepaired,
    malformed: counters.malformed,
    rest_retries: counters.restRetries,
    rest_errors: Object.values(restErrors).reduce((sum, count) => sum + count, 0),
  };
}

function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1_000).toFixed(1);
}
