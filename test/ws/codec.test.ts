import t from 'tap';
import { codecOf } from '../../src/ws/codec.js';

t.test('takes the encoding from the subprotocol, MessagePack if none is named', async (at) => {
  at.equal(codecOf(null).name, 'msgpack');
  at.equal(codecOf('cryptopredict.v1.msgpack').name, 'msgpack');
  at.equal(codecOf('cryptopredict.v1.json').name, 'json');
});

t.test('writes plain MessagePack that any decoder reads: no extension, no 64-bit integer', async (at) => {
  const message = {
    type: 'update',
    channel: 'c',
    offset: 5,
    time: 1_760_000_000_123,
    data: [0.1, null],
  } as const;
  const { encode, decode } = codecOf(null);
  const bytes = encode(message);
  at.same(decode(bytes), message, 'our own strict decoder refuses all else');
  const float64 = Buffer.alloc(9, 0xcb);
  float64.writeDoubleBE(message.time, 1);
  at.ok(Buffer.from(bytes).includes(float64), 'the time is a float64');
});

t.test('writes and reads JSON, and refuses what is nested too deep or touches prototypes', async (at) => {
  const { encode, decode } = codecOf('cryptopredict.v1.json');
  const message = { type: 'skipped', channel: 'ä', count: 3 } as const;
  at.same(decode(encode(message)), message);
  const refused = (text: string, reason: RegExp) =>
    at.throws(() => decode(Buffer.from(text)), { code: 'bad_message', message: reason });
  refused('{"a":', /not JSON/);
  refused('{"a":{"constructor":1}}', /"constructor" is not allowed/);
  refused('{"__proto__":{"a":1}}', /"__proto__" is not allowed/);
  refused(`${'['.repeat(30)}${']'.repeat(30)}`, /nested deeper/);
});
