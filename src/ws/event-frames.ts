import type { Publication } from '../events.js';
import type { Position, StoredEvent } from '../store/outbox.js';
import type { EventAt } from './event-member.js';
import type { EventState } from './event-source.js';
import type { Framer, Shape } from './form.js';
import type { Subscription } from './group.js';
import type { GatewayStats } from './stats.js';
import type { Frame } from './transport.js';

/** Before its first event a channel has no epoch: the first event is then its first, whatever epoch it names. */
export const NO_EPOCH = 'none';
const SHAPE: Shape = { fields: null, isList: true };

/** Frames of one channel of events. What many are told of one publication or one reading is encoded once. */
export class EventFrames {
  readonly #known = new WeakMap<Publication | EventState | StoredEvent, Map<string, Frame>>();

  constructor(
    private readonly framer: Framer,
    private readonly stats: GatewayStats,
  ) {}

  /** An event that came, or that was read: `source`, of which all that know it have the same object. */
  update(
    { form, text }: Subscription,
    { offset, time, data }: EventAt,
    source: Publication | StoredEvent,
  ): Frame {
    return once(this.#of(source), form.codec.name, () => {
      this.stats.encodes += 1;
      return this.framer.update(form, text, SHAPE, { offset, time, row: listOf(data) });
    });
  }

  /** What stands, as it was read; the subscriber is at its place already. */
  snapshot(subscription: Subscription, state: EventState, recovered: false | null): Frame {
    const { form, text } = subscription;
    const at = { ...placeOf(subscription), time: state.time, row: listOf(state.items) };
    return once(this.#of(state), `${form.codec.name} ${recovered}`, () =>
      this.framer.snapshot(form, text, SHAPE, at, recovered),
    );
  }

  /** Says that the subscriber goes on where it is. */
  resumed(subscription: Subscription): Frame {
    const { form, text } = subscription;
    const at = { ...placeOf(subscription), time: Date.now(), row: null };
    return this.framer.snapshot(form, text, SHAPE, at, true);
  }

  /** How things are now, for who is at some place. `frames`: those made at the same moment. */
  refresh(subscription: Subscription, items: unknown, time: number, frames: Map<string, Frame>): Frame {
    const { form, text } = subscription;
    const place = placeOf(subscription);
    return once(frames, `${form.codec.name} ${place.epoch} ${place.offset}`, () =>
      this.framer.snapshot(form, text, SHAPE, { ...place, time, row: listOf(items) }, null),
    );
  }

  #of(source: Publication | EventState | StoredEvent): Map<string, Frame> {
    const known = this.#known.get(source);
    if (known !== undefined) return known;
    const made = new Map<string, Frame>();
    this.#known.set(source, made);
    return made;
  }
}

function placeOf({ epoch, offset }: Subscription): Position {
  return { epoch: epoch ?? NO_EPOCH, offset };
}

function once(frames: Map<string, Frame>, key: string, make: () => Frame): Frame {
  const known = frames.get(key);
  if (known !== undefined) return known;
  const made = make();
  frames.set(key, made);
  return made;
}

/** Data of events are no rows: they go out as they are. */
function listOf(data: unknown): readonly unknown[] | null {
  return data as readonly unknown[] | null;
}
