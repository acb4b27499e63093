import fc from 'fast-check';
import t from 'tap';
import { type CandleSource, closedCandles, fetchClosed } from '../../src/client/closed-candles.js';
import { ConnectionError } from '../../src/client/connection-error.js';
import type { CandleItem } from '../../src/client/methods.js';
import type { Change } from '../../src/client/types.js';
import { CANDLE_FIELDS, type CandleData } from '../../src/protocol.js';

const MINUTE = 60_000;

function candle(index: number, closed: boolean): CandleData {
  const map: Record<string, unknown> = Object.fromEntries(CANDLE_FIELDS.map((field) => [field, 1]));
  return { ...map, time: index * MINUTE, closed, state: closed ? 'closed' : 'forming' } as CandleData;
}

/** The server's market at one moment: which candle is forming, and what a client that is connected sees. */
type Step = { readonly online: boolean; readonly ticks: number; readonly repeatsClose: boolean };

/** Plays minutes, some of them while the client is away, and answers pages of `pageSize` from what has closed. */
function play(steps: readonly Step[], pageSize: number, failures: number): CandleSource {
  const closed: CandleItem[] = [];
  let left = failures;
  async function* stream(): AsyncGenerator<Change<CandleData>, void, undefined> {
    const frame = { channel: 'candles:X/Y:1m', position: { epoch: 'e', offset: 0 }, time: 0 };
    let wasOnline = false;
    for (const [index, { online, ticks, repeatsClose }] of steps.entries()) {
      if (online) {
        for (let tick = 0; tick < ticks; tick += 1) {
          yield { type: wasOnline ? 'update' : 'snapshot', ...frame, data: candle(index, false) };
          wasOnline = true;
        }
      }
      const done = candle(index, true);
      closed.push(done);
      wasOnline = wasOnline && online;
      if (wasOnline) yield { type: 'update', ...frame, data: done };
      if (wasOnline && repeatsClose) yield { type: 'update', ...frame, data: done };
    }
  }
  return {
    state: 'open',
    stream,
    query: async (_method, { from = 0, to = Infinity, cursor }) => {
      left -= 1;
      if (left >= 0) throw new ConnectionError('lost');
      const before = cursor === undefined ? to : Number(cursor);
      const all = closed.filter(({ time }) => time >= from && time < before);
      const items = all.slice(-pageSize);
      const oldest = items[0];
      const next = all.length > items.length && oldest !== undefined ? String(oldest.time) : null;
      return { symbol: 'X/Y', timeframe: '1m', items, next_cursor: next };
    },
  };
}

const step = fc.record({
  online: fc.boolean(),
  ticks: fc.integer({ min: 1, max: 3 }),
  repeatsClose: fc.boolean(),
});

t.test('whatever the outages, each candle that closes comes once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(3),
      async (steps, pageSize, failures) => {
        // The last minute is watched, so that what closed in an outage before it is due.
        const all = [...steps, { online: true, ticks: 1, repeatsClose: false }];
        const times: number[] = [];
        for await (const { time } of closedCandles(play(all, pageSize, failures), 'X/Y', '1m'))
          times.push(time);
        const first = all.findIndex(({ online }) => online);
        const expected = all.slice(first).map((_, i) => (first + i) * MINUTE);
        return JSON.stringify(times) === JSON.stringify(expected);
      },
    ),
    { numRuns: 500 },
  );
});

t.test('a refusal ends the fetch, as does a lost connection of a closed client', async (t) => {
  const lost: Pick<CandleSource, 'state' | 'query'> = {
    state: 'closed',
    query: () => Promise.reject(new ConnectionError('closed')),
  };
  await t.rejects(fetchClosed(lost, 'X/Y', '1m', 0, MINUTE), { message: 'closed' });
  const refused = { state: 'open', query: () => Promise.reject(new RangeError('refused')) };
  await t.rejects(fetchClosed(refused, 'X/Y', '1m', 0, MINUTE), { message: 'refused' });
});
