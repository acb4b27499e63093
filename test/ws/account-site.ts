import { EventEmitter } from 'node:events';
import type { Test } from 'tap';
import type { StatusMap } from '../../src/api/system-status.js';
import { outboxPublication } from '../../src/app/outbox-publication.js';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import { RequestError } from '../../src/errors.js';
import type { Publication } from '../../src/events.js';
import { GuestReader } from '../../src/store/guest-reader.js';
import { appendEvents } from '../../src/store/outbox.js';
import { OutboxRelay } from '../../src/store/outbox-relay.js';
import type { User } from '../../src/ws/caller.js';
import type {
  Accounts,
  ChannelState,
  GatewayPorts,
  SystemStatus,
  UserView,
  UserViews,
} from '../../src/ws/ports.js';
import { silent } from '../support/folder.js';
import type { UserSite } from '../support/user-site.js';
import { type GatewaySite, gatewaySite, NOW } from './gateway-site.js';

/** Knows tokens by heart: who is who is what a test says. */
export class FakeAccounts implements Accounts {
  readonly users = new Map<string, User>();
  isAway = false;
  readonly #revoked = new EventEmitter();
  #sessions = 0;

  /** Logs somebody in and gives the token. */
  logIn(id: number, role: User['role'] = 'public', expiresAt = Date.now() + 3_600_000): string {
    const sessionId = ++this.#sessions;
    const token = `token-${sessionId}`;
    this.users.set(token, { id, sessionId, role, isVerified: true, expiresAt });
    return token;
  }

  /** Ends a session, or has its user in another role, and tells of it unless somebody else's process has done it. */
  change(token: string, role: User['role'] | null, isTold = true): void {
    const user = this.users.get(token);
    if (user === undefined) throw new Error(`nobody has ${token}`);
    if (role === null) this.users.delete(token);
    else this.users.set(token, { ...user, role });
    if (isTold) this.#revoked.emit('revoked', user.id);
  }

  async authenticate(token: string): Promise<User | null> {
    if (this.isAway) throw new RequestError('unavailable', 'accounts are away');
    return this.users.get(token) ?? null;
  }

  async holding(sessionIds: readonly number[]): Promise<ReadonlyMap<number, User>> {
    if (this.isAway) throw new Error('no connection');
    const all = [...this.users.values()].filter(({ sessionId }) => sessionIds.includes(sessionId));
    return new Map(all.map((user) => [user.sessionId, user]));
  }

  onRevoked(listener: (userId: number) => void): () => void {
    this.#revoked.on('revoked', listener);
    return () => this.#revoked.off('revoked', listener);
  }
}

/** States of users that a test changes. */
export class FakeViews implements UserViews {
  readonly states = new Map<string, ChannelState>();

  constructor(private readonly broker: MemoryBroker<Publication>) {}

  async state(view: UserView, userId: number): Promise<ChannelState> {
    const topic = view.kind === 'watchlist' ? `watchlist:${view.id}` : `${view.kind}#${userId}`;
    return this.states.get(topic) ?? { offset: 0, time: NOW, row: null };
  }

  change(topic: string, row: readonly unknown[]): void {
    const offset = (this.states.get(topic)?.offset ?? 0) + 1;
    this.states.set(topic, { offset, time: NOW, row });
    this.broker.publish(topic, { channel: topic, offset, time: NOW, lossless: false, row });
  }
}

/** Stands as a test says, and tells of it when the test does. */
export class FakeStatus implements SystemStatus {
  score = 1;
  readonly #looked = new EventEmitter();

  current(): StatusMap {
    const { score } = this;
    const since = NOW;
    return {
      time: NOW,
      state: 'ok',
      score,
      reason: null,
      since,
      simulated: true,
      uptime_seconds: 1,
      parts: [],
    };
  }

  onChange(listener: (status: StatusMap) => void): () => void {
    this.#looked.on('looked', listener);
    return () => this.#looked.off('looked', listener);
  }

  look(score: number): void {
    this.score = score;
    this.#looked.emit('looked', this.current());
  }

  get listeners(): number {
    return this.#looked.listenerCount('looked');
  }
}

export interface AccountSite extends GatewaySite {
  readonly accounts: FakeAccounts;
  readonly views: FakeViews;
  readonly status: FakeStatus;
  /** Writes an event as the server does, with nothing else. */
  tell(channel: string, userId: number | null, data: unknown): Promise<void>;
}

/** Starts a gateway before a database with users, whose outbox is relayed. */
export async function accountSite(
  t: Test,
  { engine, gateway: pool, inEngine }: UserSite,
  transport: 'ws' | 'uws' = 'ws',
): Promise<AccountSite> {
  const broker = new MemoryBroker<Publication>();
  const accounts = new FakeAccounts();
  const views = new FakeViews(broker);
  const status = new FakeStatus();
  const logout: NonNullable<GatewayPorts['signIn']>['logout'] = async (user) => {
    const token = [...accounts.users].find(([, { sessionId }]) => sessionId === user.sessionId)?.[0];
    if (token !== undefined) accounts.change(token, null);
  };
  const site = await gatewaySite(t, { transport }, broker, new GuestReader(pool, 'demo'), true, {
    ...{ accounts, status, userViews: views, users: userStore(pool, 'demo') },
    signIn: { logout } as NonNullable<GatewayPorts['signIn']>,
  });
  const relay = new OutboxRelay({
    pool: engine,
    logger: silent,
    publish: (event) => {
      const publication = outboxPublication(event);
      broker.publish(publication.channel, publication);
    },
    electMs: 20,
  });
  t.teardown(() => relay.stop());
  relay.start();
  return {
    ...site,
    accounts,
    views,
    status,
    async tell(channel, userId, data) {
      await inEngine((connection) => appendEvents(connection, [{ channel, userId, data }]));
    },
  };
}
