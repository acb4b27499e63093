import type { Feed } from '../feeds/feed.js';
import type { Readiness } from '../ws/ports.js';
import type { LoadState } from './history-loader.js';

interface Parts {
  readonly loadState: Readonly<LoadState>;
  readonly feeds: readonly Feed[];
  readonly writer: { readonly stats: { readonly isHealthy: boolean; readonly lastError: string | null } };
  readonly isSimulated: boolean;
}

/** Says for `/readyz` whether feeds are connected, the database takes writes and history is loaded. */
export function readiness({ loadState, feeds, writer, isSimulated }: Parts): Readiness {
  return {
    simulated: isSimulated,
    notReady() {
      const faults: string[] = [];
      for (const feed of feeds) {
        const { connected, symbols } = feed.status();
        // A feed none of whose symbols is served has no connection, and needs none.
        if (!connected && symbols.length > 0) faults.push(`${feed.exchange} is not connected`);
      }
      if (!writer.stats.isHealthy)
        faults.push(`the database does not take writes: ${writer.stats.lastError}`);
      for (const [symbol, reason] of loadState.failed) faults.push(`${symbol} has no history: ${reason}`);
      const waiting = loadState.total - loadState.live - loadState.failed.size;
      if (waiting > 0) faults.push(`history of ${waiting} of ${loadState.total} symbols is being loaded`);
      return faults.length === 0 ? null : faults.join('; ');
    },
  };
}
