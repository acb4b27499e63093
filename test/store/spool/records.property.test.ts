import fc from 'fast-check';
import t from 'tap';
import { decodePayload, encodeRecord, MAGIC, parseSegment } from '../../../src/store/spool/records.js';
import { candle } from '../../support/candles.js';

const rows = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 2 ** 50 }),
    value: fc.record({ close: fc.double({ noNaN: false }), name: fc.string(), none: fc.constant(null) }),
  }),
  { minLength: 1, maxLength: 8 },
);

function fileOf(given: readonly { at: number; value: unknown }[]): { bytes: Buffer; ends: number[] } {
  const ends: number[] = [];
  let bytes = MAGIC;
  for (const row of given) {
    bytes = Buffer.concat([bytes, encodeRecord(row)]);
    ends.push(bytes.length);
  }
  return { bytes, ends };
}

t.test('what is written is read again, to the bit', (t) => {
  fc.assert(
    fc.property(rows, (given) => {
      const { payloads, damage } = parseSegment(fileOf(given).bytes);
      const read = payloads.map(decodePayload);
      return (
        damage === null &&
        read.length === given.length &&
        read.every((row, i) => {
          const close = (row?.value as { close: number } | undefined)?.close ?? 0;
          const wanted = given[i]?.value.close ?? 0;
          // MessagePack has no negative zero among its integers.
          return row?.at === given[i]?.at && (Object.is(close, wanted) || (close === 0 && wanted === 0));
        })
      );
    }),
  );
  const record = candle({ indicators: { rsi_14: 55.512345678901234, sma: 1e-12 } });
  const [payload] = parseSegment(fileOf([{ at: 1, value: record }]).bytes).payloads;
  t.same(decodePayload(payload ?? Buffer.alloc(0))?.value, record);
  t.end();
});

t.test('a file that is cut off anywhere gives all whole records, and says that it is torn', (t) => {
  fc.assert(
    fc.property(rows, fc.nat(), (given, place) => {
      const { bytes, ends } = fileOf(given);
      const length = place % bytes.length;
      const { payloads, damage } = parseSegment(bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      const isWhole = length === MAGIC.length || ends.includes(length);
      return payloads.length === whole && damage === (isWhole ? null : 'torn');
    }),
  );
  t.end();
});

t.test('a file whose end never reached the disk is torn where the zeros begin', (t) => {
  const { bytes } = fileOf([{ at: 1, value: { a: 1 } }]);
  const { payloads, soundBytes, damage } = parseSegment(Buffer.concat([bytes, Buffer.alloc(4_096)]));
  t.equal(payloads.length, 1);
  t.equal(soundBytes, bytes.length);
  t.equal(damage, 'torn');
  t.equal(parseSegment(Buffer.alloc(64)).damage, 'torn');
  t.end();
});

t.test('one flipped bit is found, and nothing behind it is believed', (t) => {
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat(7), (given, place, bit) => {
      const { bytes, ends } = fileOf(given);
      const at = place % bytes.length;
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at);
      const { payloads, damage } = parseSegment(damaged);
      return (
        damage !== null &&
        payloads.length === (at < MAGIC.length ? 0 : ends.filter((end) => end <= at).length)
      );
    }),
  );
  const { bytes, ends } = fileOf([
    { at: 1, value: 1 },
    { at: 2, value: 2 },
    { at: 3, value: 3 },
  ]);
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(0xff, ends[0] ?? 0);
  t.equal(parseSegment(damaged).damage, 'corrupt', 'a length that is wrong is no torn end');
  t.equal(parseSegment(Buffer.from('another program wrote this')).damage, 'corrupt');
  t.end();
});
