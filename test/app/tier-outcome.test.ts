import t from 'tap';
import type { TierChange } from '../../src/app/tier-change.js';
import { outcomeOf } from '../../src/app/tier-outcome.js';
import { DAY_MS } from '../../src/timeframe.js';

const TIME = Date.UTC(2024, 0, 1);
const CHANGE: TierChange = {
  ...{ id: 1, action: 'promote', assetId: 1, symbol: 'X/USDT', side: 'long', from: 8, to: 7, swap: null },
  ...{ tiers: [7, 8], time: TIME, benchmark: 2, peers: [3, 4] },
};

/** Closes of day 0 and of 7 days later. */
function closesOf(changes: Readonly<Record<number, number>>) {
  return Object.entries(changes).flatMap(([id, change]) => [
    { assetId: Number(id), time: TIME, close: 100 },
    { assetId: Number(id), time: TIME + 7 * DAY_MS, close: 100 + change },
  ]);
}

const measured = (change: TierChange, changes: Readonly<Record<number, number>>, now = TIME + 20 * DAY_MS) =>
  outcomeOf(change, 7, closesOf(changes), now);

t.test('success is the share of comparisons that came out as they were to', (t) => {
  const up = { 1: 10, 2: 4, 3: 20, 4: 30 };
  t.match(measured(CHANGE, up), {
    days_7: {
      ...{
        from: '2024-01-01T00:00:00.000Z',
        to: '2024-01-08T00:00:00.000Z',
        asset_return_pct: 10,
        btc_return_pct: 4,
      },
      ...{ tier_return_pct: 25, excess_over_btc_pct: 6, excess_over_tier_pct: -15, success_score: 0.5 },
    },
    actual_return: 10,
    success_score: 0.5,
  });
  const cases: readonly (readonly [Partial<TierChange>, number])[] = [
    [{}, 1],
    [{ action: 'add' }, 1],
    [{ action: 'demote' }, 0],
    [{ action: 'remove' }, 0],
    [{ side: 'short' }, 0],
    [{ side: 'short', action: 'remove' }, 1],
  ];
  for (const [different, wanted] of cases) {
    t.match(measured({ ...CHANGE, ...different }, { 1: 9, 2: 4, 3: 1, 4: 1 }), { success_score: wanted });
  }
  t.end();
});

t.test('it waits three days for its own candle and that of Bitcoin, and for no other', (t) => {
  const due = TIME + 7 * DAY_MS;
  t.equal(measured(CHANGE, { 2: 1 }, due), null);
  t.equal(measured(CHANGE, { 1: 1 }, due + 3 * DAY_MS - 1), null);
  t.match(measured(CHANGE, { 1: 1, 2: 3 }, due), {
    days_7: {
      tier_return_pct: null,
      tier_assets_missing: 2,
      missing: { tier_return_pct: /no daily candles of the tier/ },
    },
    success_score: 0,
  });
  const late = measured(CHANGE, {}, due + 3 * DAY_MS);
  t.match(late, {
    days_7: { missing: { asset_return_pct: String, btc_return_pct: String, tier_return_pct: String } },
  });
  t.notOk(late && 'actual_return' in late);
  t.match(measured({ ...CHANGE, benchmark: null, peers: [] }, { 1: 5 }, due), {
    days_7: {
      success_score: null,
      missing: { btc_return_pct: /no Bitcoin market/, tier_return_pct: /no other served/ },
    },
    actual_return: 5,
  });
  t.end();
});
