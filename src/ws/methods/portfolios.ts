import type { z } from 'zod';
import type { PORTFOLIOS_METHODS } from '../../api/portfolios.js';
import { RequestError } from '../../errors.js';
import type { PortfolioAssetRecord } from '../../store/portfolio-records.js';
import {
  addPortfolioAsset,
  ensurePortfolio,
  getPortfolio,
  updatePortfolioAsset,
} from '../../store/repositories/portfolios.js';
import { withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { holdingItem } from './holding-item.js';
import { assetIdOf } from './params.js';
import { holdingOf, noHolding, recordOnce } from './record-once.js';
import { asCaller, changesOf, given } from './user-rows.js';

/** Of one user, closed ones too: the engine values all of them. */
const MAX_HOLDINGS = 500;

export const portfolioHandlers: Handlers<typeof PORTFOLIOS_METHODS> = {
  'portfolios.get': (_params, context) =>
    asCaller(context, async (connection, user) => {
      const portfolio = await getPortfolio(connection, user.id);
      const head = {
        id: portfolio?.id ?? null,
        is_public: portfolio?.isPublic ?? false,
        created_at: portfolio?.createdAt ?? null,
        updated_at: portfolio?.updatedAt ?? null,
      };
      return {
        ...withMissing(head, {}, 'nothing was ever put into it'),
        assets: (portfolio?.assets ?? []).map(holdingItem),
      };
    }),

  'portfolios.addAsset': (params, context) =>
    asCaller(context, async (connection, user) => {
      const assetId = assetIdOf(context.market, params.symbol);
      checkLevels(params.asset_type, params.stop_loss_price, params.take_profit_price);
      const portfolioId = await ensurePortfolio(connection, user.id);
      const had = (await getPortfolio(connection, user.id))?.assets.length ?? 0;
      if (had >= MAX_HOLDINGS) {
        throw new RequestError('conflict', `the portfolio has ${MAX_HOLDINGS} holdings, the most allowed`);
      }
      const holding = await addPortfolioAsset(connection, user.id, portfolioId, {
        assetId,
        assetType: params.asset_type,
        ...given({ quantity: params.quantity, entryPrice: params.entry_price }),
        ...settingsOf(params),
      });
      if (holding === null) throw new Error(`portfolio ${portfolioId} of user ${user.id} took nothing`);
      return holdingItem(holding);
    }),

  'portfolios.updateAsset': ({ id, ...params }, context) =>
    asCaller(context, async (connection, user) => {
      const changes = changesOf(settingsOf(params));
      const before = await holdingOf(connection, user.id, id, 'id');
      const stop = changes.stopLossPrice === undefined ? before.stopLossPrice : changes.stopLossPrice;
      const target = changes.takeProfitPrice === undefined ? before.takeProfitPrice : changes.takeProfitPrice;
      checkLevels(before.assetType, numberOf(stop), numberOf(target));
      const holding = await updatePortfolioAsset(connection, user.id, id, changes);
      if (holding !== null) return holdingItem(holding);
      if (changes.tradeStatus === undefined) throw noHolding(id, 'id');
      throw new RequestError('conflict', `holding ${id} is closed and opens no more`, 'trade_status');
    }),

  'portfolios.closeAsset': ({ id, ...params }, context) =>
    asCaller(context, (connection, user) =>
      recordOnce(connection, context, user.id, {
        ...{ field: 'id', clientId: params.client_id, usdPerQuote: params.usd_per_quote },
        trade: {
          portfolioAssetId: id,
          actionType: 'full_exit',
          assetPrice: params.exit_price,
          timeframe: params.timeframe,
          ...given({ feesPaid: params.fees_paid, notes: params.notes }),
        },
      }),
    ),
};

type Settings = Omit<z.output<(typeof PORTFOLIOS_METHODS)['portfolios.updateAsset']['params']>, 'id'>;

function settingsOf(params: Settings) {
  return given({
    leverageRatio: params.leverage_ratio,
    tradeStatus: params.trade_status,
    allocationTargetPercent: params.allocation_target_percent,
    maxAllocationPercent: params.max_allocation_percent,
    investmentThesis: params.investment_thesis,
    investmentTimeframe: params.investment_timeframe,
    riskCategory: params.risk_category,
    stopLossPrice: params.stop_loss_price,
    takeProfitPrice: params.take_profit_price,
    notes: params.notes,
    sortOrder: params.sort_order,
  });
}

function numberOf(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** @throws RequestError for a stop on the wrong side of the target */
function checkLevels(
  type: PortfolioAssetRecord['assetType'],
  stop: number | null | undefined,
  target: number | null | undefined,
): void {
  if (stop === null || stop === undefined || target === null || target === undefined) return;
  const isShort = type === 'Short Position';
  if (isShort ? stop > target : stop < target) return;
  throw new RequestError(
    'invalid_params',
    `stop_loss_price: ${stop} is not ${isShort ? 'above' : 'below'} take_profit_price ${target}`,
    'stop_loss_price',
  );
}
