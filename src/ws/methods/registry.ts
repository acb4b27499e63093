import type { z } from 'zod';
import { RequestError } from '../../errors.js';
import type { GatewayPorts } from '../ports.js';
import { validate } from '../schema.js';
import { assetsAnalysis } from './asset-analysis.js';
import { assetsGet, assetsList } from './assets.js';
import { candlesList } from './candles.js';
import { indicatorsGet } from './indicators.js';
import { layer1Dominance, layer1Indicators, layer1Sentiment } from './layer1-figures.js';
import { layer1History, layer1Metrics } from './layer1-history.js';
import { layer1MarketRegime, layer1RegimeForecast } from './layer1-regime.js';
import { layer2Compare, layer2Rotation } from './layer2-rotation.js';
import { layer2SectorAssets, layer2SectorHistory, layer2SectorPerformance } from './layer2-sector.js';
import { layer2Sector, layer2Sectors } from './layer2-sectors.js';
import { signalsGet, signalsList, signalsPerformance } from './signals.js';
import { watchlistsGet, watchlistsList } from './watchlists.js';

/** What methods read from. */
export type MethodContext = Pick<
  GatewayPorts,
  'market' | 'candles' | 'assets' | 'analysis' | 'stored' | 'readiness' | 'epoch'
>;

/** A query method: its name, what its params look like, and what it answers. */
export interface Method<S extends z.ZodObject> {
  readonly name: string;
  readonly params: S;
  /** @throws RequestError */
  handle(params: z.output<S>, context: MethodContext): Promise<unknown> | unknown;
}

type AnyMethod = Omit<Method<z.ZodObject>, 'handle'> & {
  call(params: Readonly<Record<string, unknown>>, context: MethodContext): Promise<unknown>;
};

const METHODS: readonly AnyMethod[] = [
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
 * @throws RequestError `unknown_method`, `invalid_params` with the param named, and what the method says
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
  return method.call(params, context);
}

function entry<S extends z.ZodObject>(method: Method<S>): AnyMethod {
  const known = Object.keys(method.params.shape);
  return {
    name: method.name,
    params: method.params,
    async call(params, context) {
      return method.handle(validate(method.params, params, 'invalid_params', known) as z.output<S>, context);
    },
  };
}
