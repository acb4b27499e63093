import { setTimeout as sleep } from 'node:timers/promises';
import { type BackoffOptions, backoffMs } from '../backoff.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** One way of delivering mail. */
export interface MailSender {
  /** In a word or two, for the log and the status. */
  readonly name: string;
  /** Delivers a mail, or hands it to who will. @throws what went wrong; a `responseCode` of 500 or more is for good */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Counts since the start, and what waits. */
export interface MailStatus {
  readonly sender: string;
  readonly sent: number;
  /** Given up: refused for good, after all attempts, or since too many waited. */
  readonly failed: number;
  readonly queued: number;
  /** Why the last attempt that failed did; null: none did since one succeeded. */
  readonly lastError: string | null;
}

export interface MailQueueOptions {
  readonly sender: MailSender;
  readonly logger: Logger;
  /** Mails that wait at most, those under way included. Default 1,000. */
  readonly maxQueued?: number;
  /** Default 8. */
  readonly attempts?: number;
  /** Pauses between attempts. Default 2 s to 2 min. */
  readonly backoff?: BackoffOptions;
  /** Mails under way at once. Default 2. */
  readonly concurrency?: number;
}

/**
 * Sends mails behind the back of who asks for them: nobody waits for a mail server. Bounded, with retries; what is given
 * up is counted and logged without its text, which holds tokens.
 */
export class MailQueue {
  readonly #options: Required<MailQueueOptions>;
  readonly #stopped = new AbortController();
  readonly #waiting: Mail[] = [];
  readonly #working = new Set<Promise<void>>();
  #sent = 0;
  #failed = 0;
  #lastError: string | null = null;

  constructor(options: MailQueueOptions) {
    this.#options = {
      maxQueued: 1_000,
      attempts: 8,
      backoff: { baseMs: 2_000, maxMs: 120_000 },
      concurrency: 2,
      ...options,
    };
  }

  get status(): MailStatus {
    return {
      sender: this.#options.sender.name,
      sent: this.#sent,
      failed: this.#failed,
      queued: this.#waiting.length + this.#working.size,
      lastError: this.#lastError,
    };
  }

  /** Takes a mail, O(1). Never throws. */
  send(mail: Mail): void {
    if (this.#stopped.signal.aborted || this.status.queued >= this.#options.maxQueued) {
      this.#giveUp(mail, new Error('too many mails wait, or the server ends'));
      return;
    }
    this.#waiting.push(mail);
    this.#next();
  }

  /** Tries what waits once more at most, and ends. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#next();
    while (this.#working.size > 0) await Promise.all(this.#working);
    this.#options.sender.close();
  }

  #next(): void {
    if (this.#working.size >= this.#options.concurrency) return;
    const mail = this.#waiting.shift();
    if (mail === undefined) return;
    const working = this.#deliver(mail);
    this.#working.add(working);
    void working.finally(() => {
      this.#working.delete(working);
      this.#next();
    });
    this.#next();
  }

  async #deliver(mail: Mail): Promise<void> {
    const { sender, attempts, backoff } = this.#options;
    for (let failures = 0; ; failures++) {
      try {
        await sender.send(mail);
        this.#sent += 1;
        this.#lastError = null;
        return;
      } catch (error) {
        this.#lastError = messageOf(error);
        if (failures + 1 >= attempts || isForGood(error) || this.#stopped.signal.aborted) {
          this.#giveUp(mail, error);
          return;
        }
      }
      // A stop ends the pause, and there is one attempt more.
      await sleep(backoffMs(failures, backoff), undefined, { signal: this.#stopped.signal }).catch(
        () => undefined,
      );
    }
  }

  #giveUp({ to, subject }: Mail, error: unknown): void {
    this.#failed += 1;
    this.#options.logger.error({ err: error, to, subject }, 'a mail was not sent');
  }
}

/** Whether a mail server has refused a mail in such a way that another attempt is of no use. */
function isForGood(error: unknown): boolean {
  const code =
    typeof error === 'object' && error !== null && 'responseCode' in error ? error.responseCode : 0;
  return typeof code === 'number' && code >= 500;
}
