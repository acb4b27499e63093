import type { z } from 'zod';
import type { TRADES_METHODS } from '../../api/trades.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import { getSignal } from '../../store/repositories/signals.js';
import { listTrades } from '../../store/repositories/trades.js';
import type { Handlers } from './handler.js';
import { assetIdOf } from './params.js';
import { recordOnce, tradeItem } from './record-once.js';
import { asCaller, given } from './user-rows.js';

type Trade = z.output<(typeof TRADES_METHODS)['trades.record']['params']>;

export const tradeHandlers: Handlers<typeof TRADES_METHODS> = {
  'trades.list': ({ portfolio_asset_id: portfolioAssetId, symbol, limit, cursor }, context) =>
    asCaller(context, async (connection, user) => {
      const assetId = symbol === undefined ? undefined : assetIdOf(context.market, symbol);
      const filter = { limit, ...given({ portfolioAssetId, assetId, cursor }) };
      const page = await listTrades(connection, user.id, filter);
      return { items: page.items.map(tradeItem), next_cursor: page.nextCursor };
    }),

  'trades.record': (params, context) =>
    asCaller(context, async (connection, user) => {
      checkFigures(params);
      await checkSignal(connection, params);
      return recordOnce(connection, context, user.id, {
        ...{ field: 'portfolio_asset_id', clientId: params.client_id, usdPerQuote: params.usd_per_quote },
        trade: {
          portfolioAssetId: params.portfolio_asset_id,
          actionType: params.action_type,
          assetPrice: params.asset_price,
          timeframe: params.timeframe,
          actionSource: params.action_source,
          ...given({
            quantity: params.quantity,
            feesPaid: params.fees_paid,
            stopLoss: params.stop_loss,
            takeProfit: params.take_profit,
            emotionState: params.emotion_state,
            confidenceLevel: params.confidence_level,
            stressLevel: params.stress_level,
            marketSentiment: params.market_sentiment,
            volatilityLevel: params.volatility_level,
            volumeProfile: params.volume_profile,
            primarySetup: params.primary_setup,
            confirmationSignals: params.confirmation_signals,
            chartPattern: params.chart_pattern,
            analysisSnapshot: params.analysis_snapshot,
            capitalAmount: params.capital_amount,
            riskPercent: params.risk_percent,
            reason: params.reason,
            aiSignalId: params.ai_signal_id,
            lessonLearned: params.lesson_learned,
            notes: params.notes,
          }),
        },
      });
    }),
};

/** Which figure an action needs besides its price, and which it does not take. */
const NEEDED = { modify_sl: 'stop_loss', modify_tp: 'take_profit' } as const;

/** @throws RequestError for a figure that is missing, or that the action does not take */
function checkFigures(params: Trade): void {
  const { action_type: action, quantity } = params;
  const takesNone = action === 'full_exit' || action === 'modify_sl' || action === 'modify_tp';
  if (takesNone && quantity !== undefined) {
    throw wrong(
      'quantity',
      `${action} takes none: it is ${action === 'full_exit' ? 'all that is left' : '0'}`,
    );
  }
  if (!takesNone && quantity === undefined) throw wrong('quantity', `${action} needs one`);
  if (action !== 'modify_sl' && action !== 'modify_tp') return;
  const field = NEEDED[action];
  if (params[field] === undefined) throw wrong(field, `${action} needs it`);
}

/** @throws RequestError for a signal that the user cannot see, or with another source */
async function checkSignal(connection: Connection, params: Trade): Promise<void> {
  const { ai_signal_id: id, action_source: source } = params;
  if (id === undefined) return;
  if (source !== 'ai_signal') throw wrong('ai_signal_id', 'only action_source "ai_signal" has one');
  if ((await getSignal(connection, id)) === null) throw wrong('ai_signal_id', `there is no signal ${id}`);
}

function wrong(field: string, message: string): RequestError {
  return new RequestError('invalid_params', `${field}: ${message}`, field);
}
