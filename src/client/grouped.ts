import type { Method, Methods, ParamsArgument, Result } from './methods.js';

type AreaOf<M extends Method> = M extends `${infer Area}.${string}` ? Area : never;
type NameOf<M extends Method, Area extends string> = M extends `${Area}.${infer Name}` ? Name : never;

/** Every method as a function of its area: `alerts.create(params)`. */
export type Grouped = {
  readonly [Area in AreaOf<Method>]: {
    readonly [Name in NameOf<Method, Area>]: `${Area}.${Name}` extends infer M extends Method
      ? (...params: ParamsArgument<M>) => Promise<Result<M>>
      : never;
  };
};

/** What methods are asked of. */
interface Asked {
  query<M extends keyof Methods>(method: M, ...params: ParamsArgument<M>): Promise<Result<M>>;
}

/** Gives the methods of a client as functions by area: `grouped(client).alerts.create({…})` is `query('alerts.create', {…})`. */
export function grouped(client: Asked): Grouped {
  const ask = client.query.bind(client) as (method: string, params?: object) => Promise<unknown>;
  const byName = (of: (name: string) => unknown): object =>
    new Proxy({}, { get: (_, name) => (typeof name === 'string' ? of(name) : undefined) });
  return byName((area) => byName((name) => (params?: object) => ask(`${area}.${name}`, params))) as Grouped;
}
