import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { createLogger } from '../../src/logger.js';
import type {
  HttpRequest,
  HttpResponse,
  Transport,
  TransportFactory,
  TransportSocket,
} from '../../src/ws/transport.js';
import { ask } from '../support/ask.js';
import { clientFrame } from '../support/client-frame.js';
import { until } from '../support/until.js';

const HANDSHAKE =
  'GET /v1/stream HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const MAX_MESSAGE = 20_000;
const HIGH_MARK = 50_000;
/** More than the kernel keeps for a connection. */
const LARGE = Buffer.alloc(30_000_000);

interface Site {
  readonly transport: Transport;
  readonly opened: TransportSocket[];
  readonly asked: HttpRequest[];
  readonly messages: string[];
  readonly congested: TransportSocket[];
  readonly closes: number[];
  controls: number;
}

/**
 * What every transport driver withstands; each attack is made on real sockets, beside a client that goes on.
 *
 * @param patienceMs how long the driver at most waits for a client that reads nothing of an answer
 */
export function transportDefences(t: Test, start: TransportFactory, patienceMs: number): void {
  // The slow ones wait for the drivers' own clocks.
  t.jobs = 4;

  async function site(at: Test): Promise<Site> {
    const lists = { opened: [], asked: [], messages: [], congested: [], closes: [] };
    const here: Omit<Site, 'transport'> = { ...lists, controls: 0 };
    const transport = await start(
      {
        host: '127.0.0.1',
        port: 0,
        accepts: (path) => path === '/v1/stream',
        maxBodyBytes: 100_000,
        maxMessageBytes: MAX_MESSAGE,
        highMarkBytes: HIGH_MARK,
        idleTimeoutMs: 60_000,
        closeGraceMs: 300,
        requestTimeoutMs: 1_000,
        logger: createLogger({ level: 'silent', format: 'json' }),
      },
      {
        upgrade({ path, address }) {
          const admission = { path, address, agent: null, token: null };
          return { accept: true, subprotocol: null, admission };
        },
        open: (socket) => here.opened.push(socket),
        message: (_, data) => here.messages.push(Buffer.from(data).toString()),
        control() {
          here.controls += 1;
        },
        congested: (socket) => here.congested.push(socket),
        drained: () => undefined,
        close: (_, code) => here.closes.push(code),
        http(request): HttpResponse {
          here.asked.push(request);
          const body = request.path === '/large' ? LARGE : Buffer.from('x');
          return { status: 200, headers: {}, body };
        },
      },
    );
    at.teardown(() => transport.close(0));
    return Object.assign(here, { transport });
  }

  async function raw(at: Test, { transport }: Site): Promise<Socket> {
    const socket = connect(transport.port, '127.0.0.1');
    socket.on('error', () => undefined);
    at.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** A connection that has become a WebSocket; what it then sends is the test's. */
  async function upgraded(at: Test, here: Site): Promise<Socket> {
    const before = here.opened.length;
    const socket = await raw(at, here);
    socket.write(HANDSHAKE);
    await until('an upgrade', () => here.opened.length > before);
    return socket;
  }

  async function stillServes(at: Test, here: Site): Promise<void> {
    at.equal((await ask(here.transport.port, 'GET', '/healthz')).status, 200);
    const ws = new WebSocket(`ws://127.0.0.1:${here.transport.port}/v1/stream`);
    at.teardown(() => ws.terminate());
    await once(ws, 'open');
    ws.send('still here');
    await until('its message', () => here.messages.includes('still here'));
    here.messages.length = 0;
  }

  t.test('cuts who is slow on purpose, and serves others meanwhile', { buffered: true }, async (at) => {
    const here = await site(at);
    const attacks: Record<string, { before: string; again: string }> = {
      'says nothing': { before: '', again: '' },
      'begins and stops': { before: 'GET / HTTP/1.1\r\nhost: x\r\n', again: '' },
      'sends its head byte by byte': { before: 'GET / HTTP/1.1\r\nx: ', again: 'a' },
      'sends header after header': { before: 'GET / HTTP/1.1\r\n', again: 'x: y\r\n' },
      'upgrades byte by byte': { before: HANDSHAKE.slice(0, -4), again: 'a' },
      'sends its body byte by byte': {
        before: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n',
        again: 'a',
      },
      'sends no body': { before: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n', again: '' },
      'sends chunk after chunk': {
        before: 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
        again: '1\r\na\r\n',
      },
      'reads no answer': { before: 'GET /large HTTP/1.1\r\nhost: x\r\n\r\n', again: '' },
    };
    const left = new Set<string>();
    let read = 0;
    for (const [name, { before, again }] of Object.entries(attacks)) {
      const socket = await raw(at, here);
      left.add(name);
      socket.on('close', () => left.delete(name));
      if (name !== 'reads no answer') socket.resume();
      socket.write(before);
      const dripping = setInterval(() => again !== '' && socket.write(again), 100);
      socket.on('close', () => clearInterval(dripping));
      // A socket that is not read does not hear of its end, but its writes do.
      if (name === 'reads no answer') {
        setTimeout(() => socket.resume(), patienceMs).unref();
        socket.on('data', (data: Buffer) => {
          read += data.length;
        });
        socket.pause();
      }
    }
    const silent = await Promise.all(Array.from({ length: 300 }, () => raw(at, here)));
    let open = silent.length;
    for (const socket of silent) {
      socket.resume().on('close', () => {
        open -= 1;
      });
    }
    await stillServes(at, here);
    await until(
      'all are cut',
      () => left.size === 0 && open === 0,
      40_000,
      () => [...left, open],
    );
    at.ok(read < LARGE.length, `of the answer that was not read ${read} bytes came`);
    at.same(
      here.asked.map(({ path }) => path).filter((path) => path !== '/healthz'),
      ['/large'],
      'what never became a request is never asked for',
    );
    await stillServes(at, here);
  });

  t.test(
    'refuses requests that two readers could take for different ones',
    { buffered: true },
    async (at) => {
      const here = await site(at);
      const chunked = 'transfer-encoding: chunked\r\n';
      const heads: Record<string, string> = {
        'both lengths': `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n${chunked}\r\n0\r\n\r\n`,
        'a length below 0': 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
        'no number': 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1x\r\n\r\na',
        'a length beyond all': `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${'9'.repeat(30)}\r\n\r\na`,
        'no chunk': `POST / HTTP/1.1\r\nhost: x\r\n${chunked}\r\nzz\r\n\r\n`,
        'no request': '\0\0\0\0\r\n\r\n',
        'a giant head': `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(200_000)}\r\n\r\n`,
        'thousands of headers': `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`,
        'a giant path': `GET /${'a'.repeat(200_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
      };
      for (const [name, text] of Object.entries(heads)) {
        const socket = await raw(at, here);
        let got = '';
        let isClosed = false;
        socket.on('data', (data: Buffer) => {
          got += data.toString('latin1');
        });
        socket.on('close', () => {
          isClosed = true;
        });
        socket.write(text);
        await until(`an end of ${name}`, () => isClosed || /^HTTP\/1\.1 [45]/.test(got));
        at.notMatch(got, /^HTTP\/1\.1 2/, name);
      }
      at.same(here.asked, []);
      await stillServes(at, here);
    },
  );

  t.test(
    'closes on frames that break the rules, whatever lengths they announce',
    { buffered: true },
    async (at) => {
      const here = await site(at);
      const hello = Buffer.from('hello');
      const frames: Record<string, Buffer> = {
        // An unmasked one is not here: uWebSockets.js takes its first four bytes for the mask.
        'a reserved opcode': clientFrame({ opcode: 3, payload: hello }),
        'reserved bits': clientFrame({ opcode: 1, payload: hello, reserved: 0x70 }),
        'a compressed frame': clientFrame({ opcode: 1, payload: hello, reserved: 0x40 }),
        'a ping that is too long': clientFrame({ opcode: 9, payload: Buffer.alloc(126) }),
        'a ping in pieces': clientFrame({ opcode: 9, payload: hello, isFinal: false }),
        'a continuation of nothing': clientFrame({ opcode: 0, payload: hello }),
        'a second beginning': Buffer.concat([
          clientFrame({ opcode: 1, payload: hello, isFinal: false }),
          clientFrame({ opcode: 1, payload: hello }),
        ]),
        'text that is not UTF-8': clientFrame({ opcode: 1, payload: Buffer.from([0xc3, 0x28]) }),
        'text cut within a letter': clientFrame({ opcode: 1, payload: Buffer.from([0xe2, 0x82]) }),
        'a surrogate': clientFrame({ opcode: 1, payload: Buffer.from([0xed, 0xa0, 0x80]) }),
        'a length of 2^63 - 1': Buffer.from([
          0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4,
        ]),
        'a length of 2^64 - 1': Buffer.from([0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4]),
        'a message one byte too long': clientFrame({ opcode: 2, payload: Buffer.alloc(MAX_MESSAGE + 1) }),
        'pieces that are too much together': Buffer.concat([
          clientFrame({ opcode: 2, payload: Buffer.alloc(MAX_MESSAGE), isFinal: false }),
          clientFrame({ opcode: 0, payload: Buffer.alloc(1) }),
        ]),
        'a close of one byte': clientFrame({ opcode: 8, payload: Buffer.alloc(1) }),
      };
      for (const [name, bytes] of Object.entries(frames)) {
        const socket = await upgraded(at, here);
        socket.resume();
        const ended = here.closes.length;
        socket.write(bytes);
        await until(`the close after ${name}`, () => here.closes.length > ended);
      }
      at.same(here.messages, []);
      await stillServes(at, here);
    },
  );

  t.test(
    'tells of pings, and cuts, or tells of, a peer that reads none of their answers',
    { buffered: true },
    async (at) => {
      const here = await site(at);
      const socket = await upgraded(at, here);
      socket.pause();
      const ping = clientFrame({ opcode: 9, payload: Buffer.alloc(125, 1) });
      const many = Buffer.concat(Array.from({ length: 500 }, () => ping));
      await until('what waits is told', () => {
        if (socket.writableLength < 1_000_000) socket.write(many);
        return here.congested.length > 0 || here.closes.length > 0;
      });
      at.ok(here.controls > 0, `${here.controls} pings were told`);
      here.opened[0]?.terminate();
      await until('the cut', () => here.closes.length === 1);
      await stillServes(at, here);
    },
  );

  t.test(
    'takes a message in pieces, pings between them, and bounds how many',
    { buffered: true },
    async (at) => {
      const here = await site(at);
      const socket = await upgraded(at, here);
      const letters = [...'in pieces'];
      for (const [index, letter] of letters.entries()) {
        const opcode = index === 0 ? 1 : 0;
        const isFinal = index === letters.length - 1;
        socket.write(clientFrame({ opcode, payload: Buffer.from(letter), isFinal }));
        socket.write(clientFrame({ opcode: 9, payload: Buffer.from('?') }));
      }
      await until('the message', () => here.messages.length === 1);
      at.same(here.messages, ['in pieces']);
      at.equal(here.controls, letters.length);
      here.messages.length = 0;
      // As many pieces as bytes: whether it is let in is the driver's, but it may not cost much more than it carries.
      const first = clientFrame({ opcode: 2, payload: Buffer.alloc(1), isFinal: false });
      const next = clientFrame({ opcode: 0, payload: Buffer.alloc(1), isFinal: false });
      socket.write(Buffer.concat([first, ...Array.from({ length: MAX_MESSAGE }, () => next)]));
      await until('the cut', () => here.closes.length === 1);
      await stillServes(at, here);
    },
  );
}
