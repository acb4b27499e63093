import type { Broker } from '../broker/broker.js';
import { type Channel, isEventChannel, isUserChannel, type StateChannel, topicOf } from '../channels.js';
import { messageOf } from '../errors.js';
import type { Publication } from '../events.js';
import type { Logger } from '../logger.js';
import { CandleResumption } from './candle-resumption.js';
import type { ChannelSource } from './channel-source.js';
import type { EventReader } from './event-source.js';
import { EventTopic } from './event-topic.js';
import type { WatchedEvents } from './event-watch.js';
import type { Framer } from './form.js';
import { Group, type Subscription } from './group.js';
import { missedBy, updatesOf } from './latest-resumption.js';
import type { CandlesChannel, KnownCloses, MissedCloses } from './missed-closes.js';
import type { ChannelState } from './ports.js';
import type { GatewayStats } from './stats.js';
import { Topic } from './topic.js';
import type { Frame } from './transport.js';

/** What a hub reads of the channels. */
export interface HubSource {
  readonly channels: Pick<ChannelSource, 'shape' | 'state' | 'userState' | 'onStatus'>;
  readonly events: EventReader;
  readonly closes: Pick<MissedCloses, 'known' | 'after'>;
  /** Names the server's run: positions of another one mean nothing on channels of states. */
  readonly epoch: string;
}

/** What was read for a subscription before it joins. */
type Prepared =
  | { readonly kind: 'state'; readonly state: ChannelState }
  | { readonly kind: 'closes'; readonly known: KnownCloses };

/** Tries to read a user's state anew after the broker was away; what moves later comes anyway. */
const RESYNC_TRIES = 5;
const RESYNC_RETRY_MS = 1_000;

/**
 * Channel → subscribers. Holds a topic of the broker while someone wants it.
 *
 * How a snapshot joins its updates: `acquire` has the broker deliver; after it `join` reads the state at offset S,
 * and from then on the subscriber gets every publication with an offset above S and none below. It does not matter
 * whether the broker delivers at once or late. If offsets are missing, what follows goes out as a fresh snapshot;
 * closed candles stay updates, and the first other publication after them is the snapshot. For channels of events see
 * `EventTopic`: their state is read before `join`.
 *
 * Who asks to go on from a position of this run gets what it missed: closed candles each, trades if all of them are
 * still kept, of everything else the newest state. If that is not to be had it begins anew.
 */
export class Hub {
  private readonly topics = new Map<string, Topic>();
  private readonly timers = new Map<number, { timer: NodeJS.Timeout; groups: Set<Group> }>();
  private readonly prepared = new Map<Subscription, Prepared>();
  private readonly candles: CandleResumption;

  constructor(
    private readonly broker: Broker<Publication>,
    private readonly source: HubSource,
    private readonly framer: Framer,
    private readonly stats: GatewayStats,
    private readonly logger: Logger,
  ) {
    broker.onReconnect(() => this.resync());
    const { channels, closes } = source;
    this.candles = new CandleResumption({
      ...{ closes, framer, stats, logger },
      shape: (channel) => channels.shape(channel),
      state: (channel) => channels.state(channel),
      enter: (subscription, channel, state) => this.enter(subscription, channel, state),
    });
  }

  /**
   * Resolves once publications of the subscription's channel are delivered, and its state can be given; each call needs
   * its `release`, also if it rejects.
   */
  async acquire(subscription: Subscription): Promise<void> {
    const { channel } = subscription;
    const name = topicOf(channel);
    const topic = this.topics.get(name) ?? this.open(name, channel);
    topic.references += 1;
    if (isEventChannel(channel)) topic.events?.add(subscription, channel);
    await topic.run(async () => {
      if (topic.isDelivering || topic.references === 0) return;
      await this.broker.subscribe(name, (publication) => this.onPublication(topic, publication));
      topic.isDelivering = true;
    });
    await topic.events?.admit(subscription);
    if (isUserChannel(channel)) {
      this.prepared.set(subscription, {
        kind: 'state',
        state: await this.source.channels.userState(channel),
      });
    } else if (isCandles(channel) && subscription.from?.epoch === this.source.epoch) {
      const known = await this.source.closes.known(channel, subscription.from.offset);
      this.prepared.set(subscription, { kind: 'closes', known });
    }
  }

  /** Ends one `acquire`. The topic is given back to the broker when nobody holds it. */
  release(channel: Channel): void {
    const name = topicOf(channel);
    const topic = this.topics.get(name);
    if (topic === undefined) return;
    topic.references -= 1;
    if (topic.references > 0) return;
    topic
      .run(async () => {
        if (topic.references > 0) return;
        if (topic.isDelivering) await this.broker.unsubscribe(name);
        topic.isDelivering = false;
        // Someone may have come while the broker answered; their turn is next in the line.
        if (topic.references > 0) return;
        this.topics.delete(name);
        topic.end();
      })
      .catch((error: unknown) => {
        this.logger.error({ channel: name, error: messageOf(error) }, 'unsubscribe from the broker');
      });
  }

  /**
   * Makes the subscriber live, and gives the frames of its snapshot and of what it missed, in pieces that each are to be
   * sent at once; between two of them others may come to their turn. It is live when all pieces were taken.
   */
  *join(subscription: Subscription): Generator<readonly Frame[]> {
    const { channel } = subscription;
    const topic = this.topics.get(topicOf(channel));
    if (topic === undefined) throw new Error(`join of ${channel.name} without acquire`);
    if (isEventChannel(channel)) {
      this.stats.subscriptions += 1;
      yield* topic.events?.begin(subscription) ?? [];
      return;
    }
    const prepared = this.prepared.get(subscription);
    this.prepared.delete(subscription);
    if (isCandles(channel) && prepared?.kind === 'closes') {
      yield* this.candles.resume(subscription, channel, prepared.known);
      return;
    }
    const state = this.stateOf(topic, channel, prepared);
    const group = this.enter(subscription, channel, state);
    const missed = missedBy(subscription, channel, state, this.source.epoch);
    if (missed === null) {
      yield [group.snapshot(state, subscription.from === null ? null : false)];
      return;
    }
    yield [group.resumed(subscription, state.time), ...updatesOf(group, channel, state, missed)];
  }

  /** Ends what `acquire` and `join` began. */
  leave(subscription: Subscription): void {
    const { group } = subscription;
    const topic = this.topics.get(topicOf(subscription.channel));
    this.prepared.delete(subscription);
    if (this.candles.leave(subscription)) topic?.forgetEmpty();
    if (topic?.events?.leave(subscription) === true) this.stats.subscriptions -= 1;
    if (group === null) return;
    group.leave(subscription);
    this.stats.subscriptions -= 1;
    if (group.isEmpty) topic?.forgetEmpty();
  }

  /** Subscriptions of a channel now, at any rate and form. */
  subscribers(channel: Channel): number {
    return this.topics.get(topicOf(channel))?.references ?? 0;
  }

  /** Channels of events that are told to somebody now. */
  watched(): readonly WatchedEvents[] {
    return [...this.topics.values()].flatMap(({ channel, events, references }) =>
      events !== null && references > 0 && isEventChannel(channel) ? [{ channel, events }] : [],
    );
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

  private open(name: string, channel: Channel): Topic {
    const isEvents = isEventChannel(channel);
    const events = isEvents ? new EventTopic(this.source.events, this.framer, this.stats) : null;
    const topic = new Topic(channel, events, isUserChannel(channel));
    if (channel.kind === 'system-status') {
      topic.end = this.source.channels.onStatus((status) => events?.refresh(status));
    }
    this.topics.set(name, topic);
    return topic;
  }

  private onPublication(topic: Topic, publication: Publication): void {
    topic.events?.offer(publication);
    if (topic.keepsNewest) topic.keep(publication);
    for (const group of topic.groups.values()) {
      if (group.offer(publication)) this.flushLater(group);
    }
  }

  private stateOf(topic: Topic, channel: StateChannel, prepared: Prepared | undefined): ChannelState {
    if (!isUserChannel(channel)) return this.source.channels.state(channel);
    if (prepared?.kind !== 'state') throw new Error(`join of ${channel.name} before its state was read`);
    return topic.newest(prepared.state);
  }

  /** From here on the subscriber gets what is published after the state. */
  private enter(subscription: Subscription, channel: StateChannel, state: ChannelState): Group {
    const { text, form } = subscription;
    const topic = this.topics.get(topicOf(channel));
    if (topic === undefined) throw new Error(`${channel.name} is entered without acquire`);
    const group = topic.group(text, form, () => {
      const shape = this.source.channels.shape(channel);
      const onLoss = isCandles(channel) ? (member: Subscription) => this.takeOut(member) : null;
      return new Group(channel, text, form, shape, this.framer, this.stats, onLoss);
    });
    this.stats.subscriptions += 1;
    group.join(subscription, state.offset);
    return group;
  }

  /** Something was lost of a `candles` channel: nothing more comes until every close is told. */
  private takeOut(subscription: Subscription): void {
    const { group } = subscription;
    if (group === null) return;
    group.leave(subscription);
    this.stats.subscriptions -= 1;
    this.candles.lost(subscription);
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
      if (isUserChannel(topic.channel)) {
        this.resyncUser(topic, RESYNC_TRIES);
        continue;
      }
      for (const group of topic.groups.values()) {
        if (!isUserChannel(group.channel)) group.resync(this.source.channels.state(group.channel));
      }
    }
  }

  private resyncUser(topic: Topic, tries: number): void {
    const { channel } = topic;
    if (!isUserChannel(channel) || topic.references === 0 || tries === 0) return;
    this.source.channels.userState(channel).then(
      (read) => {
        for (const group of topic.groups.values()) group.resync(topic.newest(read));
      },
      (error: unknown) => {
        this.logger.warn({ channel: channel.name, error: messageOf(error) }, 'a state is not read anew');
        setTimeout(() => this.resyncUser(topic, tries - 1), RESYNC_RETRY_MS * (1 + Math.random())).unref();
      },
    );
  }
}

function isCandles(channel: Channel): channel is CandlesChannel {
  return channel.kind === 'candles';
}
