import type { AnyChannel, DataOf, StateOf } from './channel-types.js';
import { Emitter } from './emitter.js';
import { folding } from './folding.js';
import type { ChannelSource } from './stream.js';

/** Things of a channel by `id`, the newest first. */
type ListOf<C extends string> = readonly (DataOf<C> | ItemOf<StateOf<C>>)[];
type ItemOf<S> = S extends readonly (infer Item)[] ? Item : never;

type ByKind<C extends string> = C extends 'system-status'
  ? StateOf<C> | null
  : C extends 'alerts' | 'notifications' | 'recommendations' | 'signals' | `signals:${string}`
    ? ListOf<C>
    : C extends `trades:${string}`
      ? DataOf<C>
      : StateOf<C> | null;

/** What a view shows of a channel; of a pattern a map by the channel of each symbol. */
export type Viewed<C extends string> = C extends `${string}:*${string}`
  ? ReadonlyMap<string, ByKind<C>>
  : ByKind<C>;

/** What a view tells. */
export interface ViewEvents<C extends AnyChannel> {
  /** `current` is another value now. */
  change: View<C>;
  /** False: what it shows grows old. */
  live: boolean;
  /** It will change no more: null if it was closed, else why. */
  ended: Error | null;
}

/** The current state of a channel, over reconnects: snapshot and updates folded into one value. */
export class View<C extends AnyChannel> {
  readonly #source: ChannelSource;
  readonly #emitter = new Emitter<ViewEvents<C>>();
  readonly #fold;
  #isLive = false;
  /** Resolves with the view once the server has accepted. @throws what `subscribe` throws */
  readonly ready: Promise<this>;

  /** Use `Client.view`. */
  constructor(
    source: ChannelSource,
    readonly channel: C,
  ) {
    this.#source = source;
    this.#fold = folding(channel);
    const subscribed = source.subscribe(channel, {
      snapshot: ({ channel: name, data }) => this.#changed(this.#fold.snapshot(name, data)),
      update: ({ channel: name, data }) => this.#changed(this.#fold.update(name, data)),
      live: (isLive) => {
        this.#isLive = isLive;
        this.#emitter.emit('live', isLive);
      },
      ended: (error) => {
        this.#isLive = false;
        this.#emitter.emit('ended', error);
      },
    });
    this.ready = subscribed.then(() => this);
    // Who does not wait for it hears of it by `ended`.
    this.ready.catch(() => undefined);
  }

  /** The state as it is known: before the first snapshot null, or empty. A value of its own after each change. */
  get current(): Viewed<C> {
    return this.#fold.current as Viewed<C>;
  }

  /** Whether it is known to be how things are now: false before the first snapshot, and while the connection is lost. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Listens to changes, or another event; gives a function that ends it. */
  on<K extends keyof ViewEvents<C>>(name: K, listener: (event: ViewEvents<C>[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Ends the subscription; `current` stays as it is. */
  close(): Promise<void> {
    return this.#source.unsubscribe(this.channel);
  }

  #changed(hasChanged: boolean): void {
    if (hasChanged) this.#emitter.emit('change', this);
  }
}
