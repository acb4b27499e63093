import type { Channel } from '../channels.js';
import type { Publication } from '../events.js';
import type { EventTopic } from './event-topic.js';
import type { Form } from './form.js';
import type { Group } from './group.js';
import type { ChannelState } from './ports.js';

/** One topic of the broker and its subscribers by form and rate. */
export class Topic {
  references = 0;
  isDelivering = false;
  readonly groups = new Map<string, Group>();
  /** Ends what the topic has others tell it. */
  end: () => void = () => undefined;
  #line: Promise<void> = Promise.resolve();
  #newest: Publication | null = null;

  /** @param events null: it is a topic of states */
  constructor(
    readonly channel: Channel,
    readonly events: EventTopic | null,
    /** Its state is not in memory: the newest publication may be newer than what was read. */
    readonly keepsNewest: boolean,
  ) {}

  /** Runs one after the other, whatever became of the one before. */
  run(step: () => Promise<void>): Promise<void> {
    const result = this.#line.then(step);
    this.#line = result.catch(() => undefined);
    return result;
  }

  keep(publication: Publication): void {
    this.#newest = publication;
  }

  /** Gives what was read, or what was published since. */
  newest(read: ChannelState): ChannelState {
    const newest = this.#newest;
    return newest !== null && newest.offset > read.offset ? newest : read;
  }

  /** Gives the subscribers of one form and rate; they are made by `make` where there are none yet. */
  group(text: string, form: Form, make: () => Group): Group {
    const key = groupKey(text, form);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = make();
      this.groups.set(key, group);
    }
    return group;
  }

  forgetEmpty(): void {
    for (const [key, group] of this.groups) if (group.isEmpty) this.groups.delete(key);
  }
}

function groupKey(text: string, form: Form): string {
  return `${form.codec.name} ${form.rows} ${text}`;
}
