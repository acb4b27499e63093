import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../backoff.js';
import { messageOf } from '../../errors.js';
import { Refused, type SourceContext } from './source.js';

/** Tries of one turn, the first included; then the next turn is waited for. */
export const MAX_TRIES = 4;
const RETRY = { baseMs: 2_000, maxMs: 60_000 };
/** A turn that failed is followed by one after this, ms, where turns are further apart. */
const MAX_FAILED_PAUSE_MS = 15 * 60_000;
/** Providers must not fill our log. */
const MAX_FAULT_LENGTH = 300;
/** Turns are put off by up to this share, so that servers that started together do not ask together. */
const JITTER = 0.1;

export interface PollerOptions {
  readonly context: Pick<SourceContext, 'now' | 'random' | 'pace' | 'logger'>;
  /** What is asked for, for the log. */
  readonly name: string;
  readonly everyMs: number;
  /** Asks once; throws if it was in vain. */
  readonly ask: () => Promise<void>;
  /** Called when what it says has changed: null, or why the last turn brought nothing. */
  readonly onFault: (fault: string | null) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks a provider again and again: each turn tries a few times with growing, jittered pauses, and no sooner than the
 * provider allows. Ends with the signal; never rejects.
 */
export class Poller {
  readonly #options: PollerOptions;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  fault: string | null = null;
  failures = 0;
  lastSuccessAt: number | null = null;
  lastFault: string | null = null;
  lastFaultAt: number | null = null;
  nextTryAt: number | null = null;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.done = this.#run().catch((error: unknown) => {
      if (!options.signal.aborted) options.context.logger.error({ err: error }, 'a source has ended');
    });
  }

  async #run(): Promise<void> {
    const { context, everyMs } = this.#options;
    for (;;) {
      const isAnswered = await this.#turn();
      const pauseMs = isAnswered ? everyMs : Math.min(everyMs, MAX_FAILED_PAUSE_MS);
      await this.#pause(pauseMs * (1 + JITTER * context.random()));
    }
  }

  async #turn(): Promise<boolean> {
    const { ask, context, signal } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        await ask();
        this.lastSuccessAt = context.now();
        this.#tell(null);
        return true;
      } catch (error) {
        signal.throwIfAborted();
        this.#onFailure(error);
        const asked = error instanceof Refused ? error.retryAfterMs : null;
        if (tries + 1 < MAX_TRIES) {
          await this.#pause(Math.max(asked ?? 0, backoffMs(tries, { ...RETRY, random: context.random })));
        } else {
          if (asked !== null) await this.#pause(asked);
          return false;
        }
      }
    }
  }

  #onFailure(error: unknown): void {
    const { context, name } = this.#options;
    this.failures++;
    this.lastFault = messageOf(error).slice(0, MAX_FAULT_LENGTH);
    this.lastFaultAt = context.now();
    context.logger.debug({ err: error, what: name }, 'a source failed');
    this.#tell(this.lastFault);
  }

  #tell(fault: string | null): void {
    if (fault === this.fault) return;
    this.fault = fault;
    this.#options.onFault(fault);
  }

  async #pause(ms: number): Promise<void> {
    const { context, signal } = this.#options;
    const pauseMs = Math.round(ms * context.pace);
    this.nextTryAt = context.now() + pauseMs;
    await sleep(pauseMs, undefined, { signal });
    this.nextTryAt = null;
  }
}
