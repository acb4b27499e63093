import fc from 'fast-check';
import { Packr } from 'msgpackr';
import t from 'tap';
import { RequestError } from '../../src/errors.js';
import { decodeMsgpack } from '../../src/ws/msgpack-decode.js';
import { FORBIDDEN_KEYS } from '../../src/ws/untrusted.js';

const packr = new Packr({ useRecords: false, useFloat32: 0 });
const key = fc.string().filter((text) => !FORBIDDEN_KEYS.has(text));
const wellFormed = fc.string({ unit: 'grapheme' });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
    wellFormed,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true, maxKeys: 20 }),
  ),
}));

t.test('reads what an ordinary encoder writes', async (at) => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), (sent) => {
      at.strictSame(decodeMsgpack(packr.pack(sent)), sent);
    }),
    { numRuns: 300 },
  );
});

t.test('refuses every truncation, and bytes that follow', async (at) => {
  const whole = packr.pack({
    id: 'abc',
    op: 'subscribe',
    channels: ['x'.repeat(300)],
    n: [1, 300, 70_000, -5, 1.5],
  });
  for (let length = 0; length < whole.length; length++) {
    at.throws(() => decodeMsgpack(whole.subarray(0, length)), { code: 'bad_message' }, `${length} bytes`);
  }
  at.throws(() => decodeMsgpack(Buffer.concat([whole, Buffer.from([0xc0])])), { message: /1 bytes follow/ });
});

t.test('throws nothing but a RequestError, whatever the bytes', async (at) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeMsgpack(bytes);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
  at.pass('5,000 inputs');
});

t.test('refuses what is dangerous or not of the protocol, with the reason', async (at) => {
  const cases: [number[], RegExp][] = [
    [[0xdd, 0xff, 0xff, 0xff, 0xff], /too early/],
    [[0xdf, 0x7f, 0xff, 0xff, 0xff], /too early/],
    [new Array<number>(100).fill(0x91), /nested deeper/],
    [[0x81, 0xa9, ...Buffer.from('__proto__'), 0x80], /"__proto__" is not allowed/],
    [[0x81, 0x01, 0x01], /not text/],
    [[0xc4, 0x01, 0x00], /0xc4/],
    [[0xd6, 0xff, 0, 0, 0, 0], /extension/],
    [[0xcf, 0xff, 0, 0, 0, 0, 0, 0, 0], /2\^53/],
    [[0xa2, 0xff, 0xfe], /UTF-8/],
  ];
  for (const [bytes, message] of cases) {
    at.throws(() => decodeMsgpack(Uint8Array.from(bytes)), { code: 'bad_message', message });
  }
  at.equal(
    decodeMsgpack(Uint8Array.from([0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    Number.MAX_SAFE_INTEGER,
  );
  at.equal(decodeMsgpack(Uint8Array.from([0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe])), -2);
  at.equal(decodeMsgpack(Uint8Array.from([0xca, 0x3f, 0xc0, 0, 0])), 1.5);
});
