import t from 'tap';
import { CANDLE_FIELDS } from '../../src/protocol.js';
import type { SocketClient } from '../support/socket-client.js';
import {
  candleRow,
  DRIVERS,
  EPOCH,
  type GatewaySite,
  gatewaySite,
  NOW,
  record,
  tickerRow,
  tradeRow,
} from './gateway-site.js';

const CANDLES = 'candles:BTC/USDT:1m';
const MINUTE = 60_000;

/** Subscribes at a position and gives what came for the channel. */
async function resume(
  client: SocketClient,
  channel: string,
  offset: number,
  messages: number,
  epoch = EPOCH,
): Promise<readonly Record<string, unknown>[]> {
  const recover = { [channel]: { epoch, offset } };
  await client.request({ op: 'subscribe', channels: [channel], recover });
  const all = () => client.received.filter((m) => m.channel === channel);
  await client.until('all of it', () => all().length >= messages);
  await client.request({ op: 'ping' });
  return all();
}

/** Makes closes of minutes 1 to `count`, of which memory has the newest three and the database the others. */
function closeMinutes({ market, store }: GatewaySite, count: number): void {
  for (let n = 1; n <= count; n++) {
    const time = NOW + n * MINUTE;
    market.change(CANDLES, candleRow(n, false, time));
    const row = candleRow(n, true, time);
    market.change(CANDLES, row, { lossless: true });
    market.recent = [...market.recent, row].slice(-3);
    if (n <= count - 3) store.candles.push(record(time));
  }
  market.change(CANDLES, candleRow(99, false, NOW + (count + 1) * MINUTE));
}

for (const transport of DRIVERS) {
  t.test(
    `${transport}: who comes back is told each candle that closed, then the one that forms`,
    async (at) => {
      const site = await gatewaySite(at, { transport });
      closeMinutes(site, 6);
      const messages = await resume(await site.connect(), `${CANDLES}@1s`, 3, 7);
      at.match(messages[0], { type: 'snapshot', epoch: EPOCH, offset: 3, recovered: true, data: null });
      at.match(
        messages.slice(1),
        [4, 6, 8, 10, 12]
          .map((offset) => ({
            type: 'update',
            offset,
            data: { time: NOW + (offset / 2) * MINUTE, closed: true, state: 'closed' },
          }))
          .concat([
            { type: 'update', offset: 13, data: { time: NOW + 7 * MINUTE, closed: false, state: 'forming' } },
          ]),
      );
      at.equal(messages.length, 7);
      const stored = messages[1]?.data as Record<string, unknown>;
      at.same(Object.keys(stored), CANDLE_FIELDS);
      at.match(
        stored,
        { depth: null, exchange_time: null, simulated: true },
        'of a stored one some is not known',
      );
      at.match(messages[4]?.data, { depth: 250 }, 'of one in memory everything is');
    },
  );

  t.test(`${transport}: what moves after that follows without a gap`, async (at) => {
    const site = await gatewaySite(at, { transport });
    closeMinutes(site, 1);
    const client = await site.connect();
    await resume(client, CANDLES, 3, 1);
    at.match(client.of('snapshot', CANDLES), [{ offset: 3, recovered: true }]);
    at.same(client.of('update', CANDLES), [], 'nothing was missed');
    site.market.change(CANDLES, candleRow(5));
    await client.until('the update', () => client.of('update', CANDLES).length === 1);
    at.match(client.of('update', CANDLES), [{ offset: 4 }]);
  });

  t.test(`${transport}: of a state the newest is told, if it has changed`, async (at) => {
    const { market, connect } = await gatewaySite(at, { transport });
    for (let n = 1; n <= 5; n++) market.change('ticker:BTC/USDT', tickerRow(n));
    at.match(await resume(await connect(), 'ticker:BTC/USDT', 2, 2), [
      { type: 'snapshot', offset: 2, recovered: true, data: null },
      { type: 'update', offset: 5, data: { last: 5 } },
    ]);
    const same = await resume(await connect(), 'ticker:BTC/USDT', 5, 1);
    at.match(same, [{ offset: 5, recovered: true }]);
    at.equal(same.length, 1);
  });
}

t.test('trades are told if all that were missed are still kept', async (at) => {
  const { market, connect } = await gatewaySite(at);
  market.tradesKept = 3;
  for (let n = 1; n <= 10; n++) market.change('trades:BTC/USDT', [tradeRow(n)]);
  at.match(await resume(await connect(), 'trades:BTC/USDT', 7, 2), [
    { recovered: true, offset: 7, data: null },
    { type: 'update', offset: 10, data: [{ id: 't8' }, { id: 't9' }, { id: 't10' }] },
  ]);
  const tooOld = await resume(await connect(), 'trades:BTC/USDT', 6, 1);
  at.match(tooOld, [{ type: 'snapshot', recovered: false, offset: 10 }]);
  at.equal(tooOld.length, 1);
});

t.test('closes that are not to be had any more, and positions that are none, begin anew', async (at) => {
  const site = await gatewaySite(at);
  closeMinutes(site, 6);
  const anew = [{ type: 'snapshot', epoch: EPOCH, recovered: false, offset: 13, data: { closed: false } }];
  at.match(await resume(await site.connect(), CANDLES, 14, 1), anew, 'ahead of the newest');
  at.match(await resume(await site.connect(), CANDLES, -1, 1), anew, 'before all');
  at.match(await resume(await site.connect(), CANDLES, 3, 1, 'e0'), anew, 'of another run');
  site.store.candles = site.store.candles.slice(1);
  at.match(await resume(await site.connect(), CANDLES, 1, 1), anew, 'one is neither in memory nor stored');
  site.market.isForgetful = true;
  at.match(await resume(await site.connect(), CANDLES, 12, 1), anew, 'it is not known which they were');
});

t.test('rows come as rows, also of what was missed', async (at) => {
  const site = await gatewaySite(at);
  closeMinutes(site, 2);
  const client = await site.connect();
  const recover = { [CANDLES]: { epoch: EPOCH, offset: 3 } };
  await client.request({ op: 'subscribe', channels: [CANDLES], rows: true, recover });
  await client.until('both', () => client.of('update').length === 2);
  at.same(client.of('snapshot')[0]?.fields, CANDLE_FIELDS);
  at.same(client.of('update')[0]?.data, candleRow(2, true, NOW + 2 * MINUTE));
});

t.test('of many channels each goes on or begins anew for itself', async (at) => {
  const { market, connect } = await gatewaySite(at);
  market.change('ticker:BTC/USDT', tickerRow(1));
  const client = await connect();
  const recover = {
    'ticker:BTC/USDT': { epoch: EPOCH, offset: 0 },
    'ticker:ETH/USDT': { epoch: 'x', offset: 0 },
  };
  const channels = ['ticker:BTC/USDT', 'ticker:ETH/USDT', 'ticker:DOGE/USDT'];
  await client.request({ op: 'subscribe', channels, recover });
  await client.until('snapshots', () => client.of('snapshot').length === 3);
  at.match(client.of('snapshot', channels[0]), [{ recovered: true }]);
  at.match(client.of('snapshot', channels[1]), [{ recovered: false }]);
  at.notOk('recovered' in (client.of('snapshot', channels[2])[0] ?? {}));
});
