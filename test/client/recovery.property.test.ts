import fc from 'fast-check';
import t, { type Test } from 'tap';
import { connect } from '../../src/client/client.js';
import type { Resumed } from '../../src/client/types.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';
import { accountSite } from '../ws/account-site.js';
import { candleRow, NOW, record, tickerRow } from '../ws/gateway-site.js';
import { cuttable } from './cuttable.js';

const CANDLES = 'candles:BTC/USDT:1m';
const MINUTE = 60_000;
const MIN_CUTS = 150;

const users = await openUserSite(t);
const site = await accountSite(t, users);
const { market, store, accounts } = site;
let minutes = 0;
let committed = 0;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant('event' as const) },
  { weight: 3, arbitrary: fc.constant('close' as const) },
  { weight: 3, arbitrary: fc.constant('tick' as const) },
  { weight: 3, arbitrary: fc.constant('cut' as const) },
  { weight: 2, arbitrary: fc.constant('turn' as const) },
  { weight: 2, arbitrary: fc.constant('come back' as const) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function close(): number {
  const time = NOW + ++minutes * MINUTE;
  const row = candleRow(minutes, true, time);
  market.recent = [...market.recent, row].slice(-2);
  store.candles.push(record(time));
  const offset = market.change(CANDLES, row, { lossless: true });
  market.states.set(CANDLES, { offset, time: NOW, row: null });
  return offset;
}

function tick(): void {
  market.change(CANDLES, candleRow(minutes, false, NOW + (minutes + 1) * MINUTE));
  market.change('ticker:BTC/USDT', tickerRow(market.states.get('ticker:BTC/USDT')?.offset ?? 0));
}

/** Plays one history with a client of its own, and gives how often it was cut off. */
async function play(at: Test, steps: readonly Step[]): Promise<number> {
  const socket = cuttable();
  const user = await users.addUser();
  const client = connect(`ws://127.0.0.1:${site.gateway.port}`, {
    auth: { accessToken: accounts.logIn(user) },
    webSocket: socket.webSocket,
    random: () => 0,
  });
  const events: number[] = [];
  const closes: number[] = [];
  const closesOfAll: number[] = [];
  const anew: Resumed[] = [];
  const errors: Error[] = [];
  client.on('resumed', (resumed) => {
    if (!resumed.recovered) anew.push(resumed);
  });
  client.on('error', (error) => errors.push(error));
  const ticker = client.view('ticker:BTC/USDT');
  await Promise.all([
    ticker.ready,
    client.subscribe('alerts', ({ data }) => events.push(Number((data as unknown as { n: number }).n))),
    client.subscribe(CANDLES, ({ data, position }) => data.closed && closes.push(position.offset)),
    client.subscribe('candles:*:1m', ({ data, position, channel }) => {
      if (data.closed && channel === CANDLES) closesOfAll.push(position.offset);
    }),
  ]);
  // Once a reply has come, what was sent before it has come too.
  await client.ping();
  await until('all have begun', () => ticker.isLive);
  const first = committed;
  const expected: number[] = [];
  let writing = Promise.resolve();
  let cuts = 0;
  for (const s of steps) {
    if (s === 'event') {
      const n = ++committed;
      writing = writing.then(() => site.tell('alerts', user, { n }));
    }
    if (s === 'close') expected.push(close());
    if (s === 'tick') tick();
    if (s === 'turn') await new Promise(setImmediate);
    if (s === 'come back') await client.ready();
    if (s === 'cut') {
      socket.cut();
      cuts += 1;
    }
  }
  await writing;
  await site.tell('alerts', user, { n: ++committed });
  tick();
  const newest = market.states.get('ticker:BTC/USDT')?.row?.[1];
  await until('all has arrived', () => {
    const isThere = closes.length >= expected.length && closesOfAll.length >= expected.length;
    return isThere && events.at(-1) === committed && ticker.current?.last === newest;
  });
  at.same(
    events,
    Array.from({ length: committed - first }, (_, n) => first + n + 1),
    'each event once, in order',
  );
  at.same(closes, expected, 'each close once, in order');
  at.same(closesOfAll, expected, 'and by the pattern');
  at.same(anew, [], 'nothing had to begin anew');
  at.same(errors, []);
  client.close();
  return cuts;
}

t.test('cut off at any moment, a client gets each lossless event once and in order', async (t) => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      cuts += await play(t, steps);
      if (!t.passing()) throw new Error('see above');
    }),
    { numRuns: 30, endOnFailure: true },
  );
  t.ok(cuts >= MIN_CUTS, `${cuts} cuts`);
});
