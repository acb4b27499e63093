import fc from 'fast-check';
import t from 'tap';
import { planTrade, type TradePlan } from '../../../../src/engine/analysis/signals/plan.js';
import { SIGNAL_DEFAULTS } from '../../../../src/engine/analysis/signals/signal-options.js';
import type { KeyLevel, Structure, Swing } from '../../../../src/engine/analysis/structure/structure.js';

function level(price: number, strength = 0.5): KeyLevel {
  return { type: 'support', price, strength, tests: 3, lastTest: 0, distancePct: 0, volume: 'normal' };
}

function swing(kind: 'high' | 'low', price: number): Swing {
  return { kind, price, time: 0, back: 5 };
}

function structure(swings: readonly Swing[]): Structure {
  return {
    depth: 100,
    trend: 'range',
    trendStrength: 0,
    swings: () => swings,
    lastBreak: null,
    levels: () => [],
    lines: () => [],
    breakout: () => null,
    divergences: () => [],
  };
}

function plan(
  side: 1 | -1,
  levels: readonly KeyLevel[] = [],
  swings: readonly Swing[] = [],
  minRiskReward = 1.5,
): TradePlan | null {
  return planTrade(side, 100, 2, structure(swings), levels, {
    ...SIGNAL_DEFAULTS,
    minStopPct: 0.4,
    minRiskReward,
  });
}

t.test('with nothing to hide behind the stop is two ATRs away, and the target twice as far', async (t) => {
  t.match(plan(1), { entry: 100, stop: 96, target: 108, riskReward: 2, stopBasis: 'volatility', room: 1 });
  t.match(plan(-1), { entry: 100, stop: 104, target: 92, riskReward: 2, targetBasis: 'risk_multiple' });
});

t.test(
  'the stop hides a quarter of an ATR behind the nearest swing or level, an ATR away at least',
  async (t) => {
    t.match(plan(1, [], [swing('low', 97)]), { stop: 96.5, stopBasis: 'swing' });
    t.match(plan(1, [level(98.5)], [swing('low', 95)]), { stop: 98, stopBasis: 'level' });
    t.match(plan(1, [], [swing('low', 99.5), swing('low', 93)]), { stop: 96, stopBasis: 'volatility' });
    t.match(plan(-1, [], [swing('low', 97), swing('high', 103)]), { stop: 103.5, stopBasis: 'swing' });
  },
);

t.test('the target lies before the opposing level', async (t) => {
  t.match(plan(1, [level(107)]), { target: 106.8, targetBasis: 'level' });
  t.ok(Math.abs((plan(1, [level(107)])?.riskReward ?? 0) - 1.7) < 1e-9);
  t.match(plan(1, [level(103, 0.4), level(107)]), { target: 106.8, opposing: 103 });
  t.ok(Math.abs((plan(1, [level(103, 0.4), level(107)])?.room ?? 0) - 3 / 6.8) < 1e-9);
  t.match(
    plan(1, [level(150)]),
    { target: 112 },
    'one that is far away is not waited for: three times the risk',
  );
});

t.test('a strong level in the way is no trade', async (t) => {
  t.equal(plan(1, [level(103, 0.7)]), null);
  t.not(plan(1, [level(103, 0.29)]), null);
  t.not(plan(-1, [level(103, 0.7)]), null, 'it is not in the way of a short one');
});

t.test('a stop that fees would eat is no trade', async (t) => {
  t.equal(planTrade(1, 100, 0.1, structure([]), [], SIGNAL_DEFAULTS), null);
  t.equal(planTrade(-1, 100, 60, structure([]), [], SIGNAL_DEFAULTS), null, 'nor a target below nothing');
});

t.test('levels stand in their order whatever the market is', async (t) => {
  const anything = fc.record({
    side: fc.constantFrom(1 as const, -1 as const),
    close: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    atr: fc.double({ min: 1e-12, max: 3, noNaN: true }),
    levels: fc.array(
      fc.tuple(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    ),
    swings: fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0.5, max: 2, noNaN: true }))),
    minRiskReward: fc.double({ min: 0.5, max: 5, noNaN: true }),
  });
  let planned = 0;
  fc.assert(
    fc.property(anything, ({ side, close, atr, levels, swings, minRiskReward }) => {
      const made = planTrade(
        side,
        close,
        atr * close,
        structure(swings.map(([isHigh, price]) => swing(isHigh ? 'high' : 'low', price * close))),
        levels.map(([price, strength]) => level(price * close, strength)),
        { ...SIGNAL_DEFAULTS, minStopPct: 0.4, minRiskReward },
      );
      if (made === null) return;
      planned += 1;
      const { entry, stop, target, riskReward, room } = made;
      const isOrdered = side === 1 ? stop < entry && entry < target : target < entry && entry < stop;
      if (!isOrdered || !(stop > 0) || !(target > 0)) throw new Error(`${stop} ${entry} ${target}`);
      if (!(riskReward > minRiskReward - 1e-5)) throw new Error(`risk/reward ${riskReward}`);
      if (!(room >= 0 && room <= 1)) throw new Error(`room ${room}`);
    }),
    { numRuns: 3_000 },
  );
  t.ok(planned > 200, `${planned} plans`);
});
