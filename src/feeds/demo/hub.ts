import { type Connection, Frame, textFrame } from './connection.js';
import type { Faults } from './faults.js';

/** Longest time (ms) that one client may hold up the playback; then it is cut, as exchanges do with slow readers. */
const MAX_BLOCK_MS = 15_000;

/** Which connection hears which stream, and the way of every frame to it, faults included. */
export class Hub {
  readonly connections = new Set<Connection>();
  readonly #topics = new Map<string, Set<Connection>>();
  readonly #faults: Faults;
  #hasChanged = false;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Says whether subscriptions changed since the last time this was asked. */
  takeChanged(): boolean {
    const changed = this.#hasChanged;
    this.#hasChanged = false;
    return changed;
  }

  /** Names of all streams that have a subscriber. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  subscribe(connection: Connection, topic: string): void {
    this.#hasChanged = true;
    connection.topics.add(topic);
    const listeners = this.#topics.get(topic);
    if (listeners === undefined) this.#topics.set(topic, new Set([connection]));
    else listeners.add(connection);
  }

  unsubscribe(connection: Connection, topic: string): void {
    this.#hasChanged = true;
    connection.topics.delete(topic);
    const listeners = this.#topics.get(topic);
    listeners?.delete(connection);
    if (listeners?.size === 0) this.#topics.delete(topic);
  }

  remove(connection: Connection): void {
    for (const topic of [...connection.topics]) this.unsubscribe(connection, topic);
    this.connections.delete(connection);
  }

  /** Passes a message to all who hear a stream; it is written at the next `flush`. */
  publish(topic: string, payload: string): void {
    const listeners = this.#topics.get(topic);
    if (listeners === undefined) return;
    const frame = new Frame(topic, payload);
    for (const connection of listeners) {
      const fate = this.#faults.fateOfFrame();
      if (fate === 'pass') connection.push(frame.bytes(connection.combined));
      else if (fate === 'garble') connection.push(frame.garbage());
      else if (fate === 'hold') connection.hold(frame.bytes(connection.combined));
    }
  }

  /** Answers one client's request at once; silent while frames are lost. */
  reply(connection: Connection, text: string): void {
    if (this.#faults.frames === 'lose') return;
    connection.push(textFrame(text));
    connection.flush();
  }

  /** Writes what has gathered, to each client in one piece. */
  flush(): void {
    for (const connection of this.connections) connection.flush();
  }

  /** Sends what was held back, each client's in one TCP write. */
  release(): void {
    for (const connection of this.connections) {
      connection.release();
      connection.flush();
    }
  }

  /** Says whether some client lags so far that the playback must wait. Cuts one that lags for too long. */
  isBlocked(now: number): boolean {
    let blocked = false;
    for (const connection of this.connections) {
      const blockedFor = connection.blockedFor(now);
      if (blockedFor > MAX_BLOCK_MS) connection.cut();
      else if (blockedFor > 0) blocked = true;
    }
    return blocked;
  }
}
