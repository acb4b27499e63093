import type {
  LiveAsset,
  LivePortfolio,
  LivePortfolioAsset,
  LiveRiskSettings,
  LiveSetting,
  LiveWatchlist,
  LiveWatchlistAsset,
} from '../store/live-records.js';
import { LiveTable } from './live-table.js';

/**
 * What users and administrators have set, as it stands in the database: in memory, for whoever computes with each tick.
 * `LiveChanges` keeps it within a second of the database; nobody else writes it, and nobody has to ask again.
 */
export class LiveTables {
  /** All assets, of every data source, whether served or not. */
  readonly assets = new LiveTable<number, LiveAsset>(({ id }) => id);
  /** `of`: by user; default lists have none. */
  readonly watchlists = new LiveTable<number, LiveWatchlist>(
    ({ id }) => id,
    ({ userId }) => userId,
  );
  /** `of`: by watchlist. */
  readonly watchlistAssets = new LiveTable<number, LiveWatchlistAsset>(
    ({ id }) => id,
    ({ watchlistId }) => watchlistId,
  );
  /** `of`: by user. */
  readonly portfolios = new LiveTable<number, LivePortfolio>(
    ({ id }) => id,
    ({ userId }) => userId,
  );
  /** `of`: by portfolio. */
  readonly portfolioAssets = new LiveTable<number, LivePortfolioAsset>(
    ({ id }) => id,
    ({ portfolioId }) => portfolioId,
  );
  /** `of`: by user. */
  readonly riskSettings = new LiveTable<number, LiveRiskSettings>(
    ({ id }) => id,
    ({ userId }) => userId,
  );
  /** What administrators have set, by key. */
  readonly settings = new LiveTable<string, LiveSetting>(({ key }) => key);
}
