import type { z } from 'zod';
import type { MethodSpec, Role } from '../../api/method.js';
import { METHODS as SPECS } from '../../api/methods.js';
import { RequestError } from '../../errors.js';
import { userOf } from '../caller.js';
import { validate } from '../schema.js';
import { adminHandlers } from './admin.js';
import { alertHandlers } from './alerts.js';
import { assetsAnalysis } from './asset-analysis.js';
import { assetsGet, assetsList } from './assets.js';
import { authHandlers } from './auth.js';
import { candlesList } from './candles.js';
import { feedbackHandlers } from './feedback.js';
import type { Handler, Handlers, MethodContext } from './handler.js';
import { indicatorsGet } from './indicators.js';
import { layer1Dominance, layer1Indicators, layer1Sentiment } from './layer1-figures.js';
import { layer1History, layer1Metrics } from './layer1-history.js';
import { layer1MarketRegime, layer1RegimeForecast } from './layer1-regime.js';
import { layer2Compare, layer2Rotation } from './layer2-rotation.js';
import { layer2SectorAssets, layer2SectorHistory, layer2SectorPerformance } from './layer2-sector.js';
import { layer2Sector, layer2Sectors } from './layer2-sectors.js';
import { modelHandlers } from './models.js';
import { notificationHandlers } from './notifications.js';
import { portfolioHandlers } from './portfolios.js';
import { predictionHandlers } from './predictions.js';
import { recommendationHandlers } from './recommendations.js';
import { signalsGet, signalsList, signalsPerformance } from './signals.js';
import { tradeHandlers } from './trades.js';
import { uiHandlers } from './ui.js';
import { userHandlers } from './users.js';
import { watchlistsGet, watchlistsList } from './watchlists.js';

export type { MethodContext };

/** A query method: its name, what its params look like, and what it answers. */
export interface Method<S extends z.ZodObject> {
  readonly name: string;
  readonly params: S;
  /** @throws RequestError */
  handle(params: z.output<S>, context: MethodContext): Promise<unknown> | unknown;
}

interface AnyMethod {
  readonly name: string;
  readonly role: Role;
  readonly params: z.ZodObject;
  call(params: Readonly<Record<string, unknown>>, context: MethodContext): Promise<unknown>;
}

/** Every method of `src/api/` and who answers it. */
const HANDLERS: Handlers<typeof SPECS> = {
  ...recommendationHandlers,
  ...portfolioHandlers,
  ...tradeHandlers,
  ...alertHandlers,
  ...predictionHandlers,
  ...modelHandlers,
  ...authHandlers,
  ...userHandlers,
  ...notificationHandlers,
  ...feedbackHandlers,
  ...uiHandlers,
  ...adminHandlers,
};

const METHODS: readonly AnyMethod[] = [
  ...Object.entries<MethodSpec>(SPECS).map(([name, spec]) => bound(name, spec, HANDLERS)),
  entry(assetsList),
  entry(assetsGet),
  entry(candlesList),
  entry(indicatorsGet),
  entry(assetsAnalysis),
  entry(layer1MarketRegime),
  entry(layer1Sentiment),
  entry(layer1Dominance),
  entry(layer1Indicators),
  entry(layer1Metrics),
  entry(layer1History),
  entry(layer1RegimeForecast),
  entry(layer2Sectors),
  entry(layer2Sector),
  entry(layer2SectorPerformance),
  entry(layer2SectorAssets),
  entry(layer2SectorHistory),
  entry(layer2Rotation),
  entry(layer2Compare),
  entry(watchlistsList),
  entry(watchlistsGet),
  entry(signalsList),
  entry(signalsGet),
  entry(signalsPerformance),
];

/** Names of all methods. */
export const METHOD_NAMES: readonly string[] = METHODS.map((method) => method.name);

/** Gives the names of a method's params; empty if there is no such method. */
export function paramNames(method: string): readonly string[] {
  return Object.keys(METHODS.find(({ name }) => name === method)?.params.shape ?? {});
}

/**
 * Answers a query.
 * @throws RequestError `unknown_method`, `unauthenticated`, `forbidden`, `invalid_params` with the param named, and what the
 * method says
 */
export async function callMethod(
  context: MethodContext,
  name: string,
  params: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) {
    const shown = name.slice(0, 40);
    throw new RequestError(
      'unknown_method',
      `"${shown}" is not a method; allowed: ${METHOD_NAMES.join(', ')}`,
      'method',
    );
  }
  if (method.role !== 'guest') {
    const { role } = userOf(context);
    if (method.role === 'admin' && role !== 'admin') {
      throw new RequestError('forbidden', `${name} is for admins`);
    }
  }
  return method.call(params, context);
}

/** Ties a declared method to who answers it. */
function bound(name: string, spec: MethodSpec, handlers: Readonly<Record<string, unknown>>): AnyMethod {
  const known = Object.keys(spec.params.shape);
  // That each method has its own handler the type of HANDLERS says; here it is any of them.
  const handle = handlers[name] as Handler<MethodSpec>;
  return {
    name,
    role: spec.role,
    params: spec.params,
    async call(params, context) {
      return handle(validate(spec.params, params, 'invalid_params', known), context);
    },
  };
}

function entry<S extends z.ZodObject>(method: Method<S>): AnyMethod {
  const known = Object.keys(method.params.shape);
  return {
    name: method.name,
    role: 'guest',
    params: method.params,
    async call(params, context) {
      return method.handle(validate(method.params, params, 'invalid_params', known) as z.output<S>, context);
    },
  };
}
