import type { z } from 'zod';
import type { SIGNAL_ACTION_METHODS } from '../../api/signal-actions.js';
import { RequestError } from '../../errors.js';
import type { ExecutionRecord } from '../../store/action-records.js';
import { recordActivities } from '../../store/repositories/activities.js';
import { cancelSignal } from '../../store/repositories/signal-ends.js';
import { executeSignal, listExecutions } from '../../store/repositories/signal-executions.js';
import { getSignal } from '../../store/repositories/signals.js';
import { withMissing } from './analyses.js';
import { currentPrice, usdOf } from './current-price.js';
import type { Handlers, MethodContext } from './handler.js';
import { livePortfolio } from './live-states.js';
import { checkRisk } from './risk-check.js';
import { actor, asCaller, given, toNumber } from './user-rows.js';

type Execution = z.input<(typeof SIGNAL_ACTION_METHODS)['signals.execute']['result']>;

export const signalActionHandlers: Handlers<typeof SIGNAL_ACTION_METHODS> = {
  'signals.execute': async (params, context) => {
    const { id } = params;
    if (!params.risk_confirmation) {
      const message = 'risk_confirmation: it must be true: you know what the signal may cost you';
      throw new RequestError('invalid_params', message, 'risk_confirmation');
    }
    const portfolioValueUsd = (await livePortfolio(context))?.total_value_usd ?? null;
    return asCaller(context, async (connection, user) => {
      const request = {
        signalId: id,
        positionSize: params.position_size,
        executionType: params.execution_type,
        ...given({
          executionPrice: params.execution_price,
          portfolioPercentage: params.portfolio_percentage,
        }),
      };
      const done = await executeSignal(connection, user.id, request, (risk, signal, open) => {
        // Of another data source than this server's.
        if (context.market.assetId(signal.symbol) !== signal.assetId) throw noSignal(id);
        const figures = checkRisk(risk, signal, {
          executionType: params.execution_type,
          positionSize: params.position_size,
          ...priceOf(context, signal.symbol, params.execution_price),
          statedPercentage: params.portfolio_percentage ?? null,
          portfolioValueUsd,
          open,
        });
        return { risk_confirmation: true, ...figures };
      });
      switch (done.outcome) {
        case 'not_found':
          throw noSignal(id);
        case 'not_active':
          throw new RequestError('conflict', `signal ${id} is not active any more`, 'id');
        case 'conflict':
          throw new RequestError('conflict', `you have executed signal ${id} already`, 'id');
        case 'executed':
          break;
      }
      await recordActivities(connection, [
        {
          ...{ userId: user.id, activityType: 'signal_execution', entityType: 'signal', entityId: id },
          ...{ action: 'execute', details: { execution_id: done.execution.id }, ...actor(context) },
        },
      ]);
      return executionItem(done.execution);
    });
  },

  'signals.executions': ({ limit, cursor }, context) =>
    asCaller(context, async (connection, user) => {
      const page = await listExecutions(connection, user.id, { limit, ...given({ cursor }) });
      return { items: page.items.map(executionItem), next_cursor: page.nextCursor };
    }),

  'signals.cancel': ({ id, reason }, context) =>
    asCaller(context, async (connection, user) => {
      const signal = await getSignal(connection, id);
      const outcome =
        signal === null ? 'not_found' : await cancelSignal(connection, user.id, id, reason, actor(context));
      if (signal === null || outcome === 'not_found') throw noSignal(id);
      if (outcome === 'conflict') {
        throw new RequestError('conflict', `signal ${id} is not active any more`, 'id');
      }
      return { id, symbol: signal.symbol, status: 'cancelled', former_status: 'active', reason };
    }),
};

function noSignal(id: number): RequestError {
  return new RequestError('not_found', `there is no signal ${id}`, 'id');
}

/**
 * Gives what a signal is executed at, and what that is in USD.
 * @param filled what the user says it was filled at; undefined: the last price
 * @throws RequestError `unavailable` if it is not known, or not current
 */
function priceOf(
  { market }: MethodContext,
  symbol: string,
  filled: number | undefined,
): { readonly price: number; readonly usdPerQuote: number } {
  const price = filled ?? currentPrice(market, symbol);
  // `BTC/USDT`, and of a derivative `BTC/USDT:USDT`.
  const [quote = ''] = symbol.split('/')[1]?.split(':') ?? [];
  const usdPerQuote = usdOf(market, quote);
  if (usdPerQuote !== null) return { price, usdPerQuote };
  throw new RequestError(
    'unavailable',
    `what ${quote} is worth in USD is not known at the moment: your limits of risk cannot be checked`,
  );
}

function executionItem(record: ExecutionRecord): Execution {
  return withMissing(
    {
      id: record.id,
      signal_id: record.signalId,
      symbol: record.symbol,
      signal_type: record.signalType,
      execution_price: toNumber(record.executionPrice),
      position_size: toNumber(record.positionSize),
      portfolio_percentage: toNumber(record.portfolioPercentage),
      execution_type: record.executionType,
      status: record.status,
      execution_details: { ...record.executionDetails },
      executed_at: record.executedAt,
    },
    {
      execution_price: 'it was not filled yet',
      position_size: 'none was told',
      portfolio_percentage: 'you did not say it; see execution_details.percentage',
    },
  );
}
