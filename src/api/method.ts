import type { z } from 'zod';
import type { ErrorCode } from '../errors.js';

/** Who may call a method. `guest`: anybody; `user`: whoever has logged in; `admin`: admins only. */
export const ROLES = ['guest', 'user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a query method takes and answers. Validation, the client's types, the REST addresses, OpenAPI and the tables of
 * PROTOCOL.md are all made of it.
 */
export interface MethodSpec<P extends z.ZodObject = z.ZodObject, R extends z.ZodType = z.ZodType> {
  readonly role: Role;
  /** One sentence without a full stop, for the documents. */
  readonly summary: string;
  /** A strict object; every param has a `description` unless its name says all. */
  readonly params: P;
  /** What is answered. Tests hold every answer against it; a running server does not. */
  readonly result: R;
  /** True: it changes something, so it is not repeated by itself. */
  readonly writes?: true;
  /** Refusals of its own besides `invalid_params`, `unauthenticated`, `forbidden`, `rate_limited`, `unavailable`, `internal`. */
  readonly errors?: readonly ErrorCode[];
}

/** Methods by name. */
export type MethodSpecs = Readonly<Record<string, MethodSpec>>;

/** Declares a method; gives it as it is, with its types. */
export function method<P extends z.ZodObject, R extends z.ZodType>(spec: MethodSpec<P, R>): MethodSpec<P, R> {
  return spec;
}
