import { z } from 'zod';
import { RequestError } from '../../errors.js';
import type { SignalFigures } from '../../store/repositories/signal-performance.js';
import { DAY_MS } from '../../timeframe.js';
import { ask, type Item, marketTime, storedOf, withMissing } from './analyses.js';
import { assetIdOf, cursorParam, limitParam, symbolParam, timeframeParam } from './params.js';
import type { Method } from './registry.js';
import { isSimulatedSource, signalItem } from './signal-item.js';

const listParams = z.strictObject({
  status: z.enum(['active', 'executed', 'expired', 'cancelled', 'invalidated']).optional(),
  symbol: symbolParam.optional(),
  confidence_min: z.number().min(0).max(1).optional(),
  limit: limitParam,
  cursor: cursorParam.optional(),
});

/** Signals for everybody, the newest first. */
export const signalsList: Method<typeof listParams> = {
  name: 'signals.list',
  params: listParams,
  async handle({ status, symbol, confidence_min: confidenceMin, limit, cursor }, context) {
    const stored = storedOf(context);
    if (symbol !== undefined) assetIdOf(context.market, symbol);
    const page = await ask(
      stored.signals({
        limit,
        ...(status === undefined ? {} : { status }),
        ...(symbol === undefined ? {} : { symbol }),
        ...(confidenceMin === undefined ? {} : { confidenceMin }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
    return {
      items: page.items.map((signal) => signalItem(signal, stored)),
      next_cursor: page.nextCursor,
    };
  },
};

const getParams = z.strictObject({ id: z.int().min(1) });

/** One signal, with what led to it and what it risks. */
export const signalsGet: Method<typeof getParams> = {
  name: 'signals.get',
  params: getParams,
  async handle({ id }, context) {
    const stored = storedOf(context);
    const signal = await stored.signal(id);
    if (signal === null) throw new RequestError('not_found', `there is no signal ${id}`, 'id');
    const details = signalItem(signal, stored);
    const probabilities = 'no probabilities are measured: a confidence is a score of factors';
    return {
      id,
      signal_details: details,
      ai_analysis: withMissing(
        {
          key_factors: signal.confluenceFactors,
          market_context: signal.marketContext,
          sector_context: signal.sectorContext,
          probability_analysis: null,
        },
        { probability_analysis: probabilities },
        'the model gave none',
      ),
      risk_assessment: withMissing(
        {
          risk_level: details.risk_level,
          risk_reward_ratio: details.risk_reward_ratio,
          stop_loss: details.stop_loss,
          risk_management: details.risk_management,
          invalidation_criteria: details.invalidation_criteria,
        },
        details.missing as Record<string, string>,
        'the model gave none',
      ),
      simulated: details.simulated,
    };
  },
};

const DAYS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365 } as const;
const WINDOWS = Object.keys(DAYS) as [keyof typeof DAYS, ...(keyof typeof DAYS)[]];

const performanceParams = z.strictObject({
  /** How far back. */
  timeframe: z.enum(WINDOWS).default('30d'),
  /** Name of a model; left out or `all`: every model. */
  model: z.string().min(1).max(100).optional(),
  symbol: symbolParam.optional(),
  /** Of the candles that signals were made of. */
  candles: timeframeParam.optional(),
});

/** What became of the signals of a window. */
export const signalsPerformance: Method<typeof performanceParams> = {
  name: 'signals.performance',
  params: performanceParams,
  async handle({ timeframe, model, symbol, candles }, context) {
    const stored = storedOf(context);
    const assetId = symbol === undefined ? undefined : assetIdOf(context.market, symbol);
    const found = await stored.signalPerformance({
      from: marketTime(context) - DAYS[timeframe] * DAY_MS,
      ...(model === undefined || model === 'all' ? {} : { model }),
      ...(assetId === undefined ? {} : { assetId }),
      ...(candles === undefined ? {} : { timeframe: candles }),
    });
    const total = figures(found.total);
    return {
      timeframe,
      ...withMissing(
        {
          ...total,
          average_return: null,
          best_performing_model: bestOf(found.byModel),
        },
        {
          ...REASONS,
          average_return: 'the price at which a signal ended is not stored; see the mean excursions',
        },
      ),
      performance_by_model: group(found.byModel, 'model'),
      performance_by_timeframe: group(found.byTimeframe, 'timeframe'),
      performance_by_risk_level: group(found.byRiskLevel, 'riskLevel'),
      performance_by_regime: group(found.byRegime, 'regime'),
      simulated: isSimulatedSource(stored),
    };
  },
};

const NO_SIGNAL = 'there is no such signal in the window';
const REASONS: Readonly<Record<string, string>> = {
  success_rate: 'no signal of the window was judged',
  mean_confidence: NO_SIGNAL,
  mean_risk_reward: NO_SIGNAL,
  mean_favorable_pct: 'of no signal of the window the price was seen since its entry',
  mean_adverse_pct: 'of no signal of the window the price was seen since its entry',
  best_performing_model: 'no signal of the window was judged',
};

function figures(of: SignalFigures): Item {
  return {
    total_signals: of.signals,
    active_signals: of.active,
    judged_signals: of.judged,
    successful_signals: of.successful,
    success_rate: of.successRate,
    mean_confidence: of.meanConfidence,
    mean_risk_reward: of.meanRiskReward,
    mean_favorable_pct: of.meanFavorablePct,
    mean_adverse_pct: of.meanAdversePct,
  };
}

/** By the value that the figures are grouped by; `unknown` where it is null. */
function group<K extends string>(
  rows: readonly (SignalFigures & { readonly [Key in K]: string | null })[],
  key: K,
): Item {
  return Object.fromEntries(rows.map((row) => [row[key] ?? 'unknown', withMissing(figures(row), REASONS)]));
}

/** The model of the greatest share of successes, of equal ones that of more judged signals; null: none was judged. */
function bestOf(models: readonly (SignalFigures & { readonly model: string })[]): string | null {
  const judged = models.filter(({ successRate }) => successRate !== null);
  const [best] = judged.toSorted(
    (a, b) =>
      (b.successRate ?? 0) - (a.successRate ?? 0) || b.judged - a.judged || (a.model < b.model ? -1 : 1),
  );
  return best?.model ?? null;
}
