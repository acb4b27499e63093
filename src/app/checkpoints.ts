import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { VERSION } from '../version.js';
import {
  type CheckpointEntry,
  CheckpointFileError,
  readCheckpointFile,
  writeCheckpointFile,
} from './checkpoint-file.js';
import type { ServedAsset } from './served-asset.js';

/** Name of the file in the data folder. */
const FILE = 'checkpoint';
/** How long the database may take to catch up with a checkpoint. */
const STORED_WAIT_MS = 20_000;
const STORED_LOOK_MS = 20;
/** Symbols that a line of the log names; the others are counted. */
const NAMED = 5;

export interface CheckpointsOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Says that the server stops: ends a write that is under way, for `writeLast` to follow. */
  readonly signal: AbortSignal;
}

/** What a checkpoint is made of. */
export interface CheckpointSource {
  readonly engine: Pick<Engine, 'checkpoint' | 'openMinute'>;
  readonly served: readonly ServedAsset[];
  /** What keeps the database from holding all that was closed so far; null: it holds it. */
  missing(): { readonly reason: string; readonly mayPass: boolean } | null;
}

/** What `/metrics` tells. NaN: there was none yet. */
export interface CheckpointStats {
  /** Our clock when the newest sound file was begun, ms. */
  writtenAt: number;
  bytes: number;
  /** How long the last write took, the wait for the database included. */
  seconds: number;
  /** True if the last write succeeded. */
  isLastSound: boolean;
  written: number;
  failed: number;
  /** Symbols that go on from a checkpoint since this process started. */
  restored: number;
  /** Symbols whose checkpoint could not be used. */
  refused: number;
}

/**
 * The checkpoint file of a server: read once at the start, written every few minutes and at a clean stop.
 *
 * A file tells only of candles that the database holds: it gets its name once all that was closed when it was made has
 * been written there. So a start may take it for granted that nothing before its open minutes is missing.
 */
export class Checkpoints {
  readonly stats: CheckpointStats = {
    writtenAt: Number.NaN,
    bytes: Number.NaN,
    seconds: Number.NaN,
    isLastSound: false,
    written: 0,
    failed: 0,
    restored: 0,
    refused: 0,
  };
  readonly #options: CheckpointsOptions;
  readonly #path: string;
  readonly #found = new Map<string, unknown>();
  /** By reason, so that five hundred symbols with the same one are one line. */
  readonly #refusals = new Map<string, string[]>();
  #foundAt = Number.NaN;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#path = join(options.dataDir, FILE);
  }

  /** Reads what the process before has left. A file that cannot be used is put aside and said so; never rejects. */
  async read(): Promise<void> {
    const { logger } = this.#options;
    try {
      const file = await readCheckpointFile(this.#path);
      if (file === null) return;
      this.#foundAt = file.header.time;
      this.stats.writtenAt = file.header.time;
      this.stats.bytes = file.bytes;
      for (const { dataSource, symbol, checkpoint } of file.entries) {
        this.#found.set(keyOf(dataSource, symbol), checkpoint);
      }
    } catch (error) {
      const reason = messageOf(error);
      const isOurs = error instanceof CheckpointFileError;
      const aside = `${this.#path}.refused`;
      if (isOurs) await rename(this.#path, aside).catch(() => undefined);
      logger.warn(
        { file: this.#path, reason, ...(isOurs ? { keptAs: aside } : {}) },
        'the checkpoint is refused: history is used instead',
      );
    }
  }

  /** Gives what was read of an asset; undefined if nothing was, or it has been settled. */
  of({ dataSource, market }: ServedAsset): unknown {
    return this.#found.get(keyOf(dataSource, market.symbol));
  }

  /** Tells what became of an asset's checkpoint: restored, or refused for a reason. Its memory is freed. */
  settle({ dataSource, market }: ServedAsset, refusal: string | null): void {
    if (!this.#found.delete(keyOf(dataSource, market.symbol))) return;
    if (refusal === null) {
      this.stats.restored += 1;
      return;
    }
    this.stats.refused += 1;
    const same = this.#refusals.get(refusal);
    if (same === undefined) this.#refusals.set(refusal, [market.symbol]);
    else same.push(market.symbol);
  }

  /** Says in the log what became of all, once every symbol is live or given up. */
  report(): void {
    const { logger, now } = this.#options;
    const { restored } = this.stats;
    if (restored > 0) {
      const ageSeconds = Math.round((now() - this.#foundAt) / 1_000);
      logger.info({ symbols: restored, ageSeconds }, 'restored from the checkpoint');
    }
    for (const [reason, symbols] of this.#refusals) {
      logger.info(
        { symbols: symbols.length, such_as: symbols.slice(0, NAMED).join(', '), reason },
        'the checkpoint is not used: history is',
      );
    }
    this.#refusals.clear();
    this.#found.clear();
  }

  /**
   * Writes the state of every live asset: a copy of one per turn of the event loop. What fails is said in the log, once,
   * and counted; the file before stays. Never rejects.
   */
  write(source: CheckpointSource): Promise<void> {
    return this.#write(source, STORED_WAIT_MS, this.#options.signal);
  }

  /** Does the same at a stop, when feeds are closed and the database has taken what it takes; within `timeoutMs`. */
  async writeLast(source: CheckpointSource, timeoutMs: number): Promise<void> {
    const writing = this.#write(source, 0, AbortSignal.timeout(timeoutMs));
    // A disk that hangs must not hold the stop up; the file before stays.
    await Promise.race([writing, sleep(timeoutMs, undefined, { ref: false })]);
  }

  async #write(source: CheckpointSource, waitMs: number, signal: AbortSignal): Promise<void> {
    const { logger, now } = this.#options;
    const time = now();
    const started = performance.now();
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      this.stats.bytes = await writeCheckpointFile(
        this.#path,
        { build: VERSION, time },
        entriesOf(source, signal),
        () => stored(source, waitMs, signal),
      );
      this.stats.writtenAt = time;
      this.stats.written += 1;
      if (!this.stats.isLastSound && this.stats.failed > 0) logger.info('checkpoints are written again');
      this.stats.isLastSound = true;
    } catch (error) {
      if (signal === this.#options.signal && signal.aborted) return;
      const isFirst = this.stats.isLastSound || this.stats.failed === 0;
      const say = isFirst ? 'warn' : 'debug';
      logger[say]({ file: this.#path, reason: messageOf(error) }, 'no checkpoint was written');
      this.stats.failed += 1;
      this.stats.isLastSound = false;
    }
    this.stats.seconds = (performance.now() - started) / 1_000;
  }
}

function keyOf(dataSource: string, symbol: string): string {
  return `${dataSource} ${symbol}`;
}

/** Copies an asset when it is asked for, not before. */
function* entriesOf({ engine, served }: CheckpointSource, signal: AbortSignal): Generator<CheckpointEntry> {
  for (const { asset, dataSource, market } of served) {
    signal.throwIfAborted();
    if (Number.isNaN(engine.openMinute(asset))) continue;
    yield { dataSource, symbol: market.symbol, checkpoint: engine.checkpoint(asset) };
  }
}

/** Waits until the database holds what was closed so far. @throws Error if it does not within the time */
async function stored(source: CheckpointSource, waitMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + waitMs;
  signal.throwIfAborted();
  for (let missing = source.missing(); missing !== null; missing = source.missing()) {
    if (!missing.mayPass || performance.now() >= end) throw new Error(missing.reason);
    await sleep(STORED_LOOK_MS, undefined, { signal });
  }
}
