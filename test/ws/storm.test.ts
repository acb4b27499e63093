import t, { type Test } from 'tap';
import { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import { candleRow, DRIVERS, EPOCH, type GatewaySite, gatewaySite, NOW } from './gateway-site.js';

/** The benchmark `storm` has 5,000; these share a process with the server. */
const CLIENTS = 1_000;
const CANDLES = 'candles:BTC/USDT:1m';

/** What a client has of the channel, over all its connections. */
interface Follower {
  client: SocketClient;
  offset: number;
  readonly closes: number[];
}

async function connect(site: GatewaySite): Promise<SocketClient> {
  return SocketClient.connect(site.gateway.port);
}

async function subscribe({ client, offset }: Follower): Promise<void> {
  const recover = offset < 0 ? {} : { recover: { [CANDLES]: { epoch: EPOCH, offset } } };
  await client.request({ op: 'subscribe', channels: [CANDLES], rows: true, ...recover });
  const snapshot = await client.wait('the snapshot', (m) => m.type === 'snapshot');
  if (offset >= 0 && snapshot.recovered !== true) throw new Error('it does not go on where it was');
}

/** Takes in what has come, and forgets it. */
function take(follower: Follower): void {
  for (const message of follower.client.received.splice(0)) {
    if (message.type !== 'snapshot' && message.type !== 'update') continue;
    const offset = message.offset as number;
    const row = message.data as readonly unknown[] | null;
    if (offset < follower.offset) throw new Error(`${offset} after ${follower.offset}`);
    follower.offset = offset;
    if (message.type === 'update' && row?.[8] === true) follower.closes.push(row[0] as number);
  }
}

function close({ market }: GatewaySite, minute: number): void {
  const time = NOW + minute * 60_000;
  market.change(CANDLES, candleRow(minute, false, time));
  const row = candleRow(minute, true, time);
  market.change(CANDLES, row, { lossless: true });
  market.recent = [...market.recent, row];
}

async function storm(at: Test, transport: 'ws' | 'uws'): Promise<void> {
  const site = await gatewaySite(at, { transport });
  close(site, 0);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(site)));
  const followers = clients.map((client): Follower => ({ client, offset: -1, closes: [] }));
  at.teardown(() => {
    for (const { client } of followers) client.ws.terminate();
  });
  await Promise.all(followers.map(subscribe));
  close(site, 1);
  await until('all have the first close', () => {
    for (const follower of followers) take(follower);
    return followers.every(({ closes }) => closes.length === 1);
  });

  for (const { client } of followers) client.ws.terminate();
  // What closes meanwhile is missed by everybody.
  close(site, 2);
  await Promise.all(
    followers.map(async (follower) => {
      follower.client = await connect(site);
      await subscribe(follower);
    }),
  );
  close(site, 3);
  await until('all have every close', () => {
    for (const follower of followers) take(follower);
    return followers.every(({ closes }) => closes.length >= 3);
  });
  const all = [1, 2, 3].map((minute) => NOW + minute * 60_000).join();
  at.equal(followers.filter(({ closes }) => closes.join() !== all).length, 0, 'each close once, in order');
  await until('those that were cut are gone', () => site.gateway.stats.connections === CLIENTS);
  at.equal(site.gateway.stats.subscriptions, CLIENTS);
  at.same([...site.gateway.stats.errors], [], 'no error');
  at.equal(site.gateway.stats.connectionsTotal, CLIENTS * 2);
  await until('nothing waits', () => site.gateway.queuedBytes() === 0);
}

for (const transport of DRIVERS) {
  t.test(
    `${transport}: ${CLIENTS} clients that come at once, are cut and all come back at once are all served`,
    (at) => storm(at, transport),
  );
}
