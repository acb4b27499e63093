import type { FrameResult } from '../engine/analysis/look.js';
import type { AnalysisBundle } from '../store/repositories/analysis-bundles.js';
import { timeframeIndex } from '../timeframe.js';

const MONTH = timeframeIndex('1M');

/** Rule-based models of the engine, by their rows in `ai_models`. */
export interface ModelIds {
  readonly macro_regime: number;
  readonly sector_rotation: number;
  readonly asset_selection: number;
  readonly signal_timing: number;
}

/**
 * Gives what a look at the market found as rows to be written.
 *
 * @param dataSource whose prices they are made of
 * @param isSimulated figures of sectors are kept of real prices only: their table knows no data source
 */
export function analysisBundle(
  result: FrameResult,
  models: ModelIds,
  dataSource: string,
  isSimulated: boolean,
): AnalysisBundle {
  const { moment, metrics, regime, sectors, watchlists, portfolios } = result;
  const periods = sectors?.frames ?? [];
  return {
    metrics: metrics === null ? null : { ...metrics, dataSource },
    // A month ends with a day, which was looked at before.
    borrowed: moment.timeframe === MONTH ? { dataSource, timeframe: '1d', snapshotTime: moment.time } : null,
    regime: regime === null ? null : { ...regime, aiModelId: models.macro_regime },
    sectors: periods.flatMap((period) =>
      period.sectors.map((row) => ({ ...row, aiModelId: models.sector_rotation })),
    ),
    crosses: periods.map(({ cross, flows }) => ({
      cross: { ...cross, aiModelId: models.sector_rotation },
      flows,
    })),
    sectorCandles: (sectors?.history ?? []).map((row) => ({ ...row, dataSource })),
    sectorFigures: isSimulated ? [] : (sectors?.figures ?? []),
    watchlists: watchlists.map((row) => ({ ...row, aiModelId: models.asset_selection })),
    portfolios: portfolios.map(({ analysis }) => ({ ...analysis, aiModelId: models.asset_selection })),
    holdings: portfolios.flatMap(({ assets }) =>
      assets.map((row) => ({ ...row, aiModelId: models.asset_selection })),
    ),
  };
}
