import type { z } from 'zod';
import {
  holdingColumns,
  portfolioColumns,
  type USER_ANALYSES_METHODS,
  watchlistColumns,
} from '../../api/user-analyses.js';
import { RequestError } from '../../errors.js';
import {
  newestHoldingAnalyses,
  newestPortfolioAnalysis,
  newestWatchlistAnalysis,
} from '../../store/repositories/asset-analyses.js';
import { getPortfolio } from '../../store/repositories/portfolios.js';
import { getWatchlist } from '../../store/repositories/watchlists.js';
import { userOf } from '../caller.js';
import { usersOf } from './account-ports.js';
import { columnsOf, reasonsOf, withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { livePortfolio, liveWatchlist, NOT_LIVE } from './live-states.js';

type Methods = typeof USER_ANALYSES_METHODS;
type Columns<C extends z.ZodRawShape> = z.input<z.ZodObject<C>>;

/** Columns of type `numeric` that records have as decimal text. */
const DECIMALS: ReadonlySet<string> = new Set([
  'total_portfolio_value_usd',
  'total_pnl_usd',
  'suggested_sl_price',
  'suggested_tp_price',
  'optimal_position_size',
]);

export const userAnalysisHandlers: Handlers<Methods> = {
  'portfolios.analysis': async ({ timeframe }, context) => {
    const users = usersOf(context);
    const { id: userId } = userOf(context);
    const isWindow = timeframe === '7d' || timeframe === '30d';
    const stored = await users.as(userId, async (connection) => {
      const portfolio = await getPortfolio(connection, userId);
      if (portfolio === null) return null;
      const { dataSource } = users;
      const analysis = await newestPortfolioAnalysis(connection, portfolio.id, dataSource, timeframe);
      const holdings = isWindow
        ? []
        : await newestHoldingAnalyses(connection, portfolio.id, dataSource, timeframe);
      return { analysis, holdings };
    });
    const live = await livePortfolio(context);
    return withMissing(
      {
        live,
        analysis: stored?.analysis == null ? null : row(stored.analysis, portfolioColumns),
        holdings: (stored?.holdings ?? []).map((holding) => row(holding, holdingColumns)),
      },
      {
        live: NOT_LIVE,
        analysis: stored === null ? 'there is no portfolio yet' : notMade(timeframe),
      },
    );
  },

  'portfolios.assetAnalysis': async ({ id, timeframe }, context) => {
    const users = usersOf(context);
    const { id: userId } = userOf(context);
    const analysis = await users.as(userId, async (connection) => {
      const portfolio = await getPortfolio(connection, userId);
      if (portfolio === null || !portfolio.assets.some((holding) => holding.id === id)) {
        throw new RequestError('not_found', `there is no holding ${id} in your portfolio`, 'id');
      }
      const all = await newestHoldingAnalyses(connection, portfolio.id, users.dataSource, timeframe);
      return all.find(({ portfolioAssetId }) => portfolioAssetId === id) ?? null;
    });
    const portfolio = await livePortfolio(context);
    const live = portfolio?.holdings.find((holding) => holding.portfolio_asset_id === id) ?? null;
    return withMissing(
      { live, analysis: analysis === null ? null : row(analysis, holdingColumns) },
      {
        live: portfolio === null ? NOT_LIVE : 'it is closed, or just being taken in',
        analysis: `${notMade(timeframe)}; cash has none`,
      },
    );
  },

  'watchlists.analysis': async ({ watchlist_id: id, timeframe }, context) => {
    const users = usersOf(context);
    const { id: userId } = userOf(context);
    const analysis = await users.as(userId, async (connection) => {
      if ((await getWatchlist(connection, userId, id)) === null) {
        throw new RequestError('not_found', `there is no watchlist ${id}`, 'watchlist_id');
      }
      return newestWatchlistAnalysis(connection, id, users.dataSource, timeframe);
    });
    const live = await liveWatchlist(context, id);
    return withMissing(
      { live, analysis: analysis === null ? null : row(analysis, watchlistColumns) },
      { live: NOT_LIVE, analysis: notMade(timeframe) },
    );
  },
};

/** How often the analyses of a window are made. */
const MADE_AT = { '1h': 'hour', '4h': '4 hours', '1d': 'day', '7d': 'day', '30d': 'day' } as const;

function notMade(timeframe: keyof typeof MADE_AT): string {
  return `none of ${timeframe} is stored yet: where BTC is served, one is made at the close of each ${MADE_AT[timeframe]}`;
}

function row<C extends z.ZodRawShape>(
  record: object,
  columns: C,
): Columns<C> & { missing: Record<string, string> } {
  const found = columnsOf(record, Object.keys(columns));
  for (const column of DECIMALS) {
    if (typeof found[column] === 'string') found[column] = Number(found[column]);
  }
  return withMissing(found as Columns<C> & object, reasonsOf(found));
}
