import type { z } from 'zod';
import type { ASSETS_METHODS } from '../../api/assets.js';
import { analysesOf, fieldsIn, reasonsOf } from './analyses.js';
import type { Handlers } from './handler.js';
import { assetIdOf } from './params.js';

type Methods = Pick<typeof ASSETS_METHODS, 'assets.analysis'>;
const FIELDS = ['current_analysis', 'performance_metrics', 'recommendation'] as const;
type Found = Pick<z.input<Methods['assets.analysis']['result']>, (typeof FIELDS)[number]>;

export const assetAnalysisHandlers: Handlers<Methods> = {
  'assets.analysis': async ({ symbol }, context) => {
    assetIdOf(context.market, symbol);
    const found = await analysesOf(context).asset(symbol);
    return {
      symbol,
      ...fieldsIn<Found>(found, FIELDS),
      missing: { ...reasonsOf(found) },
      simulated: context.market.isSimulated(symbol),
    };
  },
};
