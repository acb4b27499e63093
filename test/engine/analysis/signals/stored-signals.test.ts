import t from 'tap';
import { keyText } from '../../../../src/engine/analysis/signals/signal.js';
import { endSignalsByKey } from '../../../../src/store/repositories/signal-ends.js';
import { signalPerformance } from '../../../../src/store/repositories/signal-performance.js';
import { insertSignals, type NewSignal } from '../../../../src/store/repositories/signals.js';
import { SignalMarket } from '../../../support/signal-market.js';
import { makeModel } from '../../../support/signals.js';
import { openUserSite } from '../../../support/user-site.js';
import { closesOf, walk } from '../../../support/walking-market.js';

const START = Date.UTC(2024, 0, 1);

const { owner, engine, inEngine, addAssets } = await openUserSite(t);
const aiModelId = await makeModel(owner);
const [assetId = 0] = await addAssets(1, 'walks');

t.test('the table takes every signal and every end as they are, and counts them alike', async (t) => {
  const market = new SignalMarket(['BTC'], ['15m'], {
    minConfidence: 0.5,
    minStopPct: 0.4,
    minRiskReward: 1.5,
  });
  for (const candle of closesOf([walk(7, 96 * 50, START)])) market.play(candle);
  const { opens, events } = market.sink;
  t.ok(opens.length > 50, `${opens.length} signals`);
  const rows = opens.map(
    (draft): NewSignal => ({ ...draft, assetId, aiModelId, userId: null, channels: [] }),
  );
  t.equal(await inEngine((connection) => insertSignals(connection, rows)), rows.length);
  const ends = events.flatMap((event) => {
    if (event.type !== 'changed') return [];
    const { timeframe, candleTime, signalType } = event.signal;
    const { status, reason, signalSuccessful, ...change } = event.change;
    return [
      {
        key: { aiModelId, assetId, timeframe, candleTime, signalType, userId: null },
        status,
        reason,
        ...(change.actualEntryPrice === null ? {} : { actualEntryPrice: change.actualEntryPrice }),
        ...(change.maxFavorableExcursion === null
          ? {}
          : { maxFavorableExcursion: change.maxFavorableExcursion }),
        ...(change.maxAdverseExcursion === null ? {} : { maxAdverseExcursion: change.maxAdverseExcursion }),
        ...(signalSuccessful === null ? {} : { signalSuccessful }),
      },
    ];
  });
  t.equal(await inEngine((connection) => endSignalsByKey(connection, ends)), ends.length);

  const { total, byTimeframe } = await signalPerformance(engine, { dataSource: 'walks', from: START });
  const changes = events.flatMap((event) => (event.type === 'changed' ? [event] : []));
  const judged = changes.filter(({ change }) => change.signalSuccessful !== null);
  const successful = judged.filter(({ change }) => change.signalSuccessful);
  t.match(total, {
    signals: opens.length,
    active: opens.length - changes.length,
    judged: judged.length,
    successful: successful.length,
  });
  t.ok(Math.abs((total.successRate ?? 0) - successful.length / judged.length) < 1e-9);
  for (const { timeframe, signals } of byTimeframe) {
    t.equal(signals, opens.filter((draft) => draft.timeframe === timeframe).length, timeframe);
  }
  t.equal(new Set(opens.map(keyText)).size, opens.length, 'no key comes twice');
});
