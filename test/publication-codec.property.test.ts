import fc from 'fast-check';
import t from 'tap';
import { publicationCodec } from '../src/publication-codec.js';

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.maxSafeInteger(),
  fc.constant(-0),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
);
const publication = fc.record(
  {
    channel: fc.string(),
    offset: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    lossless: fc.boolean(),
    row: fc.oneof(fc.array(value), fc.array(fc.array(value))),
  },
  { noNullPrototype: true },
);

t.test('every publication comes back equal to the last digit', async () => {
  fc.assert(
    fc.property(publication, (sent) => {
      const got = publicationCodec.decode(publicationCodec.encode(sent));
      const same =
        got.channel === sent.channel &&
        got.offset === sent.offset &&
        got.time === sent.time &&
        got.lossless === sent.lossless;
      return same && sameRow(got.row, sent.row);
    }),
    { numRuns: 2_000 },
  );
});

t.test('random bytes are refused with an error or are a publication', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        const got = publicationCodec.decode(bytes);
        return typeof got.channel === 'string' && Array.isArray(got.row);
      } catch (error) {
        return error instanceof Error;
      }
    }),
    { numRuns: 5_000 },
  );
  t.throws(() => publicationCodec.decode(new Uint8Array([0x91, 0x01])), /not a publication/);
});

function sameRow(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, i) => {
    const other = b[i];
    return Array.isArray(item) && Array.isArray(other) ? sameRow(item, other) : item === other;
  });
}
