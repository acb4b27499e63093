import type { z } from 'zod';
import type { dashboardState, portfolioState, watchlistState } from '../../api/user-view-shapes.js';
import { DASHBOARD_FIELDS, PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from '../../user-view-fields.js';
import { userOf } from '../caller.js';
import type { UserView } from '../ports.js';
import type { MethodContext } from './handler.js';

type Portfolio = z.input<typeof portfolioState>;
type Watchlist = z.input<typeof watchlistState>;
type Dashboard = z.input<z.ZodObject<typeof dashboardState>>;

/** Why there is no live state. */
export const NOT_LIVE = 'nothing is computed for users on this server';

/** The caller's portfolio as it stands; null: nothing is computed for users here. */
export function livePortfolio(context: MethodContext): Promise<Portfolio | null> {
  return live<Portfolio>(context, { kind: 'portfolio' }, PORTFOLIO_FIELDS);
}

/** A list as it stands, which the caller may see; null: as above. */
export function liveWatchlist(context: MethodContext, id: number): Promise<Watchlist | null> {
  return live<Watchlist>(context, { kind: 'watchlist', id }, WATCHLIST_FIELDS);
}

/** The caller's dashboard as it stands; null: as above. */
export function liveDashboard(context: MethodContext): Promise<Dashboard | null> {
  return live<Dashboard>(context, { kind: 'dashboard' }, DASHBOARD_FIELDS);
}

async function live<T>(
  context: MethodContext,
  view: UserView,
  fields: readonly (keyof T & string)[],
): Promise<T | null> {
  const { id } = userOf(context);
  const state = await context.userViews?.state(view, id);
  const row = state?.row ?? null;
  // The fields are those of the row, in its order.
  return row === null ? null : (Object.fromEntries(fields.map((field, i) => [field, row[i]])) as T);
}
