import type { METHODS, ParamsOf, ResultOf } from '../api/methods.js';
import type { CandleData } from '../protocol.js';

type Declared = typeof METHODS;
type Candles = ResultOf<Declared['candles.list']>;
type CandlesParams = ParamsOf<Declared['candles.list']>;

/** A candle of `candles.list`; with `indicators: true` its values by column, null where they are not known. */
export type CandleItem = CandleData & {
  readonly indicators?: Readonly<Record<string, number>> | null | undefined;
};

/** What the query methods take and answer, as the server declares it. */
export type Methods = {
  readonly [M in Exclude<keyof Declared, 'candles.list'>]: {
    readonly params: ParamsOf<Declared[M]>;
    readonly result: ResultOf<Declared[M]>;
  };
} & {
  readonly 'candles.list': {
    readonly params: Omit<CandlesParams, 'exact'> & { readonly exact?: false };
    readonly result: Omit<Candles, 'items'> & { readonly items: readonly CandleItem[] };
  };
};
export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]['params'];
export type Result<M extends Method> = Methods[M]['result'];

/** `candles.list` with every digit that is stored: prices and volume are decimal text. */
export interface ExactCandles {
  readonly params: Omit<CandlesParams, 'exact'> & { readonly exact: true };
  readonly result: Candles;
}

/** The params of a method as arguments: they may be left out if none is needed. */
export type ParamsArgument<M extends Method> =
  Readonly<Record<string, never>> extends Params<M> ? [params?: Params<M>] : [params: Params<M>];
