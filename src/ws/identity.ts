import { CHANNEL_KINDS, needsLogin } from '../channels.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { User } from './caller.js';
import type { Connection } from './connection.js';
import type { Subscription } from './group.js';
import type { Accounts } from './ports.js';
import { type SubscribeContext, unsubscribeAll } from './subscribe.js';

type EndingContext = Pick<SubscribeContext, 'hub' | 'slices'>;

/** Tokens in a row that may speak for nobody, of one connection. */
const MAX_WRONG_TOKENS = 5;

/** What `auth` answers. */
export interface Identified {
  readonly user: { readonly id: number; readonly role: User['role'] };
  /** End of the session unless it is refreshed, ms. */
  readonly expires_at: number;
}

/**
 * Makes a connection that of who a token speaks for; guests' subscriptions stay, those of another user end.
 * @throws RequestError `unauthenticated`; `unavailable` if nobody can log in, or not now
 */
export function identify(
  context: EndingContext,
  accounts: Accounts | null,
  connection: Connection,
  token: string,
): Promise<Identified> {
  if (accounts === null) {
    throw new RequestError('unavailable', 'nobody can log in here: there is no database');
  }
  // In the order of the requests to subscribe, so that one that follows at once is already the user's.
  const done = connection.inOrder(async () => {
    const user = await accounts.authenticate(token);
    connection.wrongTokens = user === null ? connection.wrongTokens + 1 : 0;
    if (user === null) {
      // Each costs the database a query: who goes on has to connect anew, which no address may do often.
      if (connection.wrongTokens >= MAX_WRONG_TOKENS) {
        connection.bye('sessionEnded', `${MAX_WRONG_TOKENS} tokens in a row speak for nobody: log in anew`);
      }
      throw new RequestError('unauthenticated', 'this token speaks for nobody, or not any more', 'token');
    }
    const before = connection.caller.user;
    connection.become(user);
    if (before !== null && (before.id !== user.id || before.role !== user.role)) {
      await endOwn(context, connection);
    }
    return { user: { id: user.id, role: user.role }, expires_at: user.expiresAt };
  });
  const settled = done
    .catch(() => undefined)
    .then(() => {
      if (connection.identifying === settled) connection.identifying = null;
    });
  connection.identifying = settled;
  return done;
}

/** Makes a connection a guest's: what guests may not have ends. */
export async function becomeGuest(context: EndingContext, connection: Connection): Promise<void> {
  connection.become(null);
  await endOwn(context, connection);
}

/** What is under way for the former user is refused when it is registered; see `subscribe`. */
function endOwn(context: EndingContext, connection: Connection): Promise<void> {
  return unsubscribeAll(context, connection, ({ channel }) => needsLogin(channel));
}

/** How often sessions are looked after, ms. */
const CHECK_MS = 5_000;

/** Ends connections whose sessions are over, and follows the roles of users. */
export class SessionWatch {
  readonly #accounts: Accounts;
  readonly #connections: () => Iterable<Connection>;
  readonly #context: EndingContext;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | null = null;
  #isChecking = false;
  #unlisten: () => void = () => undefined;

  constructor(
    accounts: Accounts,
    connections: () => Iterable<Connection>,
    context: EndingContext,
    logger: Logger,
  ) {
    this.#accounts = accounts;
    this.#connections = connections;
    this.#context = context;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#checkAll(), CHECK_MS).unref();
    this.#unlisten = this.#accounts.onRevoked((userId) => void this.check(({ id }) => id === userId));
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#unlisten();
  }

  /** One query at a time, also when the database is slow. */
  async #checkAll(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    await this.check(() => true);
    this.#isChecking = false;
  }

  /** Looks after the connections of some users, by one query. Never rejects. */
  async check(concerns: (user: User) => boolean): Promise<void> {
    const asked = [...this.#connections()].flatMap((connection) => {
      const { user } = connection.caller;
      return user !== null && !connection.isClosed && concerns(user) ? [{ connection, user }] : [];
    });
    if (asked.length === 0) return;
    const holding = await this.#holding(asked.map(({ user }) => user.sessionId));
    for (const { connection, user } of asked) {
      // Somebody else may have logged in meanwhile, or nobody be any more.
      if (connection.caller.user?.sessionId !== user.sessionId || connection.isClosed) continue;
      // The database is away: a session holds as long as it was said to.
      if (holding === null) {
        if (user.expiresAt <= Date.now()) over(connection);
        continue;
      }
      const now = holding.get(user.sessionId);
      if (now !== undefined) this.#follow(connection, user, now);
      else if (connection.isLoggingOut) await becomeGuest(this.#context, connection);
      else over(connection);
    }
  }

  async #holding(sessionIds: readonly number[]): Promise<ReadonlyMap<number, User> | null> {
    try {
      return await this.#accounts.holding([...new Set(sessionIds)]);
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'sessions of connections are not looked after');
      return null;
    }
  }

  #follow(connection: Connection, before: User, user: User): void {
    connection.become(user);
    if (before.role === user.role) return;
    if ([...connection.subscriptions.values()].some((held) => isBeyond(held, user))) {
      connection.bye('sessionEnded', 'your role is another one now: log in anew');
    }
  }
}

function isBeyond({ channel }: Subscription, user: User): boolean {
  return CHANNEL_KINDS[channel.kind].role === 'admin' && user.role !== 'admin';
}

function over(connection: Connection): void {
  connection.bye('sessionEnded', 'the session is over: log in or refresh, then come back');
}
