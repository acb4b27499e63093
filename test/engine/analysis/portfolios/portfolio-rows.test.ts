import fc from 'fast-check';
import t from 'tap';
import type { ActiveSignals, HoldingInput } from '../../../../src/engine/analysis/portfolios/inputs.js';
import type { PortfolioFrame } from '../../../../src/engine/analysis/portfolios/portfolio-frame.js';
import { PortfolioModel } from '../../../../src/engine/analysis/portfolios/portfolio-model.js';
import {
  HOLDING_ANALYSES,
  type NewHoldingAnalysis,
  type NewPortfolioAnalysis,
  PORTFOLIO_ANALYSES,
} from '../../../../src/store/asset-analysis-records.js';
import type { NewRecommendation } from '../../../../src/store/signal-records.js';
import {
  cash,
  contexts,
  DAY,
  holding,
  MadeMarket,
  type MadeSeries,
  NO_CONTEXTS,
  NO_SIGNALS,
  portfolio,
  START,
  walk,
} from './made-market.js';

const HOURS = 100 * 24;
const SIGNALS: ActiveSignals = {
  activeOf: (asset) =>
    asset === 1 ? [{ id: 5, type: 'long', confidence: 0.7 }] : [{ id: 6, type: 'short', confidence: 0.9 }],
};
const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** Names the columns of a row that are neither filled nor have a reason, and those that have both. */
function faults(names: readonly string[], row: object, data: unknown): string[] {
  const { missing } = data as { missing: Readonly<Record<string, string>> };
  return names
    .filter((name) => name !== 'metrics_snapshot_id' && name !== 'ai_model_id')
    .filter((name) => {
      const value = (row as Readonly<Record<string, unknown>>)[camel(name)];
      return value === undefined || (value === null) !== (missing[name]?.length ?? 0) > 0;
    });
}

const BETWEEN_0_AND_1 = /Score$|^concentrationRisk$|^portfolioVolatility$|^exitProbability$/;

/** Names the columns whose numbers the database would refuse. */
function outOfRange(row: object): string[] {
  return Object.entries(row).flatMap(([name, value]) => {
    if (typeof value === 'number' && !Number.isFinite(value)) return [name];
    if (typeof value !== 'number') return [];
    const isRefused =
      (BETWEEN_0_AND_1.test(name) && (value < 0 || value > 1)) ||
      (/^suggested[ST]/.test(name) && value <= 0) ||
      (name === 'suggestedExitPercentage' && (value < 0 || value > 100)) ||
      (/^(maxDrawdownPct|optimalPositionSize|outlookDurationEstimate)$/.test(name) && value < 0) ||
      (name === 'outlookDurationEstimate' && !Number.isInteger(value)) ||
      (name === 'analysisHorizonHours' && !(value > 0)) ||
      (/Usd$/.test(name) && Math.abs(value) >= 1e28);
    return isRefused ? [`${name} ${value}`] : [];
  });
}

/** Markets that were made already, by their series: reading leaves no trace in them. */
const markets = new WeakMap<readonly MadeSeries[], MadeMarket>();

function analyse(
  series: readonly MadeSeries[],
  holdings: readonly HoldingInput[],
  period: '1h' | '4h' | '1d' | '7d' | '30d',
  known = true,
): PortfolioFrame {
  const time = START + Math.floor((series[0]?.closes.length ?? 0) / 24) * DAY;
  const made = markets.get(series) ?? new MadeMarket(series, time);
  markets.set(series, made);
  const model = new PortfolioModel();
  model.set(
    [portfolio(holdings, { feesPaidUsd: known ? 12 : null, risk: known ? RISK : null })],
    made.market,
  );
  const timeframe = period === '7d' || period === '30d' ? '1d' : period;
  const frame = made.frame(timeframe, time);
  const found = model.analyse(
    7,
    frame,
    known ? contexts() : NO_CONTEXTS,
    period,
    known ? SIGNALS : NO_SIGNALS,
  );
  if (found === null) throw new Error('nothing was found');
  return found;
}

const RISK = { maxPositionSize: '100000', maxPortfolioRisk: '0.02' };
const SERIES: readonly MadeSeries[] = [
  { symbol: 'BTC/USDT', closes: walk(1, HOURS, 40_000) },
  { symbol: 'A1/USDT', closes: walk(2, HOURS, 100), sectorId: 2 },
  { symbol: 'A2/USDT', closes: walk(3, HOURS, 10) },
];
const HOLDINGS: readonly HoldingInput[] = [
  holding(
    0,
    {
      ...{ quantity: '0.02', entryPrice: '39000', stopLossPrice: '20000', takeProfitPrice: '90000' },
      ...{ openedAt: START + 80 * DAY, regimeAtEntry: 'Bear' },
    },
    'BTC/USDT',
  ),
  holding(1, { assetType: 'Short Position', leverageRatio: '2', quantity: '5', stopLossPrice: '300' }),
  holding(2, { quantity: '30', entryPrice: '11', riskCategory: 'aggressive', maxAllocationPercent: '20' }),
  cash(),
];

t.test('with all that can be known every column is filled', async (t) => {
  for (const period of ['1h', '4h', '1d', '7d', '30d'] as const) {
    const { analysis, assets } = analyse(SERIES, HOLDINGS, period);
    t.same(analysis.analysisData.missing, {}, period);
    const written: Omit<NewPortfolioAnalysis, 'metricsSnapshotId' | 'aiModelId'> = analysis;
    const holdings: readonly Omit<NewHoldingAnalysis, 'metricsSnapshotId' | 'aiModelId'>[] = assets;
    t.same(JSON.parse(JSON.stringify([written, holdings])), [written, holdings], 'JSON loses nothing of it');
    t.same(faults(PORTFOLIO_ANALYSES.columnNames, analysis, analysis.analysisData), []);
    t.equal(assets.length, period.endsWith('d') && period !== '1d' ? 0 : 3);
    const [first] = assets;
    if (first === undefined) continue;
    t.same(first.analysisData.missing, {});
    t.same(faults(HOLDING_ANALYSES.columnNames, first, first.analysisData), []);
  }
});

t.test('what cannot be known is null, with its reason, and nothing else has one', async (t) => {
  const unknown = [holding(2, { entryPrice: null }), holding(55, {}, 'XYZ/USDT'), holding(1)];
  for (const { analysis, assets } of [
    analyse(SERIES, unknown, '1d', false),
    analyse(
      SERIES.slice(0, 2).map((one) => ({ ...one, closes: one.closes.slice(0, 48) })),
      HOLDINGS,
      '1d',
    ),
    analyse(SERIES, [cash()], '1d', false),
    analyse([{ symbol: 'A0/USDT', closes: Array(HOURS).fill(5), sectorId: null }], [holding(0)], '4h', false),
  ]) {
    t.same(faults(PORTFOLIO_ANALYSES.columnNames, analysis, analysis.analysisData), []);
    t.not(Object.keys(analysis.analysisData.missing as object).length, 0);
    for (const row of assets) t.same(faults(HOLDING_ANALYSES.columnNames, row, row.analysisData), []);
  }
});

t.test('whatever markets do, the numbers are those that the database takes', async () => {
  const step = fc.oneof(
    fc.constant(1),
    fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    fc.constantFrom(0.01, 100, 1e-3, 1e3),
  );
  const price = fc.constantFrom(1e-9, 1e-4, 1, 1e5, 1e9);
  const text = fc.constantFrom('0.000000001', '1', '250', '1000000000');
  const given = fc.record({
    assetType: fc.constantFrom('Crypto Asset', 'Long Position', 'Short Position'),
    leverageRatio: fc.constantFrom('1', '3', '1000'),
    quantity: text,
    entryPrice: fc.option(text),
    stopLossPrice: fc.option(text),
    takeProfitPrice: fc.option(text),
    allocationTargetPercent: fc.option(fc.constantFrom('0', '40', '100')),
    maxAllocationPercent: fc.constantFrom('0.01', '10', '100'),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(price, fc.array(step, { minLength: 40, maxLength: 40 }), given), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom('1h', '4h', '1d', '7d', '30d'),
      fc.boolean(),
      (rows, period, known) => {
        const series = rows.map(([first, steps], asset) => {
          let close: number = first;
          const days = steps.map((one) => {
            close = Math.max(1e-9, Math.min(1e9, close * one));
            return close;
          });
          const closes = days.flatMap((of) => Array.from({ length: 24 }, () => of));
          return { symbol: asset === 0 ? 'BTC/USDT' : `A${asset}/USDT`, closes };
        });
        const holdings = rows.map(([, , different], asset) =>
          holding(asset, different as Partial<HoldingInput>, asset === 0 ? 'BTC/USDT' : ''),
        );
        const { analysis, assets } = analyse(series, [...holdings, cash()], period, known);
        const problems = [analysis, ...assets].flatMap((row) => [
          ...outOfRange(row),
          ...faults(
            'portfolioId' in row ? PORTFOLIO_ANALYSES.columnNames : HOLDING_ANALYSES.columnNames,
            row,
            row.analysisData,
          ),
        ]);
        if (problems.length > 0) throw new Error(problems.join(', '));
      },
    ),
    { numRuns: 60 },
  );
});

t.test('statistics are those of the plain path of quantities times closes', async (t) => {
  const { analysis, value } = analyse(SERIES, HOLDINGS, '1d');
  const close = (asset: number, day: number): number => SERIES[asset]?.closes[day * 24 + 23] ?? 0;
  const days = Array.from({ length: 91 }, (_, k) => 99 - 90 + k);
  const path = days.map(
    (day) => 0.02 * close(0, day) + (250 + 5 * (100 - close(1, day))) + 30 * close(2, day) + 500,
  );
  const logs = path.slice(1).map((of, k) => Math.log(of / (path[k] ?? 0)));
  const plain = path.slice(1).map((of, k) => of / (path[k] ?? 0) - 1);
  const bitcoin = days.slice(1).map((day) => Math.log(close(0, day) / close(0, day - 1)));
  const avg = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const cov = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, one, k) => sum + (one - avg(a)) * ((b[k] ?? 0) - avg(b)), 0) / (a.length - 1);
  const volatility = Math.sqrt(cov(logs, logs) * 365);
  const near = (found: number | null, wanted: number, what: string): void => {
    t.ok(
      Math.abs((found ?? Number.NaN) - wanted) < 1e-8 * Math.max(1, Math.abs(wanted)),
      `${what}: ${found}, ${wanted}`,
    );
  };
  near(value.valueUsd, path.at(-1) ?? 0, 'value');
  near(analysis.portfolioVolatility, volatility / (volatility + 0.6), 'volatility');
  near(analysis.portfolioBeta, cov(logs, bitcoin) / cov(bitcoin, bitcoin), 'beta');
  near(analysis.sharpeRatio, (avg(plain) / Math.sqrt(cov(plain, plain))) * Math.sqrt(365), 'sharpe');
  const falls = path.map((of, k) => 100 * (1 - of / Math.max(...path.slice(0, k + 1))));
  near(analysis.maxDrawdownPct, Math.max(...falls), 'drawdown');
  const worth = [0.02 * close(0, 99), 250 + 5 * (100 - close(1, 99)), 30 * close(2, 99), 500];
  const parts = worth.map((one) => Math.max(0, one));
  const whole = parts.reduce((sum, one) => sum + one, 0);
  near(
    analysis.concentrationRisk,
    parts.reduce((sum, one) => sum + (one / whole) ** 2, 0),
    'concentration',
  );
  t.match(analysis.analysisData.statistics, { returns: 90, covered_share: 1, left_out: [] });
});

t.test('words tell what numbers say', async (t) => {
  const { analysis } = analyse(SERIES, [holding(0, { quantity: '2' }, 'BTC/USDT')], '1d');
  const data = analysis.analysisData as Readonly<Record<string, readonly string[]>>;
  t.ok(data.weaknesses?.includes('concentration 1.00'));
  t.same(data.opportunities, ['strong sectors: L1']);
  t.match(data.action_priorities, [{ priority: 1 }]);
});

t.test('two that move as one are a pair, and no diversification', async (t) => {
  const closes = walk(5, HOURS, 50);
  const series = [
    { symbol: 'BTC/USDT', closes },
    { symbol: 'A1/USDT', closes: closes.map((close) => 2 * close) },
  ];
  const both = [holding(0, { quantity: '2' }, 'BTC/USDT'), holding(1)];
  const { analysis } = analyse(series, both, '1d');
  t.match(analysis.correlationMatrix, {
    high_correlation_pairs: [{ asset1: 'BTC/USDT', asset2: 'A1/USDT' }],
  });
  t.ok((analysis.diversificationScore ?? 1) < 1e-9);
  t.ok(Math.abs((analysis.portfolioBeta ?? 0) - 1) < 1e-9);
  const hedged = [holding(0, { quantity: '2' }, 'BTC/USDT'), holding(1, { assetType: 'Short Position' })];
  t.ok(
    (analyse(series, hedged, '1d').analysis.diversificationScore ?? 0) > 0.49,
    'a short is the other way round',
  );
});

t.test('a path that falls to nothing has a drawdown, and no returns', async (t) => {
  const closes = Array.from({ length: HOURS }, (_, n) => (n < HOURS / 2 ? 50 : 50 + (n - HOURS / 2) / 20));
  const series = [{ symbol: 'BTC/USDT', closes }];
  const short = holding(
    0,
    { assetType: 'Short Position', leverageRatio: '10', entryPrice: '60' },
    'BTC/USDT',
  );
  const { analysis, assets } = analyse(series, [short], '1d');
  t.match(analysis, {
    sharpeRatio: null,
    portfolioBeta: null,
    currentAllocation: null,
    rebalanceNeeded: null,
  });
  t.ok((analysis.maxDrawdownPct ?? 0) > 100);
  t.match(assets, [
    { positionStatus: 'critical', recommendedAction: 'full_exit', urgencyLevel: 'immediate' },
  ]);
});

t.test('what cannot wait is recommended, once a day and holding, and rebalancing once a week', async (t) => {
  const lost = [
    holding(0, { quantity: '0.02', stopLossPrice: '1000000000' }, 'BTC/USDT'),
    holding(2),
    cash(),
  ];
  const keys = (period: '1h' | '4h' | '1d'): string[] =>
    analyse(SERIES, lost, period).recommendations.map(({ dedupKey }) => dedupKey);
  const day = START + 99 * DAY;
  t.same(keys('1h'), [`portfolio_asset:1000:full_exit:${day}`], 'only what is immediate');
  t.same(keys('1d').slice(0, 2), [
    `portfolio_asset:1000:full_exit:${day}`,
    `portfolio_asset:1002:tighten_sl:${day}`,
  ]);
  t.match(
    analyse(SERIES, lost, '1d').recommendations.find(
      ({ recommendationType }) => recommendationType === 'rebalance',
    ),
    { userId: 70, targetEntityId: 7, priorityLevel: 'medium', expiresAt: START + 107 * DAY },
  );
  t.same(analyse(SERIES, lost, '7d').recommendations, []);
  const written: readonly NewRecommendation[] = analyse(SERIES, lost, '1d').recommendations;
  for (const { recommendationTitle, dedupKey, confidenceScore, recommendationPayload } of written) {
    const missing = Object(recommendationPayload?.missing);
    for (const name of ['ai_regime_analysis_id', 'ai_cross_sector_analysis_id', 'ai_trading_signal_id']) {
      t.type(missing[name], 'string', 'it names no row of others, and says why');
    }
    t.equal(typeof missing.confidence_score, confidenceScore === null ? 'string' : 'undefined');
    t.ok((recommendationTitle?.length ?? 0) <= 200 && (dedupKey?.length ?? 0) <= 200);
    t.ok(confidenceScore == null || (confidenceScore >= 0 && confidenceScore <= 1));
  }
});
