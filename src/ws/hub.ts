import type { Broker } from '../broker/broker.js';
import { type Channel, isEventChannel, type StateChannel } from '../channels.js';
import { messageOf } from '../errors.js';
import type { Publication } from '../events.js';
import type { Logger } from '../logger.js';
import type { ChannelSource } from './channel-source.js';
import { EventTopic } from './event-topic.js';
import type { Form, Framer, Shape } from './form.js';
import { Group, type Subscription } from './group.js';
import type { GatewayStats } from './stats.js';
import type { Frame } from './transport.js';

/** What a hub reads of the channels. */
export type HubSource = Pick<ChannelSource, 'shape' | 'state' | 'events'>;

/**
 * Channel → subscribers. Holds a topic of the broker while someone wants it.
 *
 * How a snapshot joins its updates: `acquire` has the broker deliver; after it `join` reads the state at offset S,
 * and from then on the subscriber gets every publication with an offset above S and none below. It does not matter
 * whether the broker delivers at once or late. If offsets are missing, what follows goes out as a fresh snapshot;
 * closed candles stay updates, and the first other publication after them is the snapshot. For channels of events see
 * `EventTopic`: their state is read before `join`.
 */
export class Hub {
  private readonly topics = new Map<string, Topic>();
  private readonly timers = new Map<number, { timer: NodeJS.Timeout; groups: Set<Group> }>();

  constructor(
    private readonly broker: Broker<Publication>,
    private readonly source: HubSource,
    private readonly framer: Framer,
    private readonly stats: GatewayStats,
    private readonly logger: Logger,
  ) {
    broker.onReconnect(() => this.resync());
  }

  /**
   * Resolves once publications of the subscription's channel are delivered, and its state can be given; each call needs
   * its `release`, also if it rejects.
   */
  async acquire(subscription: Subscription): Promise<void> {
    const { channel } = subscription;
    const topic = this.topics.get(channel.name) ?? this.open(channel);
    topic.references += 1;
    topic.events?.add(subscription);
    await topic.run(async () => {
      if (topic.isDelivering || topic.references === 0) return;
      await this.broker.subscribe(channel.name, (publication) => this.onPublication(topic, publication));
      topic.isDelivering = true;
    });
    await topic.events?.admit(subscription);
  }

  /** Ends one `acquire`. The topic is given back to the broker when nobody holds it. */
  release(channel: Channel): void {
    const topic = this.topics.get(channel.name);
    if (topic === undefined) return;
    topic.references -= 1;
    if (topic.references > 0) return;
    topic
      .run(async () => {
        if (topic.references > 0) return;
        if (topic.isDelivering) await this.broker.unsubscribe(channel.name);
        topic.isDelivering = false;
        // Someone may have come while the broker answered; their turn is next in the line.
        if (topic.references === 0) this.topics.delete(channel.name);
      })
      .catch((error: unknown) => {
        this.logger.error({ channel: channel.name, error: messageOf(error) }, 'unsubscribe from the broker');
      });
  }

  /**
   * Makes the subscriber live, and gives the frame of its snapshot and those of events that came meanwhile; while it does,
   * no publication can come.
   */
  join(subscription: Subscription, recovered: boolean | null): readonly Frame[] {
    const { channel, text, form } = subscription;
    const topic = this.topics.get(channel.name);
    if (topic === undefined) throw new Error(`join of ${channel.name} without acquire`);
    this.stats.subscriptions += 1;
    if (isEventChannel(channel)) return topic.events?.begin(subscription, recovered) ?? [];
    const group = topic.group(channel, text, form, this.source.shape(channel), this.framer, this.stats);
    const state = this.source.state(channel);
    group.join(subscription, state.offset);
    return [group.snapshot(state, recovered)];
  }

  /** Ends what `acquire` and `join` began. */
  leave(subscription: Subscription): void {
    const { group } = subscription;
    const { events } = this.topics.get(subscription.channel.name) ?? { events: null };
    if (events?.leave(subscription) === true) this.stats.subscriptions -= 1;
    if (group === null) return;
    group.leave(subscription);
    this.stats.subscriptions -= 1;
    if (group.isEmpty) this.topics.get(subscription.channel.name)?.forget(group);
  }

  /** Sends all that rates hold back, e.g. before everybody is sent away. */
  flush(): void {
    for (const { timer, groups } of this.timers.values()) {
      clearTimeout(timer);
      for (const group of groups) group.flush();
    }
    this.timers.clear();
  }

  /** Gives all topics back; resolves when the broker has taken them. */
  async close(): Promise<void> {
    this.flush();
    await Promise.all([...this.topics.values()].map((topic) => topic.run(async () => undefined)));
  }

  private open(channel: Channel): Topic {
    const load = isEventChannel(channel) ? () => this.source.events(channel) : null;
    const topic = new Topic(load === null ? null : new EventTopic(load, this.framer, this.stats));
    this.topics.set(channel.name, topic);
    return topic;
  }

  private onPublication(topic: Topic, publication: Publication): void {
    topic.events?.offer(publication);
    for (const group of topic.groups.values()) {
      if (group.offer(publication)) this.flushLater(group);
    }
  }

  /** One timer per rate, so that all that became due goes to a client in one write. */
  private flushLater(group: Group): void {
    const { rateMs } = group.channel;
    const waiting = this.timers.get(rateMs);
    if (waiting !== undefined) {
      waiting.groups.add(group);
      return;
    }
    const groups = new Set([group]);
    const timer = setTimeout(() => {
      this.timers.delete(rateMs);
      for (const due of groups) due.flush();
    }, rateMs);
    this.timers.set(rateMs, { timer, groups });
  }

  /** The broker lost messages: gives everybody the state as it is now. */
  private resync(): void {
    for (const topic of this.topics.values()) {
      topic.events?.resync();
      for (const group of topic.groups.values()) group.resync(this.source.state(group.channel));
    }
  }
}

/** One channel of the broker and its subscribers by form and rate. */
class Topic {
  references = 0;
  isDelivering = false;
  readonly groups = new Map<string, Group>();
  private line: Promise<void> = Promise.resolve();

  /** @param events null: it is a channel of states */
  constructor(readonly events: EventTopic | null) {}

  /** Runs one after the other, whatever became of the one before. */
  run(step: () => Promise<void>): Promise<void> {
    const result = this.line.then(step);
    this.line = result.catch(() => undefined);
    return result;
  }

  group(
    channel: StateChannel,
    text: string,
    form: Form,
    shape: Shape,
    framer: Framer,
    stats: GatewayStats,
  ): Group {
    const key = groupKey(text, form);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new Group(channel, text, form, shape, framer, stats);
      this.groups.set(key, group);
    }
    return group;
  }

  forget(group: Group): void {
    this.groups.delete(groupKey(group.text, group.form));
  }
}

function groupKey(text: string, form: Form): string {
  return `${form.codec.name} ${form.rows} ${text}`;
}
