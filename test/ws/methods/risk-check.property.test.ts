import fc from 'fast-check';
import t from 'tap';
import { RequestError } from '../../../src/errors.js';
import type { ExecutableSignal, RiskRecord } from '../../../src/store/action-records.js';
import { checkRisk, type RiskQuestion } from '../../../src/ws/methods/risk-check.js';

/** Numbers spread evenly: doubles of fast-check are mostly tiny. */
function between(from: number, to: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 10_000 }).map((n) => from + (n / 10_000) * (to - from));
}
const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });

const cases = fc.record({
  maxSize: between(100, 200_000),
  maxRisk: between(0, 1),
  isLong: fc.boolean(),
  stopRatio: orNull(between(0.5, 1.5)),
  positionSize: between(0.01, 100),
  price: between(1, 1_000),
  usdPerQuote: fc.constantFrom(1, 0.5, 20),
  statedPercentage: orNull(between(0.01, 100)),
  portfolioValueUsd: orNull(between(-1_000, 500_000)),
  riskShare: between(0, 0.2),
});

t.test('what passes keeps every limit, by whatever is known of the portfolio', async (t) => {
  let passed = 0;
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(cases, (given) => {
      const { maxSize, maxRisk, isLong, stopRatio, riskShare, ...rest } = given;
      const stopLoss = stopRatio === null ? null : stopRatio * rest.price;
      const question: RiskQuestion = { executionType: 'manual', open: { count: 1, riskShare }, ...rest };
      const risk: RiskRecord = {
        ...{ userId: 1, maxPositionSize: String(maxSize), maxPortfolioRisk: String(maxRisk), riskRules: {} },
        ...{ currentExposure: {}, riskMetrics: {}, lastCalculated: null, updatedAt: 0 },
      };
      const signal: ExecutableSignal = {
        ...{ id: 1, assetId: 1, symbol: 'X/USDT', signalType: isLong ? 'long' : 'short', riskLevel: null },
        ...{ entryPrice: null, targetPrice: null, stopLoss: stopLoss === null ? null : String(stopLoss) },
      };
      const { positionSize, price, usdPerQuote, statedPercentage, portfolioValueUsd } = question;
      const value = positionSize * price * usdPerQuote;
      const loss = stopLoss === null ? null : (isLong ? price - stopLoss : stopLoss - price) * positionSize;
      try {
        const figures = checkRisk(risk, signal, question);
        passed += 1;
        const lostUsd = (loss ?? Number.NaN) * usdPerQuote;
        t.ok(value <= maxSize && lostUsd > 0);
        t.ok(figures.risk_share + riskShare <= maxRisk + 1e-9);
        if (portfolioValueUsd !== null) {
          t.ok(lostUsd <= (maxRisk - riskShare + 1e-9) * portfolioValueUsd);
        }
        if (statedPercentage !== null) t.ok(figures.percentage >= statedPercentage);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        t.match(error, { code: /^(conflict|invalid_params)$/, field: String });
        const key = error.message.slice(0, 20);
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      }
    }),
    { numRuns: 2_000 },
  );
  t.ok(passed > 20, `${passed} passed`);
  t.ok(outcomes.size >= 2);
});
