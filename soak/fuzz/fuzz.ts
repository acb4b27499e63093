import { until } from '../../test/support/until.js';
import { ATTACKS, Wire } from './attacks.js';
import { GoodClient } from './good-client.js';
import type { InspectedServer, ServerMemory } from './inspected-server.js';
import { Random } from './random.js';

const PING_EVERY_MS = 200;
/** On a machine that is busy with the attackers, too. */
const MAX_LOOP_P99_MS = 500;
/** Room for what a server has that goes on: candles, caches of queries, code that was compiled meanwhile. */
const MORE_USED = 48 * 2 ** 20;
/** What the allocator keeps of freed memory. */
const MORE_RSS = 300 * 2 ** 20;

export interface FuzzOptions {
  readonly seed: number;
  /** All together; the last three quarters at least are watched. */
  readonly forMs: number;
  /** Hostile clients at the same time. */
  readonly attackers: number;
  /** How often it is looked whether all is served. */
  readonly lookEveryMs: number;
  /** Told after each look. */
  readonly onLook?: (line: string) => void;
}

/** Where attackers go, and as whom some do. */
interface Target {
  readonly port: number;
  readonly token: string | null;
}

/** What an attack on a server came to. */
export interface FuzzReport {
  readonly attacks: ReadonlyMap<string, number>;
  /** Of the good client, ms. */
  readonly pings: readonly number[];
  /** How long the server's event loop was held up, ms. */
  readonly loop: { readonly p99: number; readonly worst: number };
  readonly before: ServerMemory;
  readonly after: ServerMemory;
  /** Empty: the server served all the while, and is as it was before. */
  readonly faults: readonly string[];
}

/** Attacks a server for some time with all kinds of hostile clients at once, and looks what becomes of it. */
export async function fuzz(server: InspectedServer, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, forMs, lookEveryMs, attackers: count } = options;
  const random = new Random(seed);
  const attacks = new Map<string, number>();
  const pings: number[] = [];
  const target = { port: server.port, token: await server.register() };
  // What comes with the first requests, such as compiled schemas, is no growth.
  const warmMs = Math.min(5_000, forMs / 4);
  await attackFor(target, new Random(seed + 1), performance.now() + warmMs, attacks);
  const good = await GoodClient.connect(server.port);
  const before = await server.memory();
  await server.watchLoop();
  const end = performance.now() + forMs - warmMs;
  let isOver = false;
  const attackers = Array.from({ length: count }, () => attackFor(target, random.fork(), end, attacks));
  const watch = (async () => {
    let looked = performance.now();
    while (!isOver) {
      pings.push(await good.ping());
      if (performance.now() - looked > lookEveryMs) {
        looked = performance.now();
        await good.look();
        options.onLook?.(lookLine(attacks, pings, good));
      }
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
    }
  })().catch((error: unknown) => good.faults.push(`the good client: ${String(error)}`));
  await Promise.all(attackers);
  isOver = true;
  await watch;
  const loop = await server.loopDelay();
  await good.look();
  const gone = async (): Promise<boolean> => (await server.metric('cryptopredict_gateway_connections')) === 1;
  await until('the attackers are forgotten', gone, 120_000).catch((error: unknown) =>
    good.faults.push(String(error)),
  );
  const after = await server.memory();
  await good.close();
  const faults = [...good.faults, ...server.errors().map((line) => `logged: ${line.slice(0, 500)}`)];
  for (const [name, bound] of [
    ['used', MORE_USED],
    ['rss', MORE_RSS],
  ] as const) {
    const more = after[name] - before[name];
    if (more > bound)
      faults.push(`memory (${name}) grew by ${megabytes(more)} MB, allowed: ${megabytes(bound)}`);
  }
  if (loop.p99 > MAX_LOOP_P99_MS) faults.push(`the event loop was held up: p99 ${loop.p99.toFixed(0)} ms`);
  if (server.process.hasEnded) faults.push('the server has ended');
  return { attacks, pings, loop, before, after, faults };
}

/** Gives a percentile, 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Bytes as whole megabytes. */
export function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

async function attackFor(
  { port, token }: Target,
  random: Random,
  end: number,
  counts: Map<string, number>,
): Promise<void> {
  while (performance.now() < end) {
    const attack = random.pick(ATTACKS);
    const wire = new Wire(port);
    await attack.run(wire, random.fork(), token);
    await wire.end(random.chance(0.5));
    counts.set(attack.name, (counts.get(attack.name) ?? 0) + 1);
  }
}

function lookLine(attacks: ReadonlyMap<string, number>, pings: readonly number[], good: GoodClient): string {
  const count = [...attacks.values()].reduce((sum, n) => sum + n, 0);
  const [p50, p99] = [percentile(pings, 0.5), percentile(pings, 0.99)].map((ms) => ms.toFixed(1));
  return `${count} attacks, ping p50 ${p50} ms, p99 ${p99} ms, ${good.updates} updates, ${good.faults.length} faults`;
}
