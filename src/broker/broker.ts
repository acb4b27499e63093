/** Turns a message into bytes and back; drivers that leave the process need one, and know nothing else of it. */
export interface MessageCodec<T> {
  encode(message: T): Uint8Array;
  /** @throws if the bytes are no message */
  decode(bytes: Uint8Array): T;
}

export type Listener<T> = (message: T, topic: string) => void;

export interface BrokerStatus {
  readonly driver: 'memory' | 'redis';
  readonly connected: boolean;
  readonly published: number;
  readonly delivered: number;
  /** Messages not handed to the far side because it was away; a reader sees the gap in offsets. */
  readonly dropped: number;
  readonly reconnects: number;
}

/**
 * Carries messages from the engine to gateways, at most once.
 *
 * Promises every driver keeps:
 * - Order: messages of one topic reach a listener in the order of their `publish`.
 * - `publish` never blocks, never throws for a far side that is away, and holds nothing back for later: what cannot
 *   go out now is dropped and counted (Postgres remembers, the broker carries).
 * - After `subscribe` has resolved, every later publish of the topic reaches the listener while connected.
 * - `wanted` is true for every topic that some process has subscribed to, at the latest 1 s after it did; it may be
 *   true for longer than needed. A publisher asks it before it builds a message. O(1).
 * - A listener that throws ends the process: it is a programming error.
 */
export interface Broker<T> {
  publish(topic: string, message: T): void;
  wanted(topic: string): boolean;
  /** All topics that `wanted` is true for, in no order; for who cannot name them all. */
  wantedTopics(): Iterable<string>;
  /** One listener per topic; the caller fans out. @throws if the topic already has one */
  subscribe(topic: string, listener: Listener<T>): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
  /** Called after a lost connection came back: messages in between are gone. */
  onReconnect(callback: () => void): void;
  status(): BrokerStatus;
  close(): Promise<void>;
}
