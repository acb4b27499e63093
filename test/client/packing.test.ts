import fc from 'fast-check';
import { Packr } from 'msgpackr';
import t from 'tap';
import { packed } from '../../src/client/packing.js';
import { ChannelState } from '../../src/client/subscription.js';

const packr = new Packr({ useRecords: false });

const channel = fc.record({
  name: fc.stringMatching(/^[A-Z0-9/\u4e00-\u4e10]{1,60}$/),
  offset: fc.option(fc.nat(Number.MAX_SAFE_INTEGER), { nil: null }),
});

function state(name: string, offsets: ReadonlyMap<string, number>): ChannelState<unknown> {
  const made = new ChannelState<unknown>(name, {});
  // Nobody waits for it here.
  made.accepted.catch(() => undefined);
  for (const [channel, offset] of offsets) {
    made.snapshot({
      ...{ type: 'snapshot', channel, offset, time: 1, data: null },
      epoch: 'e'.repeat(32),
    });
  }
  return made;
}

t.test('each channel is in one message, with its position, and none is too large', async (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(channel, { selector: ({ name }) => name, maxLength: 300 }),
      fc.constantFrom(2_000, 10_000, 65_536),
      (channels, maxBytes) => {
        const states = channels.map(({ name, offset }) =>
          state(`ticker:${name}`, new Map(offset === null ? [] : [[`ticker:${name}`, offset]])),
        );
        const packs = packed(states, maxBytes);
        for (const { states: group, recover } of packs) {
          const message = {
            id: 1,
            op: 'subscribe',
            channels: group.map(({ channel }) => channel),
            rows: true,
            recover,
          };
          if (Buffer.byteLength(JSON.stringify(message)) > maxBytes) return false;
          if (packr.pack(message).length > maxBytes) return false;
          for (const { channel } of group) {
            const known = channels.find(({ name }) => channel === `ticker:${name}`)?.offset ?? null;
            if ((recover[channel]?.offset ?? null) !== known) return false;
          }
        }
        const all = packs.flatMap(({ states: group }) => group.map(({ channel }) => channel));
        return all.join() === states.map(({ channel }) => channel).join();
      },
    ),
    { numRuns: 60 },
  );
  t.ok(true);
});

t.test(
  'a thousand channels go on in a few messages, and a pattern with as many symbols as fit',
  async (t) => {
    const names = Array.from({ length: 1_000 }, (_, n) => `candles:SYM${n}/USDT:1m`);
    const each = names.map((name, n) => state(name, new Map([[name, n]])));
    t.ok(packed(each, 65_536).length <= 3);
    const pattern = state('candles:*:1m', new Map(names.map((name, n) => [name, n])));
    const packs = packed([pattern, ...each.slice(0, 1)], 65_536);
    t.equal(packs.length, 2);
    const [first] = packs;
    t.ok(Object.keys(first?.recover ?? {}).length > 500);
    t.ok(Buffer.byteLength(JSON.stringify(first?.recover)) < 65_536);
  },
);
