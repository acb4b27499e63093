import { EVERY_SYMBOL } from '../channels.js';

/** Folds snapshots and updates of a channel into its state; both say whether the state has changed. */
export interface Folding {
  readonly current: unknown;
  snapshot(channel: string, data: unknown): boolean;
  update(channel: string, data: unknown): boolean;
}

/** How many trades and events are kept, the newest ones. */
export const KEPT = 100;

/** Events that take a thing out of what stands: whatever has another status than this. */
const STANDING: Readonly<Record<string, string>> = {
  signals: 'active',
  notifications: 'unread',
  recommendations: 'pending',
};

/** Gives what folds a channel. */
export function folding(channel: string): Folding {
  return channel.includes(`:${EVERY_SYMBOL}`) ? new EachSymbol(channel) : foldingOf(channel);
}

function foldingOf(channel: string): Folding {
  const kind = /^[^:@]*/.exec(channel)?.[0] ?? '';
  const standing = STANDING[kind];
  if (standing !== undefined) return new Standing(standing);
  if (kind === 'alerts') return new Newest(true);
  if (kind === 'trades') return new Newest(false);
  return new Latest(kind === 'system-status');
}

/** The newest state is all there is. */
class Latest implements Folding {
  current: unknown = null;

  /** @param isTold the state comes as snapshots alone; updates tell of something else */
  constructor(private readonly isTold: boolean) {}

  snapshot(_channel: string, data: unknown): boolean {
    this.current = data;
    return true;
  }

  update(_channel: string, data: unknown): boolean {
    if (!this.isTold) this.current = data;
    return !this.isTold;
  }
}

/** The newest of a list that only grows. */
class Newest implements Folding {
  current: readonly unknown[] = [];

  /** @param isNewestFirst else oldest first, and updates are lists */
  constructor(private readonly isNewestFirst: boolean) {}

  snapshot(_channel: string, data: unknown): boolean {
    const items = (data ?? []) as readonly unknown[];
    this.current = this.isNewestFirst ? items.slice(0, KEPT) : items.slice(-KEPT);
    return true;
  }

  update(_channel: string, data: unknown): boolean {
    this.current = this.isNewestFirst
      ? [data, ...this.current].slice(0, KEPT)
      : [...this.current, ...(data as readonly unknown[])].slice(-KEPT);
    return true;
  }
}

interface Thing {
  readonly id: number;
  readonly status: string;
}

/** Things by id, as long as they have a status; in the order of the snapshot, new ones first. */
class Standing implements Folding {
  current: readonly Thing[] = [];

  constructor(private readonly status: string) {}

  snapshot(_channel: string, data: unknown): boolean {
    this.current = ((data ?? []) as readonly Thing[]).filter(({ status }) => status === this.status);
    return true;
  }

  update(_channel: string, data: unknown): boolean {
    const thing = data as Thing;
    const at = this.current.findIndex(({ id }) => id === thing.id);
    const stands = thing.status === this.status;
    if (at === -1 && !stands) return false;
    if (at === -1) this.current = [thing, ...this.current];
    else if (stands) this.current = this.current.with(at, { ...this.current[at], ...thing });
    else this.current = this.current.toSpliced(at, 1);
    return true;
  }
}

/** A pattern: each symbol by itself. */
class EachSymbol implements Folding {
  readonly #byChannel = new Map<string, Folding>();
  #current: ReadonlyMap<string, unknown> | null = null;

  constructor(private readonly pattern: string) {}

  /** Made when it is asked for: thousands of symbols change far more often than anybody looks. */
  get current(): ReadonlyMap<string, unknown> {
    this.#current ??= new Map([...this.#byChannel].map(([channel, { current }]) => [channel, current]));
    return this.#current;
  }

  snapshot(channel: string, data: unknown): boolean {
    this.#current = null;
    return this.#of(channel).snapshot(channel, data);
  }

  update(channel: string, data: unknown): boolean {
    this.#current = null;
    return this.#of(channel).update(channel, data);
  }

  #of(channel: string): Folding {
    const known = this.#byChannel.get(channel) ?? foldingOf(this.pattern);
    this.#byChannel.set(channel, known);
    return known;
  }
}
