import type { EngineSink } from '../engine/views.js';
import type { Persistence } from './persistence.js';
import type { Publisher } from './publisher.js';
import type { RecentClosed } from './recent-closed.js';

/**
 * Hands what the engine tells to those who want to know. A closed candle is remembered and handed to the writer before
 * it is published: whoever hears of it can ask for it.
 */
export class EngineSinks implements EngineSink {
  readonly #publisher: Publisher;
  readonly #persistence: Persistence;
  readonly #recent: RecentClosed;

  constructor(publisher: Publisher, persistence: Persistence, recent: RecentClosed) {
    this.#publisher = publisher;
    this.#persistence = persistence;
    this.#recent = recent;
  }

  closed(asset: number, timeframeIndex: number): void {
    this.#recent.closed(asset, timeframeIndex);
    this.#persistence.closed(asset, timeframeIndex);
    this.#publisher.closed(asset, timeframeIndex);
  }

  moved(asset: number): void {
    this.#persistence.moved(asset);
    this.#publisher.moved(asset);
  }

  ticked(asset: number): void {
    this.#publisher.ticked(asset);
  }

  fired(): void {
    // Nothing sets alerts yet: they come with their table and their channel.
  }

  expired(): void {
    // As `fired`.
  }

  dropped(): void {
    // The engine counts what it drops; `/metrics` shows it.
  }
}
