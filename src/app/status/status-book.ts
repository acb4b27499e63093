import type { StatusEvent, StatusMap } from '../../api/system-status.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { SystemStatus } from '../../ws/ports.js';
import { type Overall, overall, type Weighed } from './overall.js';
import { Part, type PartChange } from './part.js';
import { type Probe, type Reading, reading } from './reading.js';

/** A change of state without what names it. */
export type StateChange = Omit<Extract<StatusEvent, { event: 'state' }>, 'id'>;

export interface StatusBookOptions {
  readonly logger: Logger;
  readonly isSimulated: boolean;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Told of the changes of each look that has some, with how it stands then. */
  readonly onChanges: (changes: readonly StateChange[], status: StatusMap) => void;
}

interface Watched {
  readonly probe: Probe;
  part: Part | null;
}

/** Name of the whole in events. */
export const SERVER = 'server';

/** How all parts stand, looked at once a second by whoever calls `look`. */
export class StatusBook implements SystemStatus {
  readonly #options: StatusBookOptions;
  readonly #watched: Watched[] = [];
  readonly #listeners = new Set<(status: StatusMap) => void>();
  readonly #began: number;
  #current: StatusMap;

  constructor(options: StatusBookOptions) {
    this.#options = options;
    this.#began = options.now();
    this.#current = {
      ...{ time: this.#began, since: this.#began, state: 'ok', score: 1, reason: null, uptime_seconds: 0 },
      simulated: options.isSimulated,
      parts: [],
    };
  }

  /** Has parts looked at from the next look on. @throws Error if a name is taken */
  add(...probes: readonly Probe[]): void {
    for (const probe of probes) {
      if (this.#watched.some((known) => known.probe.name === probe.name)) {
        throw new Error(`part ${probe.name} is watched twice`);
      }
      this.#watched.push({ probe, part: null });
    }
  }

  current(): StatusMap {
    return this.#current;
  }

  onChange(listener: (status: StatusMap) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at every part. Never throws: a probe that does counts as a part that is down. */
  look(): void {
    const time = this.#options.now();
    const changes: PartChange[] = [];
    const parts = this.#watched.map((watched): Weighed => {
      const found = this.#read(watched.probe, time);
      if (watched.part === null) {
        watched.part = new Part(watched.probe.name, found, time);
      } else {
        const change = watched.part.look(found, time);
        if (change !== null) changes.push(change);
      }
      return { weight: watched.probe.weight, status: watched.part.status() };
    });
    const whole = overall(parts);
    const isFirst = this.#current.parts.length === 0;
    const before = this.#current;
    this.#current = this.#mapOf(time, whole, parts, isFirst);
    if (!isFirst && before.state !== whole.state) {
      changes.push({ part: SERVER, from: before.state, to: whole.state, reason: whole.reason });
    }
    if (changes.length > 0) this.#tell(changes, time);
    for (const listener of [...this.#listeners]) listener(this.#current);
  }

  #mapOf(time: number, whole: Overall, parts: readonly Weighed[], isFirst: boolean): StatusMap {
    const { state, score, reason } = whole;
    const isSame = !isFirst && state === this.#current.state;
    return {
      ...{ time, state, score, reason, since: isSame ? this.#current.since : time },
      simulated: this.#options.isSimulated,
      uptime_seconds: Math.round((time - this.#began) / 1_000),
      parts: parts.map(({ status }) => status),
    };
  }

  #read(probe: Probe, time: number): Reading {
    try {
      return probe.read(time);
    } catch (error) {
      // A fault of ours in looking must not be taken for health, nor end the server.
      this.#options.logger.error({ err: error, part: probe.name }, 'a part could not be looked at');
      return reading({}, [{ score: 0, reason: `it could not be looked at: ${messageOf(error)}` }]);
    }
  }

  #tell(changes: readonly PartChange[], time: number): void {
    const { logger, onChanges } = this.#options;
    for (const { part, from, to, reason } of changes) {
      logger[to === 'ok' ? 'info' : 'warn']({ part, from, to, reason }, 'the state of a part has changed');
    }
    const { score } = this.#current;
    onChanges(
      changes.map((change) => ({ event: 'state', ...change, score, time })),
      this.#current,
    );
  }
}
