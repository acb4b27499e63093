import type { z } from 'zod';
import type { RISK_METHODS } from '../../api/risk.js';
import type { RiskRecord } from '../../store/action-records.js';
import { getRisk, lockRisk, updateRisk } from '../../store/repositories/risk.js';
import { withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { asCaller, changesOf } from './user-rows.js';

type Risk = z.input<(typeof RISK_METHODS)['risk.get']['result']>;

export const riskHandlers: Handlers<typeof RISK_METHODS> = {
  // Who has set no limits gets those that hold: the database's.
  'risk.get': (_params, context) =>
    asCaller(context, async (connection, user) =>
      riskItem((await getRisk(connection, user.id)) ?? (await lockRisk(connection, user.id))),
    ),

  'risk.update': (params, context) =>
    asCaller(context, async (connection, user) => {
      const changes = changesOf({
        maxPositionSize: params.max_position_size,
        maxPortfolioRisk: params.max_portfolio_risk,
        riskRules: params.risk_rules,
      });
      return riskItem(await updateRisk(connection, user.id, changes));
    }),
};

function riskItem(risk: RiskRecord): Risk {
  const isCalculated = risk.lastCalculated !== null;
  const reason = 'the server has not calculated it';
  return withMissing(
    {
      max_position_size: Number(risk.maxPositionSize),
      max_portfolio_risk: Number(risk.maxPortfolioRisk),
      risk_rules: { ...risk.riskRules },
      current_exposure: isCalculated ? { ...risk.currentExposure } : null,
      risk_metrics: isCalculated ? { ...risk.riskMetrics } : null,
      last_calculated: risk.lastCalculated,
      updated_at: risk.updatedAt,
    },
    { current_exposure: reason, risk_metrics: reason, last_calculated: reason },
  );
}
