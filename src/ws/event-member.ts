import type { EventChannel } from '../channels.js';
import type { Publication } from '../events.js';
import type { EventState } from './event-source.js';
import type { Subscription } from './group.js';
import type { Missed } from './shared-events.js';

/** What a subscriber begins with, or goes on with. */
export type EventStart =
  /** `recovered` null: the client did not ask to go on. */
  | { readonly state: EventState; readonly recovered: false | null }
  /** `isTold`: the client asked for it, and is told that it goes on. */
  | { readonly missed: Missed; readonly isTold: boolean };

/** How a subscriber stands to the channel. */
export interface EventMember {
  readonly subscription: Subscription;
  readonly channel: EventChannel;
  /** Null: it gets events as they come. Else those that came since its start was asked for. */
  waiting: Publication[] | null;
  start: EventStart | null;
  /** Its snapshot was sent at least once. */
  hasBegun: boolean;
  /** Something may have been lost while it waited: it is to be looked for once it has begun. */
  isInDoubt: boolean;
}

/** An event and its place. */
export interface EventAt {
  readonly epoch: string;
  readonly offset: number;
  readonly time: number;
  readonly data: unknown;
}
