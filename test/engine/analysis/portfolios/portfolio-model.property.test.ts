import fc from 'fast-check';
import t from 'tap';
import type { PortfolioInput } from '../../../../src/engine/analysis/portfolios/inputs.js';
import { PortfolioModel } from '../../../../src/engine/analysis/portfolios/portfolio-model.js';
import { holding, MadeMarket, portfolio } from './made-market.js';

const { market } = new MadeMarket(
  ['BTC/USDT', 'ETH/USDT', 'SOL/EUR', 'EUR/USDT'].map((symbol) => ({ symbol, closes: [1] })),
);
const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'SOL/EUR', 'EUR/USDT'];

/** A portfolio that holds some of each of these assets. */
function made(id: number, assets: readonly number[], quantity: number): PortfolioInput {
  const holdings = assets.map((asset) =>
    holding(asset, { id: 10 * id + asset, quantity: String(quantity) }, SYMBOLS[asset]),
  );
  return portfolio(holdings, { id, userId: id });
}

const step = fc.oneof(
  fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    assets: fc.uniqueArray(fc.nat(3), { maxLength: 4 }),
    quantity: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ asset: fc.nat(3), price: fc.integer({ min: 1, max: 99 }) }),
  fc.constant('take' as const),
  fc.record({ gone: fc.integer({ min: 1, max: 4 }) }),
);

t.test('portfolios that are taken one by one are as if all were taken at once', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new PortfolioModel();
      model.set([], market);
      const inputs = new Map<number, PortfolioInput>();
      const prices = new Map<number, number>();
      const moved = new Set<number>();
      for (const one of steps) {
        if (one === 'take') {
          const told: number[] = [];
          model.takeMoved(100, (id) => told.push(id));
          t.same(told.toSorted(), [...moved].toSorted());
          moved.clear();
        } else if ('gone' in one) {
          model.remove(one.gone);
          inputs.delete(one.gone);
          moved.delete(one.gone);
        } else if ('price' in one) {
          model.ticked(one.asset, one.price);
          if (prices.get(one.asset) !== one.price) {
            prices.set(one.asset, one.price);
            for (const [id, input] of inputs) if (isMovedBy(input, one.asset)) moved.add(id);
          }
        } else {
          inputs.set(one.id, made(one.id, one.assets, one.quantity));
          moved.add(one.id);
          model.update(
            [...inputs.values()].filter(({ id }) => id === one.id),
            market,
          );
        }
      }
      const whole = new PortfolioModel();
      whole.set([...inputs.values()], market);
      for (const [asset, price] of prices) whole.ticked(asset, price);
      t.same(model.portfolioIds, whole.portfolioIds);
      for (const id of [1, 2, 3, 4]) {
        t.same(model.value(id), whole.value(id));
        t.same(model.held(id), whole.held(id));
      }
    }),
  );
});

function isMovedBy({ holdings }: PortfolioInput, asset: number): boolean {
  return holdings.some(
    ({ quantity, held: { assetId } }) =>
      Number(quantity) > 0 && (assetId === 100 + asset || (asset === 3 && assetId === 102)),
  );
}

t.test('what a portfolio does not hold any more does not move it', async (t) => {
  const model = new PortfolioModel();
  model.set([made(1, [0, 1], 1), made(2, [0], 1)], market);
  model.update([made(1, [1], 1)], market);
  model.takeMoved(10, () => undefined);
  model.ticked(0, 5);
  const told: number[] = [];
  model.takeMoved(10, (id) => told.push(id));
  t.same(told, [2]);
});

t.test('what a portfolio holds since moves it', async (t) => {
  const model = new PortfolioModel();
  model.set([made(1, [0], 1)], market);
  model.update([made(1, [0, 1], 1)], market);
  model.takeMoved(10, () => undefined);
  model.ticked(1, 5);
  const told: number[] = [];
  model.takeMoved(10, (id) => told.push(id));
  t.same(told, [1]);
});
