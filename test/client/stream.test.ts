import t from 'tap';
import { type ChannelSource, MAX_WAITING_CHANGES, streamOf } from '../../src/client/stream.js';
import type { SubscriptionHandlers } from '../../src/client/subscription.js';
import type { CandleData } from '../../src/protocol.js';

type Handlers = SubscriptionHandlers<CandleData>;

/** A source whose subscription the test moves by hand. */
function source(): ChannelSource & { handlers: Handlers; unsubscribed: string[] } {
  const made = {
    handlers: {} as Handlers,
    unsubscribed: [] as string[],
    subscribe: async (_channel: string, handlers: unknown) => {
      made.handlers = handlers as Handlers;
    },
    unsubscribe: async (channel: string) => {
      made.unsubscribed.push(channel);
    },
  };
  return made;
}

function update(offset: number) {
  const data = {} as CandleData;
  return {
    type: 'update',
    channel: 'candles:X/Y:1m',
    position: { epoch: 'e', offset },
    time: 0,
    data,
  } as const;
}

t.test('a loop that falls too far behind gets what waited, then an error, and unsubscribes', async (t) => {
  const from = source();
  const stream = streamOf(from, 'candles:X/Y:1m');
  const first = stream.next();
  await Promise.resolve();
  for (let i = 0; i <= MAX_WAITING_CHANGES + 5; i += 1) from.handlers.update?.(update(i));
  let seen = 1;
  t.equal((await first).value?.position.offset, 0);
  await t.rejects(
    (async () => {
      for await (const change of stream) {
        if (change.position.offset !== seen) t.fail(`offset ${change.position.offset} after ${seen}`);
        seen += 1;
      }
    })(),
    { message: /10000 changes behind/ },
  );
  t.equal(seen, MAX_WAITING_CHANGES);
  t.same(from.unsubscribed, ['candles:X/Y:1m']);
});

t.test('gives what came before the end, then ends with its cause', async (t) => {
  const from = source();
  const stream = streamOf(from, 'candles:X/Y:1m');
  const first = stream.next();
  await Promise.resolve();
  from.handlers.update?.(update(1));
  from.handlers.ended?.(new Error('gone for good'));
  t.equal((await first).value?.position.offset, 1);
  await t.rejects(stream.next(), { message: 'gone for good' });
  t.same(from.unsubscribed, [], 'what has ended needs no unsubscribe');
});
