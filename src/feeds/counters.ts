import type { FeedCounters } from './feed.js';

/** Gives counters that all stand at 0. */
export function newCounters(): FeedCounters {
  return {
    messages: 0,
    trades: 0,
    reconnects: 0,
    stalls: 0,
    duplicates: 0,
    reordered: 0,
    late: 0,
    missingTrades: 0,
    malformed: 0,
    gapsOpened: 0,
    gapsRepaired: 0,
    gapsUnrepaired: 0,
    confirms: 0,
    confirmedMinutes: 0,
    contradicted: 0,
    restRequests: 0,
    restRetries: 0,
    rateLimitWaitMs: 0,
  };
}
