import type t from 'tap';
import type { Test } from 'tap';
import type { Broker } from '../../src/broker/broker.js';
import type { Publication } from '../../src/events.js';
import { until } from '../support/until.js';

/** Two ends of one broker: `near` publishes, `far` listens; in one process they are the same object. */
export interface BrokerPair {
  readonly near: Broker<Publication>;
  readonly far: Broker<Publication>;
}

let topics = 0;

/** Gives a topic that no other test uses, also on a Redis that others share. */
export function freshTopic(): string {
  topics += 1;
  return `candles:T${process.pid}-${topics}/USDT:1m`;
}

/** Gives a publication of a channel with recognisable values. */
export function publication(channel: string, offset: number): Publication {
  return {
    channel,
    offset,
    time: 1_700_000_000_000 + offset,
    lossless: offset % 2 === 0,
    row: [offset, 0.1, null, 'x', true],
  };
}

/** Every promise of `Broker`; `pair` gives fresh ends, which the suite closes. */
export function brokerContract(test: typeof t, name: string, pair: () => Promise<BrokerPair>): void {
  const contract = (title: string, body: (t: Test, ends: BrokerPair) => Promise<void>) =>
    test.test(`${name}: ${title}`, async (t) => {
      const ends = await pair();
      t.teardown(() => Promise.all([ends.near.close(), ends.far.close()]));
      await body(t, ends);
    });

  contract(
    'delivers what is published after subscribe resolved, in order, with its topic',
    async (t, { near, far }) => {
      const topic = freshTopic();
      const got: [Publication, string][] = [];
      await far.subscribe(topic, (message, at) => got.push([message, at]));
      const sent = Array.from({ length: 1_000 }, (_, i) => publication(topic, i));
      for (const message of sent) near.publish(topic, message);
      await until('all arrived', () => got.length >= sent.length);
      t.same(
        got.map(([message]) => message),
        sent,
      );
      t.ok(got.every(([, at]) => at === topic));
      t.equal(far.status().delivered, 1_000);
      t.equal(near.status().published, 1_000);
      t.equal(near.status().dropped, 0);
    },
  );

  contract('keeps topics apart', async (t, { near, far }) => {
    const [a, b] = [freshTopic(), freshTopic()];
    const got: string[] = [];
    await far.subscribe(a, (message) => got.push(`a${message.offset}`));
    await far.subscribe(b, (message) => got.push(`b${message.offset}`));
    near.publish(a, publication(a, 1));
    near.publish(b, publication(b, 2));
    near.publish(freshTopic(), publication(a, 3));
    near.publish(a, publication(a, 4));
    await until('the last arrived', () => got.includes('a4'));
    t.same(got, ['a1', 'b2', 'a4']);
  });

  contract(
    'says within a second that a topic is wanted, and never that an unknown one is',
    async (t, ends) => {
      const topic = freshTopic();
      t.equal(ends.near.wanted(topic), false);
      await ends.far.subscribe(topic, () => t.fail('nothing is published'));
      await until('the publisher knows', () => ends.near.wanted(topic), 1_000);
      t.equal(ends.far.wanted(topic), true, 'a process knows its own subscriptions at once');
      t.equal(ends.near.wanted(freshTopic()), false);
      for (const end of [ends.near, ends.far]) t.ok([...end.wantedTopics()].includes(topic), 'and named');
    },
  );

  contract('learns in time that a topic is not wanted any more', async (_t, { near, far }) => {
    const topic = freshTopic();
    await far.subscribe(topic, () => undefined);
    await until('the publisher knows', () => near.wanted(topic));
    await far.unsubscribe(topic);
    await until('the publisher has forgotten', () => !near.wanted(topic));
  });

  contract('calls a listener no more once it has unsubscribed', async (t, { near, far }) => {
    const [left, kept] = [freshTopic(), freshTopic()];
    const got: number[] = [];
    await far.subscribe(left, (message) => got.push(message.offset));
    await far.subscribe(kept, (message) => got.push(message.offset));
    near.publish(left, publication(left, 1));
    await until('the first arrived', () => got.length === 1);
    await far.unsubscribe(left);
    near.publish(left, publication(left, 2));
    near.publish(kept, publication(kept, 3));
    await until('the other arrived', () => got.includes(3));
    t.same(got, [1, 3]);
  });

  contract('lets a topic be subscribed to again', async (t, { near, far }) => {
    const topic = freshTopic();
    await far.subscribe(topic, () => t.fail('this listener has left'));
    await far.unsubscribe(topic);
    const got: number[] = [];
    await far.subscribe(topic, (message) => got.push(message.offset));
    near.publish(topic, publication(topic, 7));
    await until('it arrived', () => got.length > 0);
    t.same(got, [7]);
  });

  contract('refuses a second listener for a topic', async (t, { far }) => {
    const topic = freshTopic();
    await far.subscribe(topic, () => undefined);
    await t.rejects(
      far.subscribe(topic, () => undefined),
      { message: /already has a listener/ },
    );
  });

  contract('takes an unsubscribe of what was never subscribed', async (t, { far }) => {
    await t.resolves(far.unsubscribe(freshTopic()));
  });

  contract('drops what is published after close, and refuses to subscribe', async (t, { near, far }) => {
    const topic = freshTopic();
    await far.subscribe(topic, () => t.fail('the publisher is closed'));
    await near.close();
    t.doesNotThrow(() => near.publish(topic, publication(topic, 1)));
    t.equal(near.status().connected, false);
    t.equal(near.status().published, 0);
    await t.rejects(
      near.subscribe(freshTopic(), () => undefined),
      { message: /closed/ },
    );
    await t.resolves(near.close(), 'closing twice is harmless');
  });
}
