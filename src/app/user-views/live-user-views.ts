import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../broker/broker.js';
import type { FrameResult } from '../../engine/analysis/look.js';
import type { PortfolioModel } from '../../engine/analysis/portfolios/portfolio-model.js';
import type { Publication } from '../../events.js';
import type { Logger } from '../../logger.js';
import type { StoredEvent } from '../../store/outbox.js';
import { type ChannelState, type UserView, type UserViews, userViewTopic } from '../../ws/ports.js';
import type { LiveTables } from '../live-tables.js';
import type { DashboardSource } from './dashboard-source.js';
import type { Kept } from './kept-state.js';
import type { PortfolioSource } from './portfolio-source.js';
import { Turns } from './turns.js';
import { openWatchedView, parseViewTopic, type WatchedView, watchedTopic } from './watched-view.js';
import type { WatchlistSource } from './watchlist-source.js';

export interface UserViewsOptions {
  readonly broker: Broker<Publication>;
  readonly model: Pick<PortfolioModel, 'held' | 'moved' | 'takeMoved'>;
  readonly tables: Pick<LiveTables, 'portfolios'>;
  readonly portfolios: PortfolioSource;
  readonly watchlists: WatchlistSource;
  readonly dashboards: DashboardSource;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Between two rounds, ms: portfolios and lists are published at most so often. Default 250. */
  readonly periodMs?: number;
  /** How often portfolios of which no price moves are looked at all the same, ms: prices of a day ago move on. Default 5,000. */
  readonly ageMs?: number;
}

const PERIOD_MS = 250;
/** Dashboards are published once in so many rounds; in as many it is looked who watches what. */
const SLOW_ROUNDS = 4;
const AGE_MS = 5_000;
/** How long this may hold the event loop up in one turn, ms. */
const TURN_MS = 2;
/** Portfolios that are marked in one piece of work. */
const MARKED = 1_000;

/**
 * The live states of users: computed while somebody watches, and published where they have changed, a few in each turn of
 * the event loop. On the way of a tick there is a flag of the portfolio model's, and nothing else.
 */
export class LiveUserViews implements UserViews {
  readonly #options: UserViewsOptions;
  readonly #views = new Map<string, WatchedView>();
  readonly #turns = new Turns(TURN_MS);
  readonly #periodMs: number;
  readonly #stopping = new AbortController();
  /** Offsets of views that are forgotten are at most this: one that is watched again goes on above. */
  #floor = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(options: UserViewsOptions) {
    this.#options = options;
    this.#periodMs = options.periodMs ?? PERIOD_MS;
    options.tables.portfolios.subscribe(({ set, removed }) => {
      for (const { userId } of [...set, ...removed]) this.#mark(userId);
    });
  }

  /** Longest time that one turn of the event loop was held up, ms. */
  get longestTurnMs(): number {
    return this.#turns.longestMs;
  }

  /** How many states are kept up to date. */
  get watched(): number {
    return this.#views.size;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async state(view: UserView, userId: number): Promise<ChannelState> {
    const watched = this.#open(view, userId);
    await this.#prepare(watched);
    return this.#turns.run(() => {
      // Another who asked a moment ago may have had it done.
      if (performance.now() - watched.computedAt >= this.#periodMs) this.#refresh(watched);
      const { offset, time, kept } = watched;
      return { offset, time, row: kept.row() };
    });
  }

  /** Takes what a look at the market found. */
  looked(result: FrameResult): void {
    for (const userId of this.#options.portfolios.looked(result)) this.#mark(userId);
  }

  /** Takes what the outbox has told: a new notification is counted at once. */
  heard({ channel, userId }: StoredEvent): void {
    if (channel !== 'notifications' || userId === null) return;
    const dashboard = this.#views.get(watchedTopic('dashboard', userId));
    if (dashboard === undefined) return;
    void this.#options.dashboards.refresh(userId).then(() => {
      dashboard.isDirty = true;
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const begun = performance.now();
      try {
        await this.#round(begun);
      } catch (error) {
        this.#options.logger.error({ err: error }, 'live states of users are behind; they are tried again');
      }
      const pause = Math.max(1, this.#periodMs - (performance.now() - begun));
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(now: number): Promise<void> {
    if (now - this.#sweptAt >= SLOW_ROUNDS * this.#periodMs) {
      this.#sweptAt = now;
      await this.#sweep();
    }
    if (this.#views.size === 0) return;
    await this.#takeMoved();
    const views = [...this.#views.values()];
    if (views.some(({ view }) => view.kind === 'watchlist')) await this.#score();
    await this.#turns.each(views, (one) => {
      if (this.#isDue(one, now)) this.#refresh(one);
    });
  }

  /** Brings the scores of lists up to date. */
  async #score(): Promise<void> {
    const { watchlists } = this.#options;
    while (!this.#stopping.signal.aborted) {
      if (!(await this.#turns.run(() => watchlists.step(performance.now())))) return;
    }
  }

  /** Marks what prices have moved since the round before. */
  async #takeMoved(): Promise<void> {
    const { model } = this.#options;
    const visit = (portfolioId: number): void => {
      const userId = model.held(portfolioId)?.input.userId;
      if (userId !== undefined) this.#mark(userId);
    };
    // Prices move on meanwhile: what comes then is the next round's.
    for (let left = model.moved; left > 0; left -= MARKED) {
      await this.#turns.run(() => model.takeMoved(Math.min(left, MARKED), visit));
    }
  }

  #isDue({ view, isDirty, computedAt }: WatchedView, now: number): boolean {
    const age = now - computedAt;
    if (view.kind === 'dashboard') return age >= (SLOW_ROUNDS - 0.5) * this.#periodMs;
    // Lists look for themselves whether a price of theirs has moved.
    return isDirty || view.kind === 'watchlist' || age >= (this.#options.ageMs ?? AGE_MS);
  }

  #mark(userId: number): void {
    const portfolio = this.#views.get(watchedTopic('portfolio', userId));
    if (portfolio !== undefined) portfolio.isDirty = true;
  }

  /** Forgets what nobody watches any more, and finds what is watched through other processes. */
  async #sweep(): Promise<void> {
    const { broker, portfolios, dashboards } = this.#options;
    for (const [topic, { offset }] of this.#views) {
      if (broker.wanted(topic)) continue;
      this.#views.delete(topic);
      this.#floor = Math.max(this.#floor, offset);
    }
    for (const topic of broker.wantedTopics()) {
      const found = this.#views.has(topic) ? null : parseViewTopic(topic);
      if (found !== null) this.#open(found.view, found.userId);
    }
    const users = { portfolio: new Set<number>(), dashboard: new Set<number>() };
    for (const { view, userId } of this.#views.values()) {
      if (view.kind !== 'watchlist') users[view.kind].add(userId);
    }
    portfolios.keepOnly(users.portfolio);
    await Promise.all([
      dashboards.turn(users.dashboard),
      ...[...users.portfolio].map((userId) => portfolios.prepare(userId)),
    ]);
  }

  #open(view: UserView, userId: number): WatchedView {
    const topic = userViewTopic(view, userId);
    const known = this.#views.get(topic);
    if (known !== undefined) return known;
    const opened = openWatchedView(view, userId, this.#keep(view, userId), this.#floor);
    this.#views.set(topic, opened);
    return opened;
  }

  async #prepare({ view, userId }: WatchedView): Promise<void> {
    if (view.kind === 'portfolio') await this.#options.portfolios.prepare(userId);
    if (view.kind === 'dashboard') await this.#options.dashboards.prepare(userId);
    if (view.kind === 'watchlist') await this.#score();
  }

  /** Computes a state, and publishes it if it is another than before. */
  #refresh(watched: WatchedView): void {
    const { broker, now } = this.#options;
    watched.computedAt = performance.now();
    watched.isDirty = false;
    if (!watched.kept.take()) return;
    watched.offset += 1;
    watched.time = now();
    const { topic, offset, time, kept } = watched;
    if (!broker.wanted(topic)) return;
    broker.publish(topic, { channel: topic, offset, time, lossless: false, row: kept.row() });
  }

  #keep(view: UserView, userId: number): Kept {
    const { portfolios, watchlists, dashboards } = this.#options;
    switch (view.kind) {
      case 'portfolio':
        return portfolios.open(userId);
      case 'dashboard':
        return dashboards.open(userId, () => portfolios.sums(userId));
      case 'watchlist':
        return watchlists.open(view.id);
    }
  }
}
