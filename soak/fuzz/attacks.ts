import { connect, type Socket } from 'node:net';
import { API_PATH, ROUTES } from '../../src/api/routes.js';
import { STREAM_PATH } from '../../src/protocol.js';
import { clientFrame } from '../../test/support/client-frame.js';
import { encode, encoded, madeCall, madeMessage, nasty, TRAPS } from './messages.js';
import type { Random } from './random.js';

/** How long one attack lasts at most. */
const ATTACK_MS = 3_000;
const PATHS = [STREAM_PATH, STREAM_PATH, '/ws/prices', '/ws/signals', '/ws/alerts', '/', '/v1/stream/../x'];

/** One kind of hostile client: makes one connection, does its worst, and goes. */
export interface Attack {
  readonly name: string;
  /** @param token of a user who has logged in; null: nobody can */
  run(wire: Wire, random: Random, token: string | null): Promise<void>;
}

/** A bare connection to the server; all that comes back is counted and thrown away. */
export class Wire {
  received = 0;
  readonly #socket: Socket;
  readonly #ended: Promise<void>;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#ended = new Promise((resolve) => this.#socket.on('close', () => resolve()));
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (data: Buffer) => {
      this.received += data.length;
    });
    this.#socket.setTimeout(ATTACK_MS, () => this.#socket.destroy());
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  write(bytes: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Stops reading, for good. */
  deaf(): void {
    this.#socket.pause();
  }

  /** Waits so long, or until the server has ended it. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.#ended]);
    clearTimeout(timer);
  }

  /** Ends it: politely, or with a reset. */
  async end(withReset: boolean): Promise<void> {
    if (withReset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    await this.#ended;
  }
}

/** Each connection comes from another of a few hundred addresses, as a trusted proxy tells: limits are met, not all at once. */
function address(random: Random): string {
  if (random.chance(0.05))
    return random.pick(['', 'x', ',,,', '::1', '127.0.0.1', `${'1.1.1.1,'.repeat(200)}2.2.2.2`]);
  return `203.0.${random.int(4)}.${random.int(256)}`;
}

function upgrade(wire: Wire, random: Random, token: string | null): boolean {
  const isJson = random.chance(0.5);
  const lines = [
    `GET ${random.chance(0.9) ? STREAM_PATH : random.pick(PATHS)}${random.chance(0.1) ? '?token=x&a=%00' : ''} HTTP/1.1`,
    'host: x',
    'upgrade: websocket',
    'connection: upgrade',
    `sec-websocket-version: ${random.chance(0.97) ? 13 : random.int(20)}`,
    `sec-websocket-key: ${random.bytes(random.chance(0.97) ? 16 : random.int(40)).toString('base64')}`,
    `sec-websocket-protocol: cryptopredict.v1.${isJson ? 'json' : 'msgpack'}`,
    `x-forwarded-for: ${address(random)}`,
  ];
  if (token !== null && random.chance(0.5)) lines.push(`authorization: Bearer ${token}`);
  if (random.chance(0.05)) lines.push('origin: https://evil.example');
  if (random.chance(0.3)) lines.push('sec-websocket-extensions: permessage-deflate; client_max_window_bits');
  wire.write(`${lines.join('\r\n')}\r\n\r\n`);
  return isJson;
}

async function speak(
  wire: Wire,
  random: Random,
  token: string | null,
  make: (isJson: boolean) => Buffer,
): Promise<void> {
  const isJson = upgrade(wire, random, token);
  if (random.chance(0.1)) wire.deaf();
  await wire.wait(random.int(50));
  for (let n = random.size(120); n >= 0 && wire.isOpen; n--) {
    wire.write(make(isJson));
    if (random.chance(0.2)) await wire.wait(random.int(40));
  }
  await wire.wait(random.int(500));
}

/** All kinds. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'bytes without meaning',
    async run(wire, random) {
      for (let n = random.int(10); n >= 0; n--) {
        wire.write(random.bytes(random.size(50_000) + 1));
        await wire.wait(random.int(50));
      }
    },
  },
  {
    name: 'requests that are nearly HTTP',
    async run(wire, random) {
      const method = random.pick([
        'GET',
        'POST',
        'PUT',
        'DELETE',
        'OPTIONS',
        'TRACE',
        'get',
        'PRI',
        '\0',
        'X'.repeat(9_000),
      ]);
      const path = random.pick([
        '/',
        '/healthz',
        '/metrics',
        `${API_PATH}/assets`,
        '/..%2f',
        '*',
        'http://x/',
        `/${'a'.repeat(random.size(9_000))}`,
        '/%',
      ]);
      const headers = Array.from({ length: random.size(100) }, () => {
        const name = random.pick([
          'content-length',
          'transfer-encoding',
          'host',
          'expect',
          'connection',
          'x',
          '',
          ' y',
          'accept-encoding',
          'if-none-match',
          'authorization',
          'x-forwarded-for',
        ]);
        const value = random.pick([
          '0',
          '5',
          '-1',
          '99999999999',
          'chunked',
          'identity',
          'upgrade',
          '100-continue',
          'gzip',
          'close',
          '',
          'Bearer x',
          random.bytes(20).toString('latin1'),
        ]);
        return `${name}: ${value}\r\n`;
      });
      wire.write(
        `${method} ${path} ${random.pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/2', ''])}\r\n${headers.join('')}`,
      );
      if (random.chance(0.8)) wire.write('\r\n');
      wire.write(random.bytes(random.size(2_000) + 1));
      await wire.wait(random.int(800));
    },
  },
  {
    name: 'addresses of the documents, with any params and bodies',
    async run(wire, random, token) {
      for (let n = random.int(3); n >= 0 && wire.isOpen; n--) {
        const route = random.pick(ROUTES);
        const path = route.path.replace(/\{\w+\}/g, () => encodeURIComponent(text(nasty(random))));
        const { params } = madeCall(random);
        const query = new URLSearchParams(
          Object.entries(params).map(([name, value]): [string, string] => [name, text(value)]),
        );
        const body = random.chance(0.8)
          ? encoded(params, true, random)
          : Buffer.from(random.pick(TRAPS).subarray(0, 60_000));
        const type = random.pick(['application/json', 'text/plain', 'application/x-www-form-urlencoded', '']);
        const known = random.chance(0.5) ? token : null;
        const bearer = known ?? random.bytes(32).toString('base64url');
        const authorization = random.chance(0.7) ? `authorization: Bearer ${bearer}\r\n` : '';
        const length = random.chance(0.95) ? body.length : random.int(100_000);
        wire.write(
          `${route.http} ${API_PATH}${path}?${random.chance(0.7) ? query : ''} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n${authorization}x-forwarded-for: ${address(random)}\r\n\r\n`,
        );
        wire.write(body);
        await wire.wait(random.int(300));
      }
    },
  },
  {
    name: 'messages that are nearly right',
    run: (wire, random, token) =>
      speak(wire, random, token, (isJson) => {
        const payload = encoded(madeMessage(random), isJson, random);
        return clientFrame({ opcode: random.chance(0.95) === isJson ? 1 : 2, payload });
      }),
  },
  {
    name: 'traps of the encodings',
    run: (wire, random, token) =>
      speak(wire, random, token, () =>
        clientFrame({ opcode: 1 + random.int(2), payload: random.pick(TRAPS) }),
      ),
  },
  {
    name: 'frames that break the rules',
    run: (wire, random, token) =>
      speak(wire, random, token, () => {
        if (random.chance(0.2)) return random.bytes(random.size(300) + 2);
        const opcode = random.int(16);
        const reserved = random.chance(0.2) ? random.int(8) << 4 : 0;
        return clientFrame({
          opcode,
          payload: random.bytes(random.size(2_000)),
          isFinal: random.chance(0.6),
          reserved,
        });
      }),
  },
  {
    name: 'pings without end',
    async run(wire, random, token) {
      upgrade(wire, random, token);
      if (random.chance(0.5)) wire.deaf();
      const ping = clientFrame({ opcode: random.chance(0.8) ? 9 : 10, payload: random.bytes(125) });
      const many = Buffer.concat(Array.from({ length: 100 }, () => ping));
      for (let n = random.int(30); n >= 0 && wire.isOpen; n--) {
        wire.write(many);
        await wire.wait(5);
      }
    },
  },
  {
    name: 'subscriptions to everything, and no reading',
    async run(wire, random, token) {
      const isJson = upgrade(wire, random, token);
      await wire.wait(20);
      const channels = ['BTC/USDT', 'ETH/USDT'].flatMap((symbol) =>
        ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'].flatMap((tf) => [
          `candles:${symbol}:${tf}`,
          `indicators:${symbol}:${tf}`,
        ]),
      );
      const frame = (op: string) => {
        const payload = encode({ id: 1, op, channels }, isJson);
        return clientFrame({ opcode: isJson ? 1 : 2, payload });
      };
      wire.deaf();
      for (let n = random.int(60); n >= 0 && wire.isOpen; n--) {
        wire.write(frame(random.chance(0.7) ? 'subscribe' : 'unsubscribe'));
        await wire.wait(random.int(60));
      }
    },
  },
  {
    name: 'slow heads, bodies and pieces',
    async run(wire, random, token) {
      const kind = random.int(3);
      if (kind === 0) wire.write('GET / HTTP/1.1\r\nx: ');
      else if (kind === 1)
        wire.write('POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n');
      else upgrade(wire, random, token);
      for (let n = random.int(40); n >= 0 && wire.isOpen; n--) {
        wire.write(kind === 2 ? clientFrame({ opcode: 0, payload: Buffer.from('a'), isFinal: false }) : 'a');
        await wire.wait(random.int(60));
      }
    },
  },
];

function text(value: unknown): string {
  const plain = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  // A lone surrogate has no bytes.
  return Buffer.from(plain).toString();
}
