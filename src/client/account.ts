import { RequestError } from '../errors.js';
import type { WelcomeMessage } from '../protocol.js';
import { guarded } from './emitter.js';
import type { Params, Result } from './methods.js';
import { fullJitter, isTemporary } from './reconnect.js';
import type { Session } from './session.js';

/** What a log-in is kept by, for the next start of the program. Whoever has them is the user: keep them safe. */
export interface Tokens {
  readonly accessToken: string;
  /** Good for one refresh. Null: the log-in ends with the access token. */
  readonly refreshToken: string | null;
  /** End of the access token by the server's clock, ms; null: not known. */
  readonly expiresAt: number | null;
}

/** How the client logs in: by tokens of an earlier log-in, or once by a password. */
export type Auth =
  | { readonly email: string; readonly password: string }
  | {
      readonly accessToken: string;
      readonly refreshToken?: string | null;
      readonly expiresAt?: number | null;
    };

/** Who is logged in. */
export interface SignedIn {
  readonly id: number;
  readonly role: 'public' | 'admin';
}

/** What an account tells its client. */
export interface AccountOwner {
  readonly random: () => number;
  /** Gives the connection, or waits for one. @throws ConnectionError */
  readonly session: () => Promise<Session>;
  /** New tokens, or null: there are none any more. */
  readonly tokens: (tokens: Tokens | null) => void;
  readonly signedIn: (user: SignedIn) => void;
  /** @param error why; null: the user has logged out */
  readonly signedOut: (error: Error | null) => void;
  /** It is known who is at this end, for this connection. @param isOther in another role, which ends what the user had */
  readonly settled: (isOther: boolean) => void;
  readonly report: (error: Error) => void;
}

/** Share of a token's life, and ms, before its end at which it is refreshed, whichever is later. */
const REFRESH_SHARE = 0.2;
const REFRESH_MS = 60_000;
/** A refresh does not follow another one sooner, ms. */
const LEAST_MS = 250;
/** Timers cannot wait for longer than 2^31 ms. */
const LONGEST_TIMER_MS = 12 * 3_600_000;
const FIRST_RETRY_MS = 1_000;

/** Who is at this end: brings the token to each connection and has it refreshed. What it does, it does one after the other. */
export class Account {
  readonly #owner: AccountOwner;
  #tokens: Tokens | null = null;
  #credentials: Params<'auth.login'> | null = null;
  #user: SignedIn | null = null;
  #state: 'guest' | 'pending' | 'user' = 'guest';
  #session: Session | null = null;
  /** Server's clock minus `performance.now()`, ms. */
  #clock = 0;
  #chain: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(owner: AccountOwner, auth?: Auth) {
    this.#owner = owner;
    if (auth === undefined) return;
    if ('password' in auth) this.#credentials = { email: auth.email, password: auth.password };
    else {
      const { accessToken, refreshToken = null, expiresAt = null } = auth;
      this.#tokens = { accessToken, refreshToken, expiresAt };
    }
  }

  /** Who is logged in on this connection; null: nobody, or not known yet. */
  get user(): SignedIn | null {
    return this.#state === 'user' ? this.#user : null;
  }

  get isPending(): boolean {
    return this.#state === 'pending';
  }

  /** Resolves when what is under way is done, well or not. */
  get idle(): Promise<unknown> {
    return this.#chain;
  }

  /** A connection is there, a guest's: says who is at this end. */
  begin(session: Session, welcome: WelcomeMessage): void {
    this.#session = session;
    this.#clock = welcome.time - performance.now();
    this.#failures = 0;
    if (this.#tokens === null && this.#credentials === null) return;
    this.#state = 'pending';
    void this.#attempt(session, () => this.#identify(session));
  }

  /** The connection is lost. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#session = null;
    if (this.#state === 'user') this.#state = 'pending';
  }

  /** Logs in by what an `auth.` method answers; null: it did not. @throws RequestError, ConnectionError */
  enter<L extends Result<'auth.login'> | null>(
    ask: (session: Session) => Promise<L>,
  ): Promise<SignedIn | Extract<L, null>> {
    return this.#exclusively(async () => {
      const session = await this.#owner.session();
      const answer = await ask(session);
      if (answer === null) return answer as Extract<L, null>;
      this.#take(answer);
      if (this.#state === 'guest') this.#state = 'pending';
      try {
        return await this.#authenticate(session);
      } catch (error) {
        // The log-in holds all the same.
        void this.#attempt(session, () => this.#identify(session));
        throw error;
      }
    });
  }

  /** Logs out here, whether the server hears of it or not. @throws RequestError, ConnectionError */
  leave(): Promise<void> {
    return this.#exclusively(async () => {
      try {
        const session = await this.#owner.session();
        await session.request({ op: 'query', method: 'auth.logout', params: {} });
      } catch (error) {
        // Who is not logged in any more has nothing to end.
        if (!(error instanceof RequestError && error.code === 'unauthenticated')) throw error;
      } finally {
        this.#forget(null);
      }
    });
  }

  /** The server does not know the log-in: has it refreshed, or ended if that cannot be. Never rejects. */
  renew(): Promise<void> {
    const session = this.#session;
    const known = this.#tokens;
    if (session === null || known === null) return Promise.resolve();
    return this.#attempt(session, async () => {
      // Another has done it meanwhile.
      if (this.#tokens === known) await this.#refresh(session);
      await this.#authenticate(session);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#session = null;
    this.#state = 'guest';
    this.#tokens = null;
    this.#credentials = null;
  }

  async #identify(session: Session): Promise<void> {
    if (this.#credentials !== null) {
      const login = { op: 'query', method: 'auth.login', params: { ...this.#credentials } } as const;
      this.#take((await session.request(login)) as Result<'auth.login'>);
    }
    if (this.#tokens === null) return;
    const { expiresAt, refreshToken } = this.#tokens;
    if (expiresAt !== null && refreshToken !== null && expiresAt <= this.#now()) await this.#refresh(session);
    try {
      await this.#authenticate(session);
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'unauthenticated')) throw error;
      await this.#refresh(session);
      await this.#authenticate(session);
    }
  }

  async #authenticate(session: Session): Promise<SignedIn> {
    if (this.#tokens === null) throw new RequestError('unauthenticated', 'nobody is logged in');
    const answer = await session.request({ op: 'auth', token: this.#tokens.accessToken });
    const { user, expires_at: expiresAt } = answer as {
      readonly user: SignedIn;
      readonly expires_at: number;
    };
    this.#tokens = { ...this.#tokens, expiresAt };
    const before = this.#user;
    this.#user = user;
    // The connection was lost behind the answer: the next one begins anew.
    if (session !== this.#session) return user;
    this.#state = 'user';
    this.#failures = 0;
    this.#schedule();
    if (before !== null && before.id !== user.id) this.#owner.signedOut(null);
    if (before?.id !== user.id || before.role !== user.role) this.#owner.signedIn(user);
    this.#owner.settled(before?.id === user.id && before.role !== user.role);
    return user;
  }

  /**
   * A refresh token is good for once. If the answer is lost with the connection, the next one tries the access token
   * first, which still holds if the server never heard.
   */
  async #refresh(session: Session): Promise<void> {
    const refreshToken = this.#tokens?.refreshToken ?? null;
    if (refreshToken === null) throw new RequestError('unauthenticated', 'the log-in is over');
    const params = { refresh_token: refreshToken };
    const answer = await session.request({ op: 'query', method: 'auth.refresh', params });
    this.#take(answer as Result<'auth.refresh'>);
  }

  #take(answer: Result<'auth.login'>): void {
    this.#credentials = null;
    this.#tokens = {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      expiresAt: answer.expires_at,
    };
    guarded(this.#owner.tokens, this.#tokens);
  }

  /** Does what may fail for a while again, and ends the log-in if it fails for good. Never rejects. */
  #attempt(session: Session, work: () => Promise<void>): Promise<void> {
    return this.#exclusively(work).catch((error: unknown) => {
      // A lost connection: the next one begins anew.
      if (session !== this.#session || !(error instanceof RequestError)) return;
      if (!isTemporary(error)) {
        this.#forget(error);
        return;
      }
      if (this.#failures === 0) this.#owner.report(error);
      clearTimeout(this.#timer);
      const pause = FIRST_RETRY_MS + fullJitter(this.#failures, FIRST_RETRY_MS, this.#owner.random);
      this.#failures += 1;
      this.#timer = setTimeout(() => void this.#attempt(session, work), pause);
    });
  }

  #forget(error: Error | null): void {
    clearTimeout(this.#timer);
    const hadAny = this.#tokens !== null || this.#credentials !== null;
    this.#tokens = null;
    this.#credentials = null;
    this.#user = null;
    this.#state = 'guest';
    if (!hadAny) return;
    guarded(this.#owner.tokens, null);
    this.#owner.signedOut(error);
  }

  /** Has the access token refreshed some time before its end. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const { expiresAt = null, refreshToken = null } = this.#tokens ?? {};
    if (expiresAt === null || refreshToken === null) return;
    const left = expiresAt - this.#now();
    const lead = Math.min(REFRESH_MS, left * REFRESH_SHARE);
    const wait = left - lead * (1 + this.#owner.random() / 2);
    this.#timer = setTimeout(
      () => (wait > LONGEST_TIMER_MS ? this.#schedule() : void this.renew()),
      Math.max(LEAST_MS, Math.min(wait, LONGEST_TIMER_MS)),
    );
  }

  #now(): number {
    return performance.now() + this.#clock;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#chain.then(work);
    this.#chain = done.catch(() => undefined);
    return done;
  }
}
