import fc from 'fast-check';
import t from 'tap';
import type { FeedEvent } from '../../../src/events.js';
import { mergeEvents } from '../../../src/feeds/file/merge-events.js';

type Stream = readonly (readonly FeedEvent[])[];

async function* batchesOf(stream: Stream): AsyncGenerator<readonly FeedEvent[]> {
  yield* stream;
}

async function merged(streams: readonly Stream[]): Promise<{ events: FeedEvent[]; moments: number[] }> {
  const events: FeedEvent[] = [];
  const moments: number[] = [];
  await mergeEvents(
    streams.map(batchesOf),
    (event) => events.push(event),
    (moment) => {
      moments.push(moment);
      return undefined;
    },
  );
  return { events, moments };
}

const times = fc.array(fc.nat(30), { maxLength: 12 }).map((list) => list.toSorted((a, b) => a - b));
const streams = fc.array(times, { minLength: 1, maxLength: 4 });

function eventsOf(list: readonly number[], asset: number): FeedEvent[] {
  return list.map((time) => ({ type: 'watermark', asset, time, receivedAt: time }));
}

t.test(
  'events come in the order of their time, at one moment in the order of the streams, none lost',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(streams, async (lists) => {
        const { events, moments } = await merged(lists.map((list, asset) => [eventsOf(list, asset)]));
        const wanted = lists.flatMap(eventsOf).toSorted((a, b) => timeOf(a) - timeOf(b) || a.asset - b.asset);
        t.same(events, wanted);
        t.same(moments, [...new Set(wanted.map(timeOf))], 'each moment is announced once');
      }),
      { numRuns: 100 },
    );
  },
);

t.test('however streams are cut into batches, the order is the same', async (t) => {
  const cuts = fc.array(fc.nat(4), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(streams, cuts, async (lists, sizes) => {
      const whole = lists.map((list, asset) => eventsOf(list, asset));
      const cut = whole.map((events) => {
        const batches: FeedEvent[][] = [];
        for (let at = 0, i = 0; at < events.length; i++) {
          const size = sizes[i % sizes.length] ?? 0;
          batches.push(events.slice(at, at + size));
          at += size;
          if (size === 0) batches.push([events[at++] as FeedEvent]);
        }
        return batches;
      });
      t.same((await merged(cut)).events, (await merged(whole.map((events) => [events]))).events);
    }),
    { numRuns: 100 },
  );
});

t.test('what a stream says in one order is never turned round, also if its times go back', async (t) => {
  const gap: FeedEvent = { type: 'gap', asset: 0, from: 5, to: 9, state: 'opened', cause: 'stall' };
  const [late, other] = [eventsOf([9], 0), eventsOf([6, 7], 1)];
  const { events } = await merged([[[...late, gap]], [other]]);
  t.same(events, [...other, ...late, gap]);
});

function timeOf(event: FeedEvent): number {
  return event.type === 'gap' ? event.from : event.time;
}
