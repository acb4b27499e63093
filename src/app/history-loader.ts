import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import { messageOf } from '../errors.js';
import type { Feed } from '../feeds/feed.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import type { Checkpoints } from './checkpoints.js';
import { createProgress } from './progress.js';
import { resume } from './resume.js';
import type { ServedAsset } from './served-asset.js';
import { type WarmUpPorts, warmUp } from './warm-up.js';

/** Symbols that are loaded at the same time: enough to hide the exchange's latency, its limits do the rest. */
const CONCURRENCY = 4;
/** Tries per symbol; the pauses between them add up to some four minutes. */
const TRIES = 8;
const PAUSES = { baseMs: 2_000, maxMs: 60_000 };

/** A symbol and the feed that serves it. */
export interface Loading {
  readonly served: ServedAsset;
  readonly feed: Feed;
}

/** How far the symbols are on their way to live. */
export interface LoadState {
  /** Served symbols in all. */
  readonly total: number;
  /** Those whose history is loaded and whose events flow. */
  live: number;
  /** Symbols that were given up, with the reason. */
  readonly failed: Map<string, string>;
}

export interface LoaderPorts extends Omit<WarmUpPorts, 'onStep'> {
  readonly signal: AbortSignal;
  /** What the process before has left; it is told what became of each. */
  readonly checkpoints: Pick<Checkpoints, 'of' | 'settle'>;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/**
 * Loads the history of all symbols, or restores them from their checkpoint, a few at a time, with a progress bar, and
 * lets each flow as soon as it is ready.
 * A symbol whose history cannot be had is tried again with growing, jittered pauses, then given up: it shows in
 * `/readyz`. Resolves when every symbol is live or given up; rejects only for a programming error.
 */
export async function loadHistory(
  all: readonly Loading[],
  ports: LoaderPorts,
  state: LoadState,
): Promise<void> {
  const progress = createProgress('Loading history', all.length * TIMEFRAME_COUNT, ports.logger);
  const queue = [...all];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !ports.signal.aborted; next = queue.shift()) {
      await loadOne(next, { ...ports, onStep: (note) => progress.step(note) }, state);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    progress.done();
  }
}

/** Says whether the symbol went on from a checkpoint; false: it is to be loaded from history. */
async function isResumed({ served, feed }: Loading, ports: LoaderPorts & WarmUpPorts): Promise<boolean> {
  const { checkpoints } = ports;
  const found = checkpoints.of(served);
  if (found === undefined) return false;
  const refusal = await resume(served, feed, ports, found);
  checkpoints.settle(served, refusal);
  if (refusal !== null) return false;
  for (const timeframe of TIMEFRAMES) ports.onStep(`${served.market.symbol} ${timeframe}`);
  return true;
}

async function loadOne(
  { served, feed }: Loading,
  ports: LoaderPorts & WarmUpPorts,
  state: LoadState,
): Promise<void> {
  const { symbol } = served.market;
  for (let attempt = 1; !ports.signal.aborted; attempt++) {
    try {
      if (!(await isResumed({ served, feed }, ports))) await warmUp(served, feed, ports);
      state.live += 1;
      return;
    } catch (error) {
      if (ports.signal.aborted) return;
      // A seeded engine cannot be seeded again; only loading is worth another try, and it comes before.
      if (error instanceof RangeError || error instanceof TypeError) throw error;
      if (attempt === TRIES) {
        state.failed.set(symbol, messageOf(error));
        ports.logger.error({ symbol, err: error }, 'history cannot be loaded: the symbol is not served');
        return;
      }
      const pauseMs = backoffMs(attempt - 1, PAUSES);
      ports.logger.warn(
        { symbol, attempt, pauseMs, reason: messageOf(error) },
        'history failed, trying again',
      );
      await sleep(pauseMs, undefined, { signal: ports.signal }).catch(() => undefined);
    }
  }
}
