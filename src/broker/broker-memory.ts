import type { Broker, BrokerStatus, Listener } from './broker.js';

/**
 * Carries messages inside one process: the listener is called synchronously, within `publish`, with the very object
 * that was published. Never loses its connection, so nothing is ever dropped. O(1) per call.
 */
export class MemoryBroker<T> implements Broker<T> {
  readonly #listeners = new Map<string, Listener<T>>();
  #published = 0;
  #delivered = 0;
  #closed = false;

  publish(topic: string, message: T): void {
    if (this.#closed) return;
    this.#published += 1;
    const listener = this.#listeners.get(topic);
    if (listener === undefined) return;
    this.#delivered += 1;
    listener(message, topic);
  }

  wanted(topic: string): boolean {
    return this.#listeners.has(topic);
  }

  wantedTopics(): Iterable<string> {
    return this.#listeners.keys();
  }

  async subscribe(topic: string, listener: Listener<T>): Promise<void> {
    if (this.#closed) throw new Error(`the broker is closed: cannot subscribe to ${topic}`);
    if (this.#listeners.has(topic)) throw new Error(`topic ${topic} already has a listener`);
    this.#listeners.set(topic, listener);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#listeners.delete(topic);
  }

  /** Memory has no connection to lose: the callback is never called. */
  onReconnect(_callback: () => void): void {
    // Nothing to remember.
  }

  status(): BrokerStatus {
    return {
      driver: 'memory',
      connected: !this.#closed,
      published: this.#published,
      delivered: this.#delivered,
      dropped: 0,
      reconnects: 0,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
  }
}
