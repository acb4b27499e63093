import fc from 'fast-check';
import { Packr } from 'msgpackr';
import t from 'tap';
import { candleRow, DRIVERS, gatewaySite } from './gateway-site.js';

const CANDLES = 'candles:BTC/USDT:1m';
const packr = new Packr({ useRecords: false });

const nearlyRight = fc.record(
  {
    id: fc.oneof(fc.string(), fc.anything()),
    op: fc.oneof(
      fc.constantFrom('subscribe', 'unsubscribe', 'query', 'ping', 'list'),
      fc.string(),
      fc.anything(),
    ),
    channels: fc.oneof(fc.array(fc.oneof(fc.constant(CANDLES), fc.string(), fc.anything())), fc.anything()),
    method: fc.oneof(fc.constantFrom('candles.list', 'assets.get', '__proto__'), fc.string()),
    params: fc.oneof(fc.object(), fc.anything()),
    rows: fc.anything(),
    recover: fc.anything(),
  },
  { requiredKeys: [] },
);

/** A value as either encoding puts it, perhaps cut short; null where the encoding cannot. */
function encoded(value: unknown, asJson: boolean, cut: number): Buffer {
  try {
    const bytes = asJson ? Buffer.from(JSON.stringify(value) ?? 'undefined') : packr.pack(value);
    return Buffer.from(bytes.subarray(0, Math.max(0, bytes.length - cut)));
  } catch {
    // BigInts and the like have no encoding: send something else that has none.
    return Buffer.from([0xc1]);
  }
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc
    .tuple(fc.oneof(nearlyRight, fc.anything()), fc.boolean(), fc.constantFrom(0, 0, 1, 5))
    .map(([value, asJson, cut]) => encoded(value, asJson, cut)),
  // Headers that announce far more than there is, deep nesting, keys of prototypes, private extensions.
  fc.constantFrom(
    Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1]),
    Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]),
    Buffer.alloc(60_000, 0x91),
    Buffer.from('['.repeat(60_000)),
    Buffer.from('{"__proto__":{"op":"ping"},"id":1}'),
    Buffer.from('{"id":1,"op":"query","method":"assets.get","params":{"constructor":1}}'),
    Buffer.from([0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]),
    Buffer.from([0xd4, 0x72, 0x40]),
    Buffer.from([0xc7, 0x05, 0x65, 1, 2, 3, 4, 5]),
    Buffer.alloc(100_000, 0x20),
    Buffer.alloc(400_000, 0x20),
  ),
);

for (const transport of DRIVERS) {
  for (const encoding of ['msgpack', 'json'] as const) {
    t.test(
      `${transport}, ${encoding}: whatever is sent, it is answered or closed, and others notice nothing`,
      async (at) => {
        const limits = { maxMessagesPerSecond: 1_000_000 };
        const { market, connect } = await gatewaySite(at, { transport, limits });
        const innocent = await connect();
        await innocent.request({ op: 'subscribe', channels: [CANDLES], rows: true });
        let changes = 0;
        const message = fc.record({ bytes, asText: fc.boolean() });
        await fc.assert(
          fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 8 }), async (messages) => {
            const hostile = await connect({ encoding });
            for (const { bytes: data, asText } of messages) {
              if (hostile.ws.readyState === hostile.ws.OPEN) hostile.ws.send(data, { binary: !asText });
              market.change(CANDLES, candleRow(++changes));
            }
            if (hostile.ws.readyState === hostile.ws.OPEN) hostile.send({ id: 'the end', op: 'ping' });
            await hostile.until(
              'an end',
              () => hostile.closeCode !== null || hostile.received.some((m) => m.id === 'the end'),
            );
            const internal = hostile.received.find((m) => /internal/.test(JSON.stringify(m.error ?? null)));
            if (internal !== undefined) throw new Error(JSON.stringify(internal));
            hostile.ws.terminate();
          }),
          { numRuns: 60 },
        );
        await innocent.until('all updates', () => innocent.of('update').length === changes);
        at.same(
          innocent.of('update').map((m) => m.offset),
          Array.from({ length: changes }, (_, i) => i + 1),
        );
        at.match(await innocent.request({ op: 'ping' }), { ok: true });
      },
    );
  }
}
