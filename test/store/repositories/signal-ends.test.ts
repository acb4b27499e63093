import t from 'tap';
import {
  endSignalsByKey,
  type KeyedSignalEnd,
  noteExcursions,
  type SignalKey,
} from '../../../src/store/repositories/signal-ends.js';
import { insertSignals, type NewSignal } from '../../../src/store/repositories/signals.js';
import { StoreWriter } from '../../../src/store/writer.js';
import { MINUTE, START, toDocument } from '../../support/candles.js';
import { silent } from '../../support/folder.js';
import { makeModel, signal } from '../../support/signals.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine, inEngine, addAssets, addUser } = await openUserSite(t);
const model = await makeModel(owner);
const [assetId = 0] = await addAssets(1);
const user = await addUser();

function made(candle: number, different: Partial<NewSignal> = {}): NewSignal {
  return signal(model, { assetId, candleTime: START + candle * MINUTE, ...different });
}

function keyOf({ aiModelId, timeframe, candleTime, signalType, userId }: NewSignal): SignalKey {
  return { aiModelId, assetId, timeframe, candleTime, signalType, userId };
}

async function stored(candle: number): Promise<unknown> {
  const { rows } = await owner.query(
    `SELECT status, signal_successful AS successful, actual_entry_price::float8 AS entry,
       max_favorable_excursion::float8 AS best, max_adverse_excursion::float8 AS worst
     FROM ai_trading_signals WHERE candle_time = to_timestamp($1) ORDER BY user_id NULLS FIRST`,
    [(START + candle * MINUTE) / 1_000],
  );
  return rows;
}

async function told(candle: number): Promise<unknown> {
  const { rows } = await owner.query<{ status: string }>(
    `SELECT data ->> 'status' AS status, data ->> 'reason' AS reason FROM outbox
     WHERE channel = 'signals' AND user_id IS NULL AND (data ->> 'candle_time')::float8 = $1 ORDER BY "offset"`,
    [START + candle * MINUTE],
  );
  return rows;
}

t.test('a signal ends once by its key, and its channel hears of it once', async (t) => {
  const one = made(0);
  await inEngine((connection) => insertSignals(connection, [one, made(0, { userId: user })]));
  const end: KeyedSignalEnd = {
    ...{ key: keyOf(one), status: 'executed', reason: 'the target was reached', signalSuccessful: true },
    ...{ actualEntryPrice: '100.5', maxFavorableExcursion: '110', maxAdverseExcursion: '99' },
  };
  t.equal(await inEngine((connection) => endSignalsByKey(connection, [end, end])), 1);
  t.equal(await inEngine((connection) => endSignalsByKey(connection, [{ ...end, status: 'expired' }])), 0);
  t.same(await stored(0), [
    { status: 'executed', successful: true, entry: 100.5, best: 110, worst: 99 },
    { status: 'active', successful: null, entry: null, best: null, worst: null },
  ]);
  t.same(await told(0), [
    { status: 'active', reason: null },
    { status: 'executed', reason: 'the target was reached' },
  ]);
});

t.test('what has no such key is passed over', async (t) => {
  const one = made(1);
  await inEngine((connection) => insertSignals(connection, [one]));
  const others: readonly Partial<SignalKey>[] = [
    ...([{ timeframe: '5m' }, { signalType: 'short' }, { candleTime: START }, { userId: user }] as const),
    ...[{ aiModelId: model + 1 }, { assetId: assetId + 1 }],
  ];
  const ends = others.map(
    (other): KeyedSignalEnd => ({ key: { ...keyOf(one), ...other }, status: 'expired' }),
  );
  t.equal(await inEngine((connection) => endSignalsByKey(connection, ends)), 0);
});

t.test(
  'how far the price has gone is noted while a signal is active, and what is not known stays',
  async (t) => {
    const one = made(2);
    const key = keyOf(one);
    await inEngine((connection) => insertSignals(connection, [one]));
    const first = { key, actualEntryPrice: '100', maxFavorableExcursion: '105', maxAdverseExcursion: '98' };
    t.equal(await inEngine((connection) => noteExcursions(connection, [first])), 1);
    const next = { key, actualEntryPrice: null, maxFavorableExcursion: '107', maxAdverseExcursion: null };
    t.equal(await inEngine((connection) => noteExcursions(connection, [next])), 1);
    t.same(await stored(2), [{ status: 'active', successful: null, entry: 100, best: 107, worst: 98 }]);
    await inEngine((connection) => endSignalsByKey(connection, [{ key, status: 'expired' }]));
    t.equal(
      await inEngine((connection) => noteExcursions(connection, [first])),
      0,
      'one that has ended is left alone',
    );
    t.same(await stored(2), [{ status: 'expired', successful: null, entry: 100, best: 107, worst: 98 }]);
  },
);

t.test('through the writer a signal may open and end in one turn', async (t) => {
  const writer = new StoreWriter({ pool: engine, logger: silent, toDocument });
  const one = made(3);
  writer.signal(one);
  writer.signalEnded({ key: keyOf(one), status: 'invalidated', reason: 'the candle was revised' });
  await writer.flush();
  await writer.close();
  t.match(await stored(3), [{ status: 'invalidated' }]);
  t.same(await told(3), [
    { status: 'active', reason: null },
    { status: 'invalidated', reason: 'the candle was revised' },
  ]);
  t.match(writer.stats.lanes.signals, { written: 2, unchanged: 0 });
});
