import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { DatabaseProbe } from '../../../src/app/status/database-probe.js';
import { analysesProbe, engineProbe } from '../../../src/app/status/engine-probes.js';
import { FeedProbe } from '../../../src/app/status/feed-probe.js';
import { brokerProbe, gatewayProbe } from '../../../src/app/status/gateway-probes.js';
import { layerProbes } from '../../../src/app/status/layer-probes.js';
import { mailProbe, sourceProbe } from '../../../src/app/status/outside-probes.js';
import { DiskProbe, EventLoopProbe, memoryProbe } from '../../../src/app/status/process-probes.js';
import {
  changesProbe,
  checkpointProbe,
  outboxProbe,
  tasksProbe,
  writerProbe,
} from '../../../src/app/status/store-probes.js';
import { TickMeter } from '../../../src/app/status/tick-meter.js';
import type { FeedEvent } from '../../../src/events.js';
import type { FeedStatus, SymbolStatus } from '../../../src/feeds/feed.js';
import type { SourceStats } from '../../../src/feeds/sources/source.js';
import type { WriterStats } from '../../../src/store/writer.js';
import { GatewayStats } from '../../../src/ws/stats.js';
import { until } from '../../support/until.js';

const NOW = 1_700_000_000_000;
const symbol = (change: Partial<SymbolStatus> = {}): SymbolStatus => ({
  ...{ symbol: 'BTC/USDT', asset: 0, lastMessageAt: NOW - 100, lagMs: 50, sealedTo: null, gap: null },
  ...change,
});

/** A feed's status; counters that are not named are 0. */
function feedStatus(change: Partial<FeedStatus> = {}): FeedStatus {
  const counters = new Proxy({}, { get: () => 0 });
  return {
    ...{ exchange: 'x', connected: true, mode: 'trades', sockets: 1, clockOffsetMs: 0, nextRetryAt: null },
    ...{ counters, restErrors: {}, symbols: [symbol()] },
    ...change,
  } as FeedStatus;
}
const readFeed = (change: Partial<FeedStatus>, now = NOW) =>
  new FeedProbe({ exchange: 'x', status: () => feedStatus(change) }, true).read(now);

t.test('a feed is down without a connection, and worse when it is silent, late or has gaps', async (t) => {
  t.match(readFeed({}), {
    ...{ score: 1, reason: null },
    figures: { connected: true, last_message_age_ms: 100, silent_symbols: 0, open_gaps: 0 },
  });
  t.match(readFeed({ connected: false }), { score: 0, reason: 'not connected' });
  t.match(readFeed({ symbols: [] }), { score: 1 }, 'a feed that serves nothing needs no connection');
  t.match(readFeed({}, NOW + 60_000), { score: 0.2, reason: 'no message for 60.1 s' });
  t.match(readFeed({ symbols: [symbol({ lagMs: 20_000 })] }), {
    score: 0.5,
    reason: /^prices come 2\d\.\d s late/,
  });
  t.match(readFeed({ clockOffsetMs: -3_000 }), {
    score: 0.5,
    reason: "our clock is 3.0 s from the exchange's",
  });
  const quiet = symbol({ lastMessageAt: NOW - 400_000 });
  t.match(readFeed({ symbols: [quiet, symbol({ lastMessageAt: null }), symbol()] }), {
    ...{ score: 1, figures: { silent_symbols: 2, last_message_age_ms: 100 } },
  });
  const open = symbol({ gap: 'reconnect' });
  t.match(readFeed({ symbols: [open, symbol()] }), { score: 0.95, reason: '1 of 2 symbols have a gap' });
  t.match(readFeed({ symbols: [open, open, symbol()] }), { score: 0.5, figures: { open_gaps: 2 } });
  t.match(readFeed({ symbols: [symbol({ lastMessageAt: null, lagMs: null })] }), {
    figures: { last_message_age_ms: null, lag_p50_ms: null },
  });
});

t.test('the lag is that of messages that came since the last look', async (t) => {
  let status = feedStatus({ symbols: [symbol({ lagMs: 10 })] });
  const probe = new FeedProbe({ exchange: 'x', status: () => status }, true);
  probe.read(NOW);
  for (let look = 1; look <= 10; look++) probe.read(NOW + look);
  for (let look = 20; look <= 30; look += 10) {
    status = feedStatus({ symbols: [symbol({ lagMs: 1_000, lastMessageAt: NOW + look - 5 })] });
    probe.read(NOW + look);
  }
  // 10, 1,000 and 1,000: what was seen before is not counted again.
  t.ok(Number(probe.read(NOW + 40).figures.lag_p50_ms) >= 1_000);
});

t.test('every event goes through the meter, and the engine tells how many and how long', async (t) => {
  const seen: FeedEvent[] = [];
  const meter = new TickMeter((event) => seen.push(event));
  const event: FeedEvent = { type: 'feed', asset: 0, up: true, time: 0 };
  const loadState = { total: 2, live: 1, failed: new Map<string, string>() };
  const probe = engineProbe(meter, loadState);
  t.match(probe.read(NOW).figures, { events_per_second: null, latency_p50_ms: null });
  for (let n = 0; n < 200; n++) meter.process(event);
  t.equal(seen.length, 200);
  const found = probe.read(NOW + 1_000);
  t.match(found, { score: 0.5, reason: 'history of 1 of 2 symbols is being loaded' });
  t.match(found.figures, { events_per_second: 200, latency_p99_ms: Number, symbols_live: 1 });
  loadState.live = 2;
  t.match(probe.read(NOW + 2_000), { score: 1, figures: { events_per_second: 0 } });
  loadState.live = 1;
  loadState.failed.set('ETH/USDT', 'refused');
  t.match(probe.read(NOW), { score: 0.5, reason: '1 of 2 symbols have no history: ETH/USDT: refused' });
  for (let n = 0; n < 20; n++) meter.durations.add(100);
  t.match(probe.read(NOW), { reason: /an event takes 1\d\d ms \(p99\)/ });
});

t.test('analyses are behind when they are busy for a minute without an end', async (t) => {
  const host = { isBusy: true, stats: { ready: 1, failed: 0, longestTurnMs: 2 } };
  const analysis = { stats: { looks: 0, lateCandles: 0 }, signals: { live: () => [] } };
  const probe = analysesProbe({ host, analysis });
  t.equal(probe.read(NOW).score, 1);
  t.match(probe.read(NOW + 61_000), { score: 0.5, reason: 'closes have waited for 61 s' });
  host.isBusy = false;
  t.match(probe.read(NOW + 62_000), { score: 1, figures: { behind_ms: 0 } });
  host.stats.failed = 1;
  t.equal(probe.read(NOW).score, 0.5);
});

const lane = { written: 0, queuedRows: 2, queuedBytes: 10, oldestAgeMs: 5, overflowed: 0, lost: 0 };
const spool = { bytes: 10, maxBytes: 100, refusedRows: 1, isFailing: false };
function readWriter(change: Partial<Record<keyof WriterStats, unknown>>) {
  const stats = {
    ...{ lanes: { signals: lane, closed: lane }, spool, isHealthy: true, lastError: null },
    ...{ closedQueued: 0, oldestClosedAgeMs: 0, retries: 3, rejected: 0 },
    ...change,
  } as unknown as WriterStats;
  return writerProbe({ stats }, { pending: 1, unstored: 2, failures: 0 }).read(NOW);
}

t.test('the writer tells what waits, what is lost and whether the disk helps', async (t) => {
  t.match(readWriter({}), {
    ...{ score: 1, reason: null },
    figures: { queued_rows: 4, spool_bytes: 10, retries: 3, set_aside_rows: 1, history_pending: 3 },
  });
  t.match(readWriter({ isHealthy: false, lastError: 'gone' }), {
    score: 0.5,
    reason: /does not take writes: gone/,
  });
  t.match(readWriter({ spool: { ...spool, bytes: 85 } }), { score: 0.3, reason: 'the spool is 85 % full' });
  t.match(readWriter({ spool: { ...spool, isFailing: true } }), { score: 0.3 });
  t.match(readWriter({ oldestClosedAgeMs: 31_000 }), { score: 0.5 });
  t.match(readWriter({ spool: null }), { score: 1, figures: { spool_bytes: null } });
});

t.test('lost and refused rows are told for ten minutes', async (t) => {
  const stats = {
    rejected: 0,
    lanes: { a: { ...lane } },
    spool: null,
    isHealthy: true,
    oldestClosedAgeMs: 0,
  };
  const writer = { stats: stats as unknown as WriterStats };
  const probe = writerProbe(writer, { pending: 0, unstored: 0, failures: 0 });
  probe.read(NOW);
  stats.rejected = 1;
  t.equal(probe.read(NOW + 1).score, 0.6);
  stats.lanes.a.overflowed = 1;
  t.equal(probe.read(NOW + 2).score, 0);
  t.equal(probe.read(NOW + 599_999).score, 0);
  t.equal(probe.read(NOW + 600_002).score, 1);
});

t.test('a database that does not answer is down; one that is slow is worse', async (t) => {
  const asked: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const query = () => new Promise<void>((resolve, reject) => asked.push({ resolve, reject }));
  const pool = { totalCount: 3, idleCount: 2, waitingCount: 0, query };
  const probe = new DatabaseProbe(pool as never, { totalCount: 1, idleCount: 1, waitingCount: 0 });
  t.match(probe.read(NOW), {
    score: 1,
    figures: { round_trip_ms: null, connections: 4, idle_connections: 3 },
  });
  t.match(probe.read(NOW + 1_500), { score: 0.5, reason: 'no answer for 1500 ms' });
  t.match(probe.read(NOW + 6_000), { score: 0, reason: /^no answer for 6 s/ });
  t.equal(asked.length, 1, 'one question at a time');
  asked[0]?.resolve();
  await setImmediate();
  t.match(probe.read(NOW + 7_000), { score: 1, figures: { round_trip_ms: Number, failures: 0 } });
  asked[1]?.reject(new Error('refused'));
  await setImmediate();
  t.match(probe.read(NOW + 8_000), {
    ...{ score: 0, reason: 'it does not answer: refused' },
    figures: { round_trip_ms: null, failures: 1 },
  });
  asked[2]?.resolve();
  await setImmediate();
  pool.waitingCount = 21;
  t.match(probe.read(NOW + 9_000), { score: 0.5, reason: '21 queries wait for a connection' });
});

t.test('outbox, changes, tasks and checkpoint tell what fails', async (t) => {
  const relay = { isLeader: true, pending: 0, lagMs: 0, published: 1, failed: 0, lastError: null };
  const outbox = (change: object) => outboxProbe({ stats: { ...relay, ...change } }).read(NOW);
  t.match(outbox({}), { score: 1, figures: { unpublished_age_ms: 0, leader: true } });
  t.match(outbox({ lagMs: 6_000 }), { score: 0.5, reason: 'events have waited for 6 s' });
  t.match(outbox({ lagMs: 61_000 }), { score: 0 });
  t.match(outbox({ lastError: 'cut' }), { score: 0.6, reason: 'it last failed with: cut' });
  t.match(outbox({ isLeader: false, pending: null, lagMs: null }), {
    score: 1,
    figures: { unpublished_age_ms: null },
  });
  const changes = { isConnected: false, reconnects: 1, failedReads: 0, alerts: 0, refusedAlerts: 0 };
  t.match(changesProbe({ stats: changes }).read(NOW), { score: 0.3 });
  const tasks = { running: null, completed: 1, failed: 1, lastError: 'log_retention: no' };
  t.match(tasksProbe({ stats: tasks }).read(NOW), { score: 0.5, reason: 'a task failed: log_retention: no' });
  const none = { written: 0, failed: 0, isLastSound: false, writtenAt: Number.NaN, bytes: Number.NaN };
  t.match(checkpointProbe({ stats: none }).read(NOW), {
    score: 1,
    figures: { age_seconds: null, bytes: null },
  });
  const bad = { ...none, failed: 1, writtenAt: NOW - 5_000, bytes: 9 };
  t.match(checkpointProbe({ stats: bad }).read(NOW), { score: 0.5, figures: { age_seconds: 5, bytes: 9 } });
});

t.test('the gateway tells of its clients, and the broker of its connection', async (t) => {
  const stats = new GatewayStats();
  let queued = 0;
  const probe = gatewayProbe({ stats, queuedBytes: () => queued }, 10);
  probe.read(NOW);
  stats.bytesOut = 500;
  stats.closes.set(4408, 2);
  t.match(probe.read(NOW + 1_000), {
    ...{ score: 1 },
    figures: { bytes_out_per_second: 500, slow_clients_closed: 2, closes_4408: 2, clients: 0 },
  });
  queued = 600 * 2 ** 20;
  t.equal(probe.read(NOW + 2_000).score, 1, 'bytes that wait are counted every 5 s');
  t.match(probe.read(NOW + 5_000), { score: 0.5, reason: '600 MiB wait for clients' });
  stats.connections = 10;
  t.match(probe.read(NOW), { score: 0.3, reason: /^all 10 connections are taken/ });
  const status = {
    driver: 'redis' as const,
    connected: true,
    published: 0,
    delivered: 0,
    dropped: 0,
    reconnects: 0,
  };
  const broker = brokerProbe({ status: () => status });
  t.equal(broker.read(NOW).score, 1);
  status.dropped = 1;
  t.equal(broker.read(NOW + 1).score, 0.5);
  status.connected = false;
  t.match(broker.read(NOW + 2), { score: 0, reason: /^redis is not connected/ });
});

t.test('a source that fails is worse, and down once it has brought nothing for a day', async (t) => {
  const stats: SourceStats = {
    ...{ source: 'macro', provider: 'stooq', isOn: true, fault: null, calls: 3, failures: 0 },
    ...{ lastSuccessAt: NOW - 3_000, lastFault: null, lastFaultAt: null, nextTryAt: NOW + 1 },
  };
  const read = (change: Partial<SourceStats>) =>
    sourceProbe('macro', () => ({ ...stats, ...change })).read(NOW);
  t.match(read({}), { score: 1, figures: { age_seconds: 3, provider: 'stooq' } });
  t.match(read({ fault: '503' }), { score: 0.5, reason: '503' });
  t.match(read({ fault: '503', lastSuccessAt: NOW - 86_400_001 }), { score: 0 });
  t.match(read({ fault: '503', lastSuccessAt: null, failures: 1 }), {
    score: 0.5,
    figures: { age_seconds: null },
  });
  t.match(read({ fault: '503', lastSuccessAt: null, failures: 3 }), { score: 0 });
  const mail = { sender: 'smtp', sent: 1, failed: 0, queued: 0, lastError: null };
  t.equal(mailProbe(() => mail).read(NOW).score, 1);
  t.match(mailProbe(() => ({ ...mail, lastError: '550' })).read(NOW), { score: 0.5, reason: /550/ });
});

t.test('layers are well when they have something to say', async (t) => {
  const host = { stats: { ready: 2, failed: 0, longestTurnMs: 0 } };
  const some = { state: 'forming' };
  const read = (view: object, ready = 2) => {
    host.stats.ready = ready;
    const whole = { metrics: () => some, regime: () => some, sectorAnalyses: () => [some], ...view };
    return layerProbes({ view: whole, host, symbols: 2 }).map((probe) => probe.read(NOW).score);
  };
  t.same(read({}), [1, 1, 1, 1]);
  t.same(read({ regime: () => null }), [0.5, 1, 1, 1]);
  t.same(read({ regime: () => null, metrics: () => null, sectorAnalyses: () => [] }), [0, 0, 1, 1]);
  t.same(read({}, 1), [1, 1, 0.5, 0.5]);
  t.same(read({}, 0), [1, 1, 0, 0]);
});

t.test('the process tells of its memory, its disk and how late it is', async (t) => {
  t.match(memoryProbe().read(NOW).figures, {
    rss_bytes: Number,
    heap_used_bytes: Number,
    heap_limit_bytes: Number,
  });
  const disk = new DiskProbe('.');
  t.match(disk.read(NOW).figures, { free_bytes: null }, 'nothing is known before the disk has answered');
  await until('the disk has answered', () => disk.read(NOW).figures.free_bytes !== null);
  const nowhere = new DiskProbe('no/such/folder');
  await until('it is told', () => nowhere.read(NOW).score === 0.5);
  t.match(nowhere.read(NOW).reason, /it cannot be looked at: ENOENT/);
  const loop = new EventLoopProbe();
  t.equal(loop.p99Ms, null);
  await until('it was measured', () => loop.read(NOW).figures.delay_p99_ms !== null);
  t.ok((loop.p99Ms ?? 0) > 0);
  loop.stop();
});
