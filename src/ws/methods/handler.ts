import type { z } from 'zod';
import type { MethodSpec, MethodSpecs } from '../../api/method.js';
import type { Caller } from '../caller.js';
import type { GatewayPorts } from '../ports.js';

/** What methods read from and act through, and who asks. */
export interface MethodContext extends Omit<GatewayPorts, 'metricsText'> {
  readonly caller: Caller;
}

/** Answers a method whose params are valid and whose caller may call it. @throws RequestError */
export type Handler<S extends MethodSpec> = (
  params: z.output<S['params']>,
  context: MethodContext,
) => z.input<S['result']> | Promise<z.input<S['result']>>;

/** A handler for each method of an area. */
export type Handlers<M extends MethodSpecs> = { readonly [K in keyof M]: Handler<M[K]> };
