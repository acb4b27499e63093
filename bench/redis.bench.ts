/**
 * Watches the way of a tick from one process to another over Redis. Were it to worsen, an engine with many symbols
 * would drop publications at the minute boundary, and every gateway would be late.
 */
import { Redis } from 'ioredis';
import { RedisBroker } from '../src/broker/broker-redis.js';
import type { Publication } from '../src/events.js';
import { createLogger } from '../src/logger.js';
import { publicationCodec } from '../src/publication-codec.js';
import { RedisServer, redisProgram } from '../test/support/redis.js';
import { until } from '../test/support/until.js';
import type { BenchResult } from './bench.js';

const MESSAGES = 100_000;
/** Publications of one loop turn: about what one read from an exchange's socket makes. */
const BURST = 100;
const PINGS = 2_000;
const logger = createLogger({ level: 'silent', format: 'json' });

/** Needs a Redis program on the PATH; without one there is nothing to measure. */
export async function run(): Promise<readonly BenchResult[]> {
  const program = redisProgram();
  if (program === null) return [];
  const server = await RedisServer.start(program);
  try {
    const limit = await rawRate(server.url);
    const results: BenchResult[] = [];
    for (const topics of [1, 100, 10_000]) {
      const { rate, p50, p99 } = await brokerFigures(server.url, topics);
      const name = `redis broker, topics: ${topics}`;
      const limitName = 'ioredis pipelines of ready bytes';
      results.push({ name, unit: 'messages/s', ours: rate, limit, limitName });
      results.push({ name: `${name}, publish to listener p50`, unit: 'ms', ours: p50 });
      results.push({ name: `${name}, publish to listener p99`, unit: 'ms', ours: p99 });
    }
    return results;
  } finally {
    await server.stop();
  }
}

function publication(channel: string, offset: number): Publication {
  const row = [1_700_000_000_000, 60123.4, 60150.2, 60100.1, 60122.2, 12.345, 321, 60123.3, false];
  const quality = ['forming', 'stream', 1, 500, false, 1_700_000_000_001, 1_700_000_000_002];
  return { channel, offset, time: 1_700_000_000_003, lossless: false, row: [...row, ...quality] };
}

async function rawRate(url: string): Promise<number> {
  const [publisher, subscriber] = [new Redis(url), new Redis(url)];
  let seen = 0;
  subscriber.on('messageBuffer', () => {
    seen += 1;
  });
  await subscriber.subscribe('raw');
  const bytes = Buffer.from(publicationCodec.encode(publication('candles:BTC/USDT:1m', 1)));
  const begin = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += BURST) {
    const pipeline = publisher.pipeline();
    for (let i = 0; i < BURST; i += 1) pipeline.publish('raw', bytes);
    // Bounded like the broker's own flight: an unbounded one measures memory.
    if (sent % (BURST * 50) === 0) await pipeline.exec();
    else void pipeline.exec();
  }
  await until('all arrived', () => seen === MESSAGES, 30_000);
  const rate = (MESSAGES / (performance.now() - begin)) * 1000;
  await Promise.all([publisher.quit(), subscriber.quit()]);
  return rate;
}

async function brokerFigures(
  url: string,
  topics: number,
): Promise<{ rate: number; p50: number; p99: number }> {
  const connect = () => RedisBroker.connect<Publication>({ url, codec: publicationCodec, logger });
  const [near, far] = await Promise.all([connect(), connect()]);
  let seen = 0;
  const names = Array.from({ length: topics }, (_, i) => `candles:C${i}/USDT:1m`);
  const count = (): void => {
    seen += 1;
  };
  await Promise.all(names.map((name) => far.subscribe(name, count)));
  const begin = performance.now();
  for (let sent = 0; sent < MESSAGES; ) {
    for (let i = 0; i < BURST; i += 1, sent += 1) {
      const name = names[sent % topics] ?? '';
      near.publish(name, publication(name, sent));
    }
    await new Promise(setImmediate);
    if (sent - seen > 10_000) await until('the listener keeps up', () => sent - seen < 5_000);
  }
  await until('all arrived', () => seen + near.status().dropped >= MESSAGES, 30_000);
  const rate = (seen / (performance.now() - begin)) * 1000;
  const name = names[0] ?? '';
  const waits: number[] = [];
  for (let i = 0; i < PINGS; i += 1) {
    const target = seen + 1;
    const sentAt = performance.now();
    near.publish(name, publication(name, i));
    while (seen < target) await new Promise(setImmediate);
    waits.push(performance.now() - sentAt);
  }
  waits.sort((a, b) => a - b);
  await Promise.all([near.close(), far.close()]);
  return { rate, p50: waits[PINGS / 2] ?? 0, p99: waits[Math.floor(PINGS * 0.99)] ?? 0 };
}
