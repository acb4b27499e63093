import type { z } from 'zod';
import { RequestError } from '../../errors.js';
import type { GatewayPorts } from '../ports.js';
import { validate } from '../schema.js';
import { assetsGet, assetsList } from './assets.js';
import { candlesList } from './candles.js';
import { indicatorsGet } from './indicators.js';

/** What methods read from. */
export type MethodContext = Pick<GatewayPorts, 'market' | 'candles' | 'assets' | 'epoch'>;

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
