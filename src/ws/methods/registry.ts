import type { MethodSpec } from '../../api/method.js';
import { METHODS } from '../../api/methods.js';
import { isDatabaseAway } from '../../database-away.js';
import { RequestError } from '../../errors.js';
import { userOf } from '../caller.js';
import { refuseOddText } from '../odd-text.js';
import { validate } from '../schema.js';
import { adminHandlers } from './admin.js';
import { alertHandlers } from './alerts.js';
import { assetAnalysisHandlers } from './asset-analysis.js';
import { assetHandlers } from './assets.js';
import { authHandlers } from './auth.js';
import { candleHandlers } from './candles.js';
import { feedbackHandlers } from './feedback.js';
import type { Handler, Handlers, MethodContext } from './handler.js';
import { indicatorHandlers } from './indicators.js';
import { layer1FigureHandlers } from './layer1-figures.js';
import { layer1HistoryHandlers } from './layer1-history.js';
import { layer1RegimeHandlers } from './layer1-regime.js';
import { layer2RotationHandlers } from './layer2-rotation.js';
import { layer2SectorHandlers } from './layer2-sector.js';
import { layer2SectorsHandlers } from './layer2-sectors.js';
import { modelHandlers } from './models.js';
import { notificationHandlers } from './notifications.js';
import { portfolioHandlers } from './portfolios.js';
import { predictionHandlers } from './predictions.js';
import { recommendationHandlers } from './recommendations.js';
import { riskHandlers } from './risk.js';
import { signalActionHandlers } from './signal-actions.js';
import { signalHandlers } from './signals.js';
import { tradeHandlers } from './trades.js';
import { uiHandlers } from './ui.js';
import { userAnalysisHandlers } from './user-analyses.js';
import { userHandlers } from './users.js';
import { watchlistEditHandlers } from './watchlist-edits.js';
import { watchlistHandlers } from './watchlists.js';

export type { MethodContext };

/** Every method of `src/api/` and who answers it. */
const HANDLERS: Handlers<typeof METHODS> = {
  ...assetHandlers,
  ...assetAnalysisHandlers,
  ...candleHandlers,
  ...indicatorHandlers,
  ...layer1RegimeHandlers,
  ...layer1FigureHandlers,
  ...layer1HistoryHandlers,
  ...layer2SectorsHandlers,
  ...layer2SectorHandlers,
  ...layer2RotationHandlers,
  ...watchlistHandlers,
  ...watchlistEditHandlers,
  ...recommendationHandlers,
  ...portfolioHandlers,
  ...tradeHandlers,
  ...riskHandlers,
  ...signalHandlers,
  ...signalActionHandlers,
  ...alertHandlers,
  ...predictionHandlers,
  ...modelHandlers,
  ...authHandlers,
  ...userHandlers,
  ...notificationHandlers,
  ...feedbackHandlers,
  ...userAnalysisHandlers,
  ...uiHandlers,
  ...adminHandlers,
};

interface BoundMethod {
  readonly spec: MethodSpec;
  /** Names of its params. */
  readonly known: readonly string[];
  readonly handle: Handler<MethodSpec>;
}

/** A map and not an object: names that every object has are no methods. */
const BOUND: ReadonlyMap<string, BoundMethod> = new Map(
  Object.entries<MethodSpec>(METHODS).map(([name, spec]) => {
    // That each method has its own handler the type of HANDLERS says; here it is any of them.
    const handle = (HANDLERS as Readonly<Record<string, unknown>>)[name] as Handler<MethodSpec>;
    return [name, { spec, known: Object.keys(spec.params.shape), handle }];
  }),
);

/** Names of all methods. */
export const METHOD_NAMES: readonly string[] = [...BOUND.keys()];

/** Gives the names of a method's params; empty if there is no such method. */
export function paramNames(method: string): readonly string[] {
  return BOUND.get(method)?.known ?? [];
}

/**
 * Answers a query.
 * @throws RequestError `unknown_method`, `unauthenticated`, `forbidden`, `invalid_params` with the param named, `unavailable`
 * while the database is away, and what the method says
 */
export async function callMethod(
  context: MethodContext,
  name: string,
  params: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const method = BOUND.get(name);
  if (method === undefined) {
    const shown = name.slice(0, 40);
    throw new RequestError(
      'unknown_method',
      `"${shown}" is not a method; allowed: ${METHOD_NAMES.join(', ')}`,
      'method',
    );
  }
  const { spec, known, handle } = method;
  if (spec.role !== 'guest') {
    const { role } = userOf(context);
    if (spec.role === 'admin' && role !== 'admin') {
      throw new RequestError('forbidden', `${name} is for admins`);
    }
  }
  refuseOddText(params);
  const checked = validate(spec.params, params, 'invalid_params', known);
  try {
    return await handle(checked, context);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new RequestError('unavailable', 'the database is away: try again in some seconds');
  }
}
