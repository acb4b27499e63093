import type { z } from 'zod';
import type { holdingRow } from '../../api/holdings.js';
import { RequestError } from '../../errors.js';
import type { PortfolioAssetRecord } from '../../store/portfolio-records.js';
import type { MarketView } from '../ports.js';
import { withMissing } from './analyses.js';
import { usdOf } from './current-price.js';
import { toNumber } from './user-rows.js';

/** Gives a holding as it is answered. */
export function holdingItem(holding: PortfolioAssetRecord): z.input<typeof holdingRow> {
  return withMissing(
    {
      id: holding.id,
      portfolio_id: holding.portfolioId,
      asset_id: holding.assetId,
      symbol: holding.symbol,
      data_source: holding.dataSource,
      quote_currency: holding.quoteCurrency,
      asset_type: holding.assetType,
      leverage_ratio: Number(holding.leverageRatio),
      quantity: Number(holding.quantity),
      entry_price: toNumber(holding.entryPrice),
      exit_price: toNumber(holding.exitPrice),
      trade_status: holding.tradeStatus,
      pnl_realized_usd: toNumber(holding.pnlRealizedUsd),
      allocation_target_percent: toNumber(holding.allocationTargetPercent),
      max_allocation_percent: Number(holding.maxAllocationPercent),
      investment_thesis: holding.investmentThesis,
      investment_timeframe: holding.investmentTimeframe,
      risk_category: holding.riskCategory,
      stop_loss_price: toNumber(holding.stopLossPrice),
      take_profit_price: toNumber(holding.takeProfitPrice),
      notes: holding.notes,
      sort_order: holding.sortOrder,
      created_at: holding.createdAt,
      updated_at: holding.updatedAt,
    },
    {
      quote_currency: 'the asset has none',
      entry_price: 'none was told, or nothing was bought yet',
      exit_price: 'it is not closed',
      pnl_realized_usd: 'something was sold while its entry price was not known',
    },
    'none was given',
  );
}

/**
 * Gives what one unit of a quote currency is worth in USD: 1 of what is about a dollar, else the last price of its market
 * in dollars, if it is current.
 * @param given by the caller, who knows what it was worth; undefined: as it is now
 * @throws RequestError `invalid_params` `usd_per_quote` if neither is known
 */
export function usdPerQuote(market: MarketView, quote: string | null, given: number | undefined): number {
  const known = given ?? (quote === null ? null : usdOf(market, quote));
  if (known !== null) return known;
  throw new RequestError(
    'invalid_params',
    `usd_per_quote: what ${quote ?? 'the quote currency'} is worth in USD is not known here; tell it`,
    'usd_per_quote',
  );
}
