import type { Position, SnapshotMessage, UpdateMessage } from '../protocol.js';
import { ConnectionError } from './connection-error.js';
import { guarded } from './emitter.js';
import { foldRows } from './rows.js';
import type { Resumed, Snapshot, Update } from './types.js';

/** What a subscriber is called with; each is optional, what is not given is not reported. */
export interface SubscriptionHandlers<D, S = D> {
  readonly snapshot?: (snapshot: Snapshot<S>) => void;
  readonly update?: (update: Update<D>) => void;
  /** Updates that were replaced by newer ones before they were sent: this client, or its rate, is too slow for all. */
  readonly skipped?: (count: number) => void;
  /** The subscription will give no more: null if it was ended here, else why the server, or the client, gave it up. */
  readonly ended?: (error: Error | null) => void;
}

/** One channel of one client, over any number of connections: folds rows, follows positions. */
export class ChannelState<D> {
  /** Settles when the server has accepted, or refused, for the first time. */
  readonly accepted: Promise<void>;
  #accept: () => void = () => undefined;
  #refuse: (error: Error) => void = () => undefined;
  readonly #handlers: SubscriptionHandlers<D>;
  #fields: readonly string[] | undefined;
  #position: Position | null = null;
  #epoch: string | null = null;
  #isResuming = false;
  #hasSnapshot = false;

  constructor(
    readonly channel: string,
    handlers: SubscriptionHandlers<D>,
  ) {
    this.#handlers = handlers;
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
  }

  /** The newest that was seen; null before the first snapshot. */
  get position(): Position | null {
    return this.#position;
  }

  accept(): void {
    this.#accept();
  }

  /** Call when the connection is lost: the next snapshot says what was missed. */
  interrupt(): void {
    this.#isResuming = this.#isResuming || this.#hasSnapshot;
    this.#hasSnapshot = false;
  }

  /** @param error why it ended; null: as this side wished */
  end(error: Error | null): void {
    this.#refuse(error ?? new ConnectionError(`${this.channel} was given up before the server accepted it`));
    if (this.#handlers.ended !== undefined) guarded(this.#handlers.ended, error);
  }

  /** Hands the snapshot on; gives what was missed if it is the first after a reconnect. @throws TypeError if unreadable */
  snapshot(message: SnapshotMessage): Resumed | null {
    const { channel, epoch, offset, time } = message;
    this.#fields = message.fields;
    const data = this.#fold(message.data) as D | null;
    const position = { epoch, offset };
    const resumed = this.#isResuming ? this.#resumed(position) : null;
    this.#position = position;
    this.#epoch = epoch;
    this.#hasSnapshot = true;
    this.#isResuming = false;
    if (this.#handlers.snapshot !== undefined) {
      const snapshot: Snapshot<D> = { type: 'snapshot', channel, position, time, data };
      guarded(this.#handlers.snapshot, resumed === null ? snapshot : { ...snapshot, resumed });
    }
    return resumed;
  }

  /** Hands an update on. @throws TypeError if it is unreadable */
  update(message: UpdateMessage): void {
    // Left over from a subscription of the same name that was just ended: the snapshot is still to come.
    if (this.#epoch === null || !this.#hasSnapshot) return;
    const { channel, offset, time } = message;
    const position = { epoch: this.#epoch, offset };
    const data = this.#fold(message.data) as D;
    this.#position = position;
    if (this.#handlers.update !== undefined) {
      guarded(this.#handlers.update, { type: 'update', channel, position, time, data });
    }
  }

  skipped(count: number): void {
    if (this.#handlers.skipped !== undefined) guarded(this.#handlers.skipped, count);
  }

  #fold(data: unknown): unknown {
    return this.#fields === undefined ? data : foldRows(this.#fields, data);
  }

  #resumed(to: Position): Resumed {
    const from = this.#position;
    const missed = from !== null && from.epoch === to.epoch ? to.offset - from.offset : null;
    return { channel: this.channel, from, to, missed };
  }
}
