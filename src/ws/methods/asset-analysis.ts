import { z } from 'zod';
import { analysesOf } from './analyses.js';
import { assetIdOf, symbolParam } from './params.js';
import type { Method } from './registry.js';

const params = z.strictObject({ symbol: symbolParam });

/** What is known of one asset: `current_analysis`, `performance_metrics`, `recommendation`, and why what is not is not. */
export const assetsAnalysis: Method<typeof params> = {
  name: 'assets.analysis',
  params,
  handle({ symbol }, context) {
    assetIdOf(context.market, symbol);
    const { simulated = context.market.isSimulated(symbol), ...found } = analysesOf(context).asset(symbol);
    return { ...found, symbol, simulated };
  },
};
