import type { z } from 'zod';
import { PERFORMANCE_DAYS, type SIGNALS_METHODS } from '../../api/signals.js';
import { RequestError } from '../../errors.js';
import type { SignalFigures } from '../../store/repositories/signal-performance.js';
import { DAY_MS } from '../../timeframe.js';
import type { StoredAnalyses } from '../ports.js';
import { ask, marketTime, storedOf, withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { assetIdOf } from './params.js';
import { isSimulatedSource, signalItem } from './signal-item.js';

type Performance = z.input<(typeof SIGNALS_METHODS)['signals.performance']['result']>;
type Group = Performance['performance_by_model'];

export const signalHandlers: Handlers<typeof SIGNALS_METHODS> = {
  'signals.list': async ({ status, symbol, confidence_min: confidenceMin, limit, cursor }, context) => {
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

  'signals.get': async ({ id }, context) => {
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
          key_factors: details.confluence_factors,
          market_context: details.market_context,
          sector_context: details.sector_context,
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
        details.missing,
        'the model gave none',
      ),
      simulated: details.simulated,
    };
  },

  'signals.performance': async ({ timeframe, model, symbol, candles }, context) => {
    const stored = storedOf(context);
    const assetId = symbol === undefined ? undefined : assetIdOf(context.market, symbol);
    const wanted = model === undefined || model === 'all' ? undefined : await knownModel(stored, model);
    const found = await stored.signalPerformance({
      from: marketTime(context) - PERFORMANCE_DAYS[timeframe] * DAY_MS,
      ...(wanted === undefined ? {} : { model: wanted }),
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

/** Gives the name of a model that there is. @throws RequestError `invalid_params` with those that there are */
async function knownModel(stored: Pick<StoredAnalyses, 'modelNames'>, name: string): Promise<string> {
  const names = await stored.modelNames();
  if (names.includes(name)) return name;
  throw new RequestError(
    'invalid_params',
    `model: there is no model "${name}"; allowed: all, ${names.join(', ')}`,
    'model',
  );
}

const NO_SIGNAL = 'there is no such signal in the window';
const REASONS: Readonly<Record<string, string>> = {
  success_rate: 'no signal of the window was judged',
  mean_confidence: NO_SIGNAL,
  mean_risk_reward: NO_SIGNAL,
  mean_favorable_pct: 'of no signal of the window the price was seen since its entry',
  mean_adverse_pct: 'of no signal of the window the price was seen since its entry',
  best_performing_model: 'no signal of the window was judged',
};

function figures(of: SignalFigures): Omit<Group[string], 'missing'> {
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
): Group {
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
