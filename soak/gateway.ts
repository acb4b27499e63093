import { loadUws } from '../src/ws/uws-native.js';
import { fuzz, megabytes, percentile } from './fuzz/fuzz.js';
import { InspectedServer } from './fuzz/inspected-server.js';

const LOOK_EVERY_MS = 60_000;
const ATTACKERS = 24;

/**
 * Attacks a real server of each driver, for half of the time each; gives what went wrong, a line each.
 * @param minutes of attacks in all
 */
export async function soakGateway(
  minutes: number,
  seed: number,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const drivers = 'native' in loadUws() ? (['uws', 'ws'] as const) : (['ws'] as const);
  const faults: string[] = [];
  for (const driver of drivers) {
    tell(`gateway, ${driver}: ${minutes / drivers.length} minutes of attacks, seed ${seed}`);
    const server = await InspectedServer.start(driver);
    try {
      const forMs = (minutes * 60_000) / drivers.length;
      const report = await fuzz(server, {
        seed,
        forMs,
        attackers: ATTACKERS,
        lookEveryMs: LOOK_EVERY_MS,
        onLook: tell,
      });
      const { attacks, pings, loop, before, after } = report;
      for (const [name, count] of attacks) tell(`  ${String(count).padStart(7)} ${name}`);
      tell(
        `  ping of a good client: p50 ${percentile(pings, 0.5).toFixed(1)} ms, p99 ${percentile(pings, 0.99).toFixed(1)} ms, worst ${Math.max(...pings).toFixed(0)} ms; event loop held up: p99 ${loop.p99.toFixed(0)} ms, worst ${loop.worst.toFixed(0)} ms; memory used ${megabytes(before.used)} → ${megabytes(after.used)} MB, resident ${megabytes(before.rss)} → ${megabytes(after.rss)} MB`,
      );
      faults.push(...report.faults.map((fault) => `${driver}: ${fault}`));
    } finally {
      const code = await server.stop();
      if (code !== 0) faults.push(`${driver}: the server ended with code ${code}`);
    }
  }
  return faults;
}
