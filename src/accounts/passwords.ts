import { RequestError } from '../errors.js';
import { DEFAULT_COST, type HashCost, hashPassword, isOutdated, isPasswordOf } from './password-hash.js';

export interface PasswordsOptions {
  readonly cost?: HashCost;
  /** Hashes at once: each takes memory and a thread. Default 2. */
  readonly concurrency?: number;
  /** Those that wait at most. Default 32: some 6 s. */
  readonly maxWaiting?: number;
}

/** What became of a password. */
export interface Checked {
  readonly isRight: boolean;
  /** It is right, and its hash was made with less work than hashes are now. */
  readonly isOutdated: boolean;
}

/** Hashes and checks passwords, few at once, so that a flood of attempts takes neither the memory nor the threads. */
export class Passwords {
  readonly #cost: HashCost;
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #done = 0;
  #refused = 0;

  constructor({ cost = DEFAULT_COST, concurrency = 2, maxWaiting = 32 }: PasswordsOptions = {}) {
    this.#cost = cost;
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  /** How many hashes were made or checked, and how many refused since too many waited. */
  get stats(): { readonly done: number; readonly waiting: number; readonly refused: number } {
    return { done: this.#done, waiting: this.#waiting.length, refused: this.#refused };
  }

  /** Refuses what would be refused later, before anything is counted. @throws RequestError `rate_limited` */
  expectRoom(): void {
    if (this.#running < this.#concurrency || this.#waiting.length < this.#maxWaiting) return;
    this.#refused += 1;
    throw new RequestError('rate_limited', 'too many passwords are being checked: try again in some seconds');
  }

  /** @throws RequestError `rate_limited` if too many wait */
  hash(password: string): Promise<string> {
    return this.#run(() => hashPassword(password, this.#cost));
  }

  /**
   * Checks a password against a stored hash. Null: there is none, and a random one is checked: whoever measures the time
   * learns nothing.
   * @throws RequestError `rate_limited` if too many wait
   */
  async check(password: string, stored: string | null): Promise<Checked> {
    const isRight = await this.#run(() => isPasswordOf(stored ?? '', password, this.#cost));
    return { isRight, isOutdated: isRight && stored !== null && isOutdated(stored, this.#cost) };
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.expectRoom();
    if (this.#running >= this.#concurrency) {
      // Whoever ends hands its place on, so the number that runs stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#done += 1;
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
