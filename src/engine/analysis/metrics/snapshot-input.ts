import type { Frame } from '../frame.js';
import type { Gaps } from '../gaps.js';
import type { AnalysisAsset } from '../market.js';
import type { DayExtremes } from './day-extremes.js';
import type { FiguresRead } from './figures-read.js';
import type { LiquidationBook } from './liquidation-book.js';
import type { MarketHistory } from './market-history.js';
import type { MetricsSnapshot } from './snapshot.js';

/** What a snapshot is made of. */
export interface SnapshotInput {
  readonly frame: Frame;
  readonly timeframe: MetricsSnapshot['timeframe'];
  /** Number of Bitcoin's market, whose candle is the frame's. */
  readonly bitcoin: number;
  /** Number of Ether's; undefined: none is served. */
  readonly ether: number | undefined;
  readonly members: readonly AnalysisAsset[];
  readonly extremes: DayExtremes;
  readonly liquidations: LiquidationBook;
  readonly history: MarketHistory;
  readonly figures: FiguresRead;
  readonly gaps: Gaps;
}
