import fc from 'fast-check';
import t from 'tap';
import type { Position } from '../../../../src/engine/analysis/portfolios/inputs.js';
import {
  liquidationPrice,
  optimalSize,
  positionLevels,
} from '../../../../src/engine/analysis/portfolios/position-levels.js';
import { assetNumbers, positionOf } from '../../../../src/engine/analysis/portfolios/position-of.js';
import type { KeyLevel } from '../../../../src/engine/analysis/structure/structure.js';
import { holding, MadeMarket } from './made-market.js';

const { market } = new MadeMarket([{ symbol: 'A0/USDT', closes: [] }]);
const position = (different: Parameters<typeof holding>[1] = {}): Position =>
  positionOf(holding(0, different), market, assetNumbers(market));
const level = (price: number): KeyLevel => ({
  ...{ type: 'support', price, strength: 0.5, tests: 3, lastTest: 0, distancePct: 0, volume: 'normal' },
});

t.test(
  'a stop goes beyond a level in reach, else 2.5 ATRs away; a target to a level worth the risk',
  async (t) => {
    const long = position();
    t.match(positionLevels(long, 100, 2, [level(97), level(95), level(104), level(110)]), {
      ...{ stop: 96, stopBasis: 'level', target: 110, targetBasis: 'level' },
    });
    t.match(positionLevels(long, 100, 2, [level(99.5), level(80)]), {
      ...{ stop: 95, stopBasis: 'atr', target: 110, targetBasis: 'multiple' },
    });
    const short = position({ assetType: 'Short Position' });
    t.match(positionLevels(short, 100, 2, [level(103), level(90)]), {
      ...{ stop: 104, stopBasis: 'level', target: 90, targetBasis: 'level' },
    });
  },
);

t.test("it is never looser than the user's own, nor beyond the liquidation", async (t) => {
  t.match(positionLevels(position({ stopLossPrice: '98' }), 100, 2, []), { stop: 98, stopBasis: 'own' });
  t.match(positionLevels(position({ stopLossPrice: '90' }), 100, 2, []), { stop: 95, stopBasis: 'atr' });
  t.match(
    positionLevels(position({ stopLossPrice: '101' }), 100, 2, []),
    { stop: 95 },
    'one that is passed is none',
  );
  const levered = position({ assetType: 'Long Position', leverageRatio: '50' });
  t.equal(liquidationPrice(levered), 98);
  t.match(positionLevels(levered, 100, 2, []), { stop: 98.2, stopBasis: 'liquidation', liquidation: 98 });
  t.equal(liquidationPrice(position({ assetType: 'Short Position', leverageRatio: '4' })), 125);
  t.equal(liquidationPrice(position({ assetType: 'Short Position' })), 200);
  t.ok(Number.isNaN(liquidationPrice(position())), 'an unlevered long has none');
});

t.test('without ATR and stop there is nothing to suggest', async (t) => {
  t.match(positionLevels(position(), 100, Number.NaN, []), { stopBasis: null, targetBasis: null });
  t.match(positionLevels(position(), 1, 2, []), { stopBasis: null }, 'no stop below 0');
});

t.test('stops lie on the losing side, targets on the other, wherever levels are', async () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.array(fc.double({ min: 0.2, max: 3, noNaN: true })),
      fc.boolean(),
      fc.constantFrom('1', '3', '100'),
      (price, atr, levels, isShort, leverageRatio) => {
        const assetType = isShort ? 'Short Position' : 'Long Position';
        const one = position({ assetType, leverageRatio, entryPrice: String(price * 1.001) });
        const found = positionLevels(
          one,
          price,
          atr * price,
          levels.map((of) => level(of * price)),
        );
        const isStop =
          found.stopBasis === null || (found.stop > 0 && (price - found.stop) * one.direction > 0);
        const isTarget =
          found.targetBasis === null || (found.target > 0 && (found.target - price) * one.direction > 0);
        return isStop && isTarget;
      },
    ),
  );
});

t.test('a size loses at its stop what may be lost, within the limits', async (t) => {
  const limits = { portfolioValue: 10_000, maxRisk: 0.02, maxPositionSize: Number.NaN, riskFactor: 1 };
  const one = position({ maxAllocationPercent: '50' });
  t.equal(optimalSize(one, 100, 95, 1, limits), 40, '200 ÷ 5');
  t.equal(optimalSize(one, 100, 95, 1, { ...limits, riskFactor: 0.5 }), 20);
  t.equal(optimalSize(one, 100, 95, 1, { ...limits, riskFactor: 5 }), 40, 'a limit is a limit');
  t.equal(optimalSize(one, 100, 95, 1, { ...limits, maxPositionSize: 1_000 }), 10);
  t.equal(optimalSize(position({ maxAllocationPercent: '5' }), 100, 95, 1, limits), 5);
  t.equal(optimalSize(one, 100, 95, 2, limits), 20, 'a quote worth two dollars');
  t.equal(optimalSize(one, 100, 95, 1, { ...limits, portfolioValue: -5 }), 0);
  t.ok(Number.isNaN(optimalSize(one, 100, Number.NaN, 1, limits)));
  t.ok(Number.isNaN(optimalSize(one, 100, 95, 1, { ...limits, maxRisk: Number.NaN })));
});
