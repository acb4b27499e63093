import t from 'tap';
import { SignalIds } from '../../src/app/signal-ids.js';
import { AnalysisMarket } from '../../src/engine/analysis/market.js';
import { keyText } from '../../src/engine/analysis/signals/signal.js';
import { SignalModel } from '../../src/engine/analysis/signals/signal-model.js';
import { draft, OPENED } from '../support/signal-drafts.js';

const MODEL = 4;
const signal = draft();
const key = { assetId: 100, timeframe: '1h', candleTime: signal.candleTime, signalType: 'long' };
const columns = {
  ...{ id: 7, asset_id: 100, timeframe: '1h', signal_type: 'long', candle_time: signal.candleTime },
};
/** As `insertSignals` tells of a new one. */
const given = { ...columns, status: 'active', ai_model_id: MODEL, user_id: null };
/** As `endSignals` and `cancelSignal` tell of an end. */
const cancelled = {
  ...columns,
  ...{ symbol: 'BTC/USDT', status: 'cancelled', former_status: 'active', reason: 'a mistake' },
};

t.test('a signal that an admin has cancelled is not live any more', (t) => {
  const changes: unknown[] = [];
  const sink = {
    opened: () => t.fail('none is given'),
    changed: (_asset: number, _draft: unknown, change: object) => changes.push(change),
  };
  const model = new SignalModel(new AnalysisMarket(), sink);
  const seen = { actualEntryPrice: 100, maxFavorableExcursion: 104, maxAdverseExcursion: 99 };
  model.restore(0, [{ ...signal, ...seen, status: 'active' }]);
  const ids = new SignalIds(MODEL);
  ids.heard(given);
  const end = ids.heard(cancelled);
  t.ok(end !== null && model.cancel(end.key, end.reason, OPENED));
  t.same(model.live(), []);
  t.match(changes, [{ status: 'cancelled', reason: 'a mistake', ...seen }]);
  t.equal(ids.heard(cancelled), null, 'told again it is nothing new');
  t.end();
});

t.test('rows are known from when they are told until the signal has ended', (t) => {
  const ids = new SignalIds(MODEL);
  t.equal(ids.heard(given), null);
  t.equal(ids.of(keyText(signal)), 7);
  t.same(ids.heard({ ...cancelled, status: 'expired', reason: null }), {
    key,
    reason: 'it is expired in the database',
  });
  t.equal(ids.of(keyText(signal)), null);
  t.end();
});

t.test('what ends by the model itself is forgotten before it is told', (t) => {
  const ids = new SignalIds(MODEL);
  ids.heard(given);
  ids.forget(keyText(signal));
  t.equal(ids.heard({ ...cancelled, status: 'executed' }), null);
  t.end();
});

t.test("another model's signal, a user's own and what is no event are passed over", (t) => {
  const ids = new SignalIds(MODEL);
  ids.heard({ ...given, ai_model_id: MODEL + 1 });
  ids.heard({ ...given, user_id: 3 });
  for (const other of [null, 'text', {}, { ...given, id: '7' }]) t.equal(ids.heard(other), null);
  t.equal(ids.of(keyText(signal)), null);
  ids.heard(given);
  t.equal(ids.heard({ ...cancelled, id: 8 }), null, 'another row of the same asset, candle and direction');
  t.equal(ids.of(keyText(signal)), 7);
  t.end();
});
