import { Packr } from 'msgpackr';
import { METHODS } from '../../src/api/methods.js';
import type { Random } from './random.js';

const packr = new Packr({ useRecords: false });
const METHOD_NAMES = Object.keys(METHODS) as (keyof typeof METHODS)[];
const OPS = ['subscribe', 'unsubscribe', 'query', 'ping', 'list', 'auth', 'explain'];
const CHANNELS = [
  ...['ticker:BTC/USDT', 'trades:ETH/USDT', 'candles:BTC/USDT:1m', 'candles:ETH/USDT:1M@250ms'],
  ...[
    'indicators:BTC/USDT:5m',
    'metrics:1h',
    'regime:1d',
    'sectors',
    'sectors:1',
    'signals',
    'signals:BTC/USDT',
  ],
  ...['ticker:*', 'candles:*:1m@1s', 'alerts', 'portfolio', 'watchlist:1', 'dashboard', 'system-status'],
  ...['candles:BTC/USDT:2m', 'ticker:', ':', 'x'.repeat(5_000), 'signals@1s', 'ticker:BTC/USDT@1ms'],
];

/** What values are replaced by: of wrong types, at the edges, of meaning to JavaScript, SQL, files and shells. */
const NASTY: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -0.0, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 1e-320],
  ...[
    '',
    ' ',
    '0',
    'null',
    '__proto__',
    'constructor',
    'toString',
    '\0',
    '\u202e',
    '\ud800',
    'ß'.repeat(300),
  ],
  ...[
    "' OR 1=1 --",
    '$1',
    '%s%n',
    '../../etc/passwd',
    '<script>',
    '{{7*7}}',
    'x'.repeat(20_000),
    '1e400',
    'NaN',
  ],
  ...[[], {}, [[]], [null], { a: { b: {} } }, ['a', 1, null], { length: 1e9 }, { toJSON: 1 }],
  ...['BTC/USDT', 'ETH/USDT', '1m', '1h', 'DeFi', 1, 2, 3, 100, 1_760_000_000_000, 'buy', 'long', 'en'],
];

/** Gives a message of the protocol that is right, or nearly: with values that are not, keys too many or too few. */
export function madeMessage(random: Random): Record<string, unknown> {
  const op = random.pick(OPS);
  const message: Record<string, unknown> = { id: random.int(1_000), op };
  const channels = (): unknown[] => Array.from({ length: 1 + random.size(40) }, () => random.pick(CHANNELS));
  switch (op) {
    case 'subscribe':
      message.channels = channels();
      if (random.chance(0.5)) message.rows = random.chance(0.5);
      if (random.chance(0.5)) message.recover = recovery(random);
      break;
    case 'unsubscribe':
      message.channels = channels();
      break;
    case 'query': {
      const call = madeCall(random);
      message.method = call.method;
      message.params = call.params;
      break;
    }
    case 'auth':
      message.token = random.bytes(32).toString('base64url');
      break;
    case 'explain':
      message.channel = random.pick(CHANNELS);
      break;
  }
  return random.chance(0.6) ? (mutated(message, random, 0) as Record<string, unknown>) : message;
}

/** Gives a method with params of its own names; their values are anything. */
export function madeCall(random: Random): { method: keyof typeof METHODS; params: Record<string, unknown> } {
  const method = random.pick(METHOD_NAMES);
  const names = Object.keys(METHODS[method].params.shape);
  const params: Record<string, unknown> = {};
  for (const name of names) if (random.chance(0.6)) params[name] = random.pick(NASTY);
  if (random.chance(0.1)) params[String(random.pick(NASTY))] = random.pick(NASTY);
  return { method, params };
}

/** Gives any value of the nasty ones. */
export function nasty(random: Random): unknown {
  return random.pick(NASTY);
}

/** Gives the bytes of a message in one of the encodings. */
export function encode(message: unknown, asJson: boolean): Buffer {
  return asJson ? Buffer.from(JSON.stringify(message) ?? '') : Buffer.from(packr.pack(message));
}

/** Gives the bytes of a message in one of the encodings, at times cut, flipped, doubled or lengthened. */
export function encoded(message: unknown, asJson: boolean, random: Random): Buffer {
  let bytes = encode(message, asJson);
  if (random.chance(0.3) && bytes.length > 0) {
    switch (random.int(4)) {
      case 0:
        bytes = bytes.subarray(0, random.int(bytes.length));
        break;
      case 1:
        for (let i = random.int(8); i >= 0; i--) bytes[random.int(bytes.length)] = random.int(256);
        break;
      case 2:
        bytes = Buffer.concat([bytes, bytes]);
        break;
      default:
        bytes = Buffer.concat([bytes, random.bytes(random.size(5_000) + 1)]);
    }
  }
  return bytes;
}

/** Headers that announce more than there is, nesting, keys of prototypes, extension types; in both encodings. */
export const TRAPS: readonly Buffer[] = [
  Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1]),
  Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0xc7, 0x05, 0x65, 1, 2, 3, 4, 5]),
  Buffer.alloc(60_000, 0x91),
  Buffer.alloc(60_000, 0xdc),
  Buffer.from('['.repeat(60_000)),
  Buffer.from(`{"id":1,"op":"query","method":"assets.list","params":${'{"a":'.repeat(9_000)}`),
  Buffer.from('{"__proto__":{"op":"ping"},"id":1}'),
  Buffer.from([0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]),
  Buffer.alloc(300_000, 0x20),
];

function recovery(random: Random): Record<string, unknown> {
  const epoch = random.pick(['e1', '', 'none', '6c1f']);
  return { [random.pick(CHANNELS)]: { epoch, offset: random.pick([0, 1, -1, 2 ** 40, 0.5]) } };
}

/** Gives a copy of a tree in which some values are others, and some keys are missing or new. */
function mutated(value: unknown, random: Random, depth: number): unknown {
  if (random.chance(depth === 0 ? 0.02 : 0.15)) return random.pick(NASTY);
  if (Array.isArray(value)) return value.map((item) => mutated(item, random, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(() => !random.chance(0.05))
    .map(([key, item]): [string, unknown] => [key, mutated(item, random, depth + 1)]);
  if (random.chance(0.05)) entries.push([String(random.pick(NASTY)), random.pick(NASTY)]);
  return Object.fromEntries(entries);
}
