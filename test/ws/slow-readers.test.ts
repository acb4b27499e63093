import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { FLUSH_BYTES } from '../../src/ws/transport.js';
import type { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import {
  candleRow,
  DRIVERS,
  type GatewaySite,
  gatewaySite,
  NOW,
  tickerRow,
  tradeRow,
} from './gateway-site.js';

const QUICK = 100;
const SLOW = 10;
const CANDLES = 'candles:BTC/USDT:1m';
const TICKER = 'ticker:BTC/USDT';
/** Only the slow ones have it: what fills the kernel's buffers, some megabytes each. */
const FILLING = 'trades:ETH/USDT';
const LIMITS = { highMarkBytes: 65_536, maxHeldLossless: 50 };
/** Of one filling frame, somewhat more than it has. */
const FRAME_BYTES = 20_000;
/** What may wait for a client in the server: what is too much, what a turn adds to it before that is noticed. */
const BOUND = LIMITS.highMarkBytes + FLUSH_BYTES + FRAME_BYTES;

interface Scene {
  readonly site: GatewaySite;
  readonly quick: readonly SocketClient[];
  readonly slow: readonly SocketClient[];
  closes: number;
  mostQueued: number;
}

async function start(at: Test, transport: 'ws' | 'uws'): Promise<Scene> {
  const site = await gatewaySite(at, { transport, limits: LIMITS });
  site.market.change(CANDLES, candleRow(0, false, NOW));
  const join = async (channels: readonly string[]): Promise<SocketClient> => {
    const client = await site.connect();
    await client.request({ op: 'subscribe', channels });
    await client.until('its snapshots', () => client.of('snapshot').length === channels.length);
    return client;
  };
  const quick: SocketClient[] = [];
  const slow: SocketClient[] = [];
  while (quick.length < QUICK) quick.push(await join([CANDLES, TICKER]));
  while (slow.length < SLOW) slow.push(await join([CANDLES, TICKER, FILLING]));
  return { site, quick, slow, closes: 0, mostQueued: 0 };
}

/** So many minutes close, each in a turn of its own. */
async function closeMinutes(scene: Scene, count: number): Promise<void> {
  const { market, gateway } = scene.site;
  for (let n = 0; n < count; n++) {
    scene.closes += 1;
    const time = NOW + scene.closes * 60_000;
    market.change(CANDLES, candleRow(scene.closes, false, time));
    market.change(CANDLES, candleRow(scene.closes, true, time), { lossless: true });
    market.change(TICKER, tickerRow(scene.closes));
    await nextTurn();
    scene.mostQueued = Math.max(scene.mostQueued, gateway.queuedBytes());
  }
}

/** Publishes until more waits for every slow client than should. */
async function fill({ site, slow }: Scene): Promise<number> {
  const trades = Array.from({ length: 100 }, (_, n) => tradeRow(n));
  let frames = 0;
  const isFull = (): boolean => site.gateway.queuedBytes() > slow.length * LIMITS.highMarkBytes;
  for (; !isFull() && frames < 5_000; frames++) {
    site.market.change(FILLING, trades);
    await nextTurn();
  }
  // What comes once all of them are known to be slow waits by channel, and not in their sockets.
  for (let n = 0; n < 100; n++) {
    site.market.change(FILLING, trades);
    await nextTurn();
  }
  return frames;
}

function closesOf(client: SocketClient): readonly unknown[] {
  return client
    .of('update', CANDLES)
    .filter(({ data }) => (data as { closed: boolean }).closed)
    .map(({ data }) => (data as { time: number }).time);
}

const upTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => NOW + (n + 1) * 60_000);

for (const transport of DRIVERS) {
  t.test(
    `${transport}: of clients that stop reading little waits, and they are told or sent away; the others have everything`,
    async (at) => {
      const scene = await start(at, transport);
      const { site, quick, slow } = scene;
      for (const { ws } of slow) ws.pause();
      const frames = await fill(scene);
      at.ok(frames < 5_000, `the slow ones are full after ${frames} frames`);
      await closeMinutes(scene, 30);
      at.ok(scene.mostQueued <= SLOW * BOUND, `${scene.mostQueued} bytes wait, at most ${SLOW * BOUND} may`);

      const [back, lost] = [slow.slice(0, SLOW / 2), slow.slice(SLOW / 2)];
      for (const client of back) {
        client.ws.resume();
        await client.until(
          'it has caught up',
          () => client.of('update', TICKER).at(-1)?.offset === scene.closes,
        );
        at.same(closesOf(client), upTo(30), 'each close, though it had stopped');
        const told = new Set(client.of('skipped').map(({ channel }) => channel));
        at.ok(told.has(FILLING) && told.has(TICKER), `${[...told]} were skipped, and that is told`);
      }

      await closeMinutes(scene, LIMITS.maxHeldLossless + 10);
      at.ok(scene.mostQueued <= SLOW * BOUND, `${scene.mostQueued} bytes wait, at most ${SLOW * BOUND} may`);
      for (const client of lost) {
        client.ws.resume();
        at.equal(await client.closed(), 4408);
        at.match(client.received.at(-1), { type: 'closing', code: 4408 }, 'the last thing that it is told');
      }
      await until('the slow ones are gone', () => site.gateway.stats.connections === QUICK + back.length);

      for (const client of [...quick, ...back]) {
        await client.until('all closes', () => closesOf(client).length === scene.closes);
        at.same(closesOf(client), upTo(scene.closes));
      }
      at.ok(
        quick.every((client) => client.of('skipped').length === 0 && client.of('snapshot').length === 2),
        'nobody else notices anything',
      );
      await until('nothing waits', () => site.gateway.queuedBytes() === 0);
    },
  );
}
