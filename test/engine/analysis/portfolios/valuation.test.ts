import fc from 'fast-check';
import t from 'tap';
import type { HoldingInput } from '../../../../src/engine/analysis/portfolios/inputs.js';
import { assetNumbers, positionOf } from '../../../../src/engine/analysis/portfolios/position-of.js';
import {
  type HoldingValue,
  valueHolding,
  valuePortfolio,
} from '../../../../src/engine/analysis/portfolios/valuation.js';
import { cash, holding, MadeMarket, portfolio } from './made-market.js';

const made = (symbol: string): { symbol: string; closes: number[] } => ({ symbol, closes: [] });
const { market } = new MadeMarket(['A0/USDT', 'ETH/BTC', 'BTC/USDT', 'A3/EUR', 'USDC/USDT'].map(made));

function value(input: HoldingInput, prices: readonly number[]): HoldingValue {
  return valueHolding(
    positionOf(input, market, assetNumbers(market)),
    (asset) => prices[asset] ?? Number.NaN,
  );
}

/** A decimal text as an integer of 10^−12. */
function fixed(text: string): bigint {
  const [whole = '0', part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(12, '0'));
}

const decimal = (most: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 1, max: 999_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`);

t.test('a holding is worth what exact decimals say, long and short, with leverage and without', async () => {
  fc.assert(
    fc.property(
      decimal(1_000_000),
      decimal(100_000),
      decimal(100_000),
      fc.constantFrom(1, 2, 4, 5, 10, 100),
      fc.boolean(),
      (quantity, entryPrice, price, leverage, isShort) => {
        const assetType = isShort ? 'Short Position' : 'Long Position';
        const given = { quantity, entryPrice, assetType, leverageRatio: String(leverage) } as const;
        const found = value(holding(0, given), [Number(price)]);
        const [q, e, p] = [fixed(quantity), fixed(entryPrice), fixed(price)];
        const scale = 1e24;
        const cost = Number((q * e) / BigInt(leverage)) / scale;
        const pnl = Number(q * (isShort ? e - p : p - e)) / scale;
        const worth = Number((q * e) / BigInt(leverage) + q * (isShort ? e - p : p - e)) / scale;
        const size = Number(q * (e + p)) / scale;
        const isNear = (a: number | null, b: number): boolean =>
          Math.abs((a ?? Number.NaN) - b) <= 1e-9 * size;
        return isNear(found.costUsd, cost) && isNear(found.pnlUsd, pnl) && isNear(found.valueUsd, worth);
      },
    ),
  );
});

t.test('a short with leverage gains when the price falls, and may lose more than its margin', async (t) => {
  const short = holding(0, { assetType: 'Short Position', leverageRatio: '5', quantity: '2' });
  t.match(value(short, [90]), { costUsd: 40, pnlUsd: 20, pnlPct: 50, valueUsd: 60, exposureUsd: -180 });
  t.match(value(short, [130]), { pnlUsd: -60, pnlPct: -150, valueUsd: -20 });
});

t.test('an unlevered holding needs no entry price for its value, but for its profit', async (t) => {
  t.match(value(holding(0, { entryPrice: null }), [90]), {
    ...{ valueUsd: 90, pnlUsd: null, pnlPct: null, costUsd: null },
    missing: { entry: 'the entry price is not known' },
  });
  const levered = holding(0, { entryPrice: null, assetType: 'Long Position', leverageRatio: '3' });
  t.match(value(levered, [90]), { valueUsd: null, pnlUsd: null, exposureUsd: 90 });
});

t.test('other quotes are converted through a market, or not at all', async (t) => {
  t.match(value(holding(1, { entryPrice: '0.5' }, 'ETH/BTC'), [Number.NaN, 0.625, 60_000]), {
    ...{ basis: 'converted', price: 0.625, usdPerQuote: 60_000, valueUsd: 37_500 },
    pnlPct: 25,
  });
  t.match(value(holding(1, {}, 'ETH/BTC'), [Number.NaN, 0.05]), { valueUsd: null, basis: null });
  t.match(value(holding(3, {}, 'A3/EUR'), [1, 1, 1, 50]), {
    valueUsd: null,
    missing: { price: 'no market says what EUR is worth in US dollars' },
  });
});

t.test('a dollar coin is worth what its market says, and 1 only where none is served', async (t) => {
  const usdc = cash();
  t.match(value(usdc, [0, 0, 0, 0, 0.98]), { valueUsd: 490, basis: 'market' });
  const { market: none } = new MadeMarket([made('A0/USDT')]);
  const alone = valueHolding(positionOf(usdc, none, assetNumbers(none)), () => Number.NaN);
  t.match(alone, { valueUsd: 500, basis: 'peg', price: 1 });
  const euro = cash({ held: { assetId: 2, symbol: 'EURC', base: 'EURC', quote: null, isStablecoin: true } });
  t.match(value(euro, []), { valueUsd: null, missing: { price: 'EURC is not served' } }, 'no dollar, no peg');
});

t.test('totals cover what is priced, and say so', async (t) => {
  const inputs = [
    holding(0, { quantity: '2' }),
    holding(2, { entryPrice: null }, 'BTC/USDT'),
    holding(50, {}, 'XYZ/USDT'),
  ];
  const numbers = assetNumbers(market);
  const positions = inputs.map((input) => positionOf(input, market, numbers));
  const found = valuePortfolio(portfolio([]), positions, (asset) => [110, 0, 1_000][asset] ?? Number.NaN);
  t.match(found, {
    ...{ valueUsd: 1_220, costUsd: 200, pnlUsd: 20, pnlPct: 10 },
    ...{ grossExposureUsd: 1_220, netExposureUsd: 1_220 },
    covered: {
      ...{ holdings: 3, valued: 2, withPnl: 1, isComplete: false },
      missing: [
        { symbol: 'BTC/USDT', reason: 'the entry price is not known' },
        { symbol: 'XYZ/USDT', reason: 'XYZ/USDT is not served' },
      ],
    },
  });
  t.match(
    valuePortfolio(portfolio([]), [], () => 1),
    { valueUsd: null, pnlUsd: null, pnlPct: null },
  );
});

t.test('no price that is not above 0 is one', async (t) => {
  for (const price of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.match(value(holding(0), [price]), { valueUsd: null, pnlUsd: null }, `${price}`);
  }
});
