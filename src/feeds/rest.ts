import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { isRetryable, type ResponseNote } from './ccxt-client.js';
import type { FeedCounters } from './feed.js';
import { Backoff } from './reconnect.js';

/** Longest wait that an exchange can impose on us at once. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;
/** Wait after a refusal for too many requests that does not say how long. */
const DEFAULT_BAN_MS = 5_000;

export interface RestOptions {
  readonly concurrency: number;
  readonly clock: () => number;
  readonly random: () => number;
  readonly counters: FeedCounters;
  readonly logger: Logger;
  /** Ends every waiting request. */
  readonly signal: AbortSignal;
}

/**
 * The one way to an exchange's REST interface: so many requests at a time, all of them held back while the exchange
 * asks for patience (429, 418 or 503 with `Retry-After`), failures that may pass tried again with backoff. Requests about
 * minutes that wait to be closed go before backfill.
 */
export class Rest {
  private inFlight = 0;
  private heldUntil = 0;
  private readonly urgent: (() => void)[] = [];
  private readonly ordinary: (() => void)[] = [];
  private readonly failures = new Map<string, number>();

  constructor(private readonly options: RestOptions) {}

  /** Failed requests by kind of error. */
  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.failures);
  }

  /** Learns from the status and headers of any answer whether the exchange wants us to wait. */
  noteResponse(note: ResponseNote): void {
    if (note.status !== 429 && note.status !== 418 && note.status !== 503) return;
    const header = Number(note.headers['Retry-After']);
    const asked = Number.isFinite(header) && header > 0 ? header * 1_000 : null;
    if (asked === null && note.status === 503) return;
    const waitMs = Math.min(asked ?? DEFAULT_BAN_MS, MAX_RETRY_AFTER_MS);
    this.heldUntil = Math.max(this.heldUntil, this.options.clock() + waitMs);
    this.options.logger.warn({ status: note.status, waitMs }, 'the exchange asks us to wait');
  }

  /**
   * Runs a request when its turn comes.
   *
   * @param retries attempts after the first
   * @throws what the last attempt threw, or an abort error once closed
   */
  async run<T>(
    call: () => Promise<T>,
    how: { readonly urgent?: boolean; readonly retries: number },
  ): Promise<T> {
    const backoff = new Backoff({ baseMs: 500, maxMs: 10_000, random: this.options.random });
    for (;;) {
      await this.enter(how.urgent === true);
      try {
        await this.waitWhileHeld();
        this.options.counters.restRequests++;
        return await call();
      } catch (error) {
        this.options.signal.throwIfAborted();
        const kind = error instanceof Error ? error.constructor.name : 'Error';
        this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
        if (!isRetryable(error) || backoff.attempts >= how.retries) throw error;
        this.options.counters.restRetries++;
        this.options.logger.debug({ kind, error: messageOf(error).slice(0, 200) }, 'request failed');
      } finally {
        this.leave();
      }
      await sleep(backoff.next(), undefined, { signal: this.options.signal });
    }
  }

  private async waitWhileHeld(): Promise<void> {
    for (;;) {
      const waitMs = this.heldUntil - this.options.clock();
      if (waitMs <= 0) return;
      this.options.counters.rateLimitWaitMs += waitMs;
      await sleep(waitMs, undefined, { signal: this.options.signal });
    }
  }

  private async enter(isUrgent: boolean): Promise<void> {
    this.options.signal.throwIfAborted();
    if (this.inFlight < this.options.concurrency) {
      this.inFlight++;
      return;
    }
    await new Promise<void>((resolve) => {
      (isUrgent ? this.urgent : this.ordinary).push(resolve);
    });
    // The place was handed over by the one who left; after a close it is handed on at once.
    if (this.options.signal.aborted) {
      this.leave();
      this.options.signal.throwIfAborted();
    }
  }

  private leave(): void {
    const next = this.urgent.shift() ?? this.ordinary.shift();
    if (next === undefined) this.inFlight--;
    else next();
  }
}
