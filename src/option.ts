import type { z } from 'zod';

/** Which sub-commands an option belongs to. */
export const COMMANDS = [
  'serve',
  'migrate',
  'backfill',
  'backup',
  'restore',
  'user',
  'doctor',
  'indicators',
  'replay',
] as const;
export type Command = (typeof COMMANDS)[number];

/** What an option is called, takes and means. */
export interface OptionSpec<T> {
  /** What stands behind the flag in `--help`. */
  readonly placeholder: string;
  readonly help: string;
  /** Text as a user would give it; absent: no value unless one is given. */
  readonly default?: string;
  /** What is allowed, in words, for the refusal of a bad value. */
  readonly allowed: string;
  readonly schema: z.ZodType<T>;
  /** Environment variable; `CRYPTOPREDICT_<FLAG>` if absent. */
  readonly env?: string;
  readonly commands: readonly Command[];
  /** Present: the flag stands alone and means this value; the variable is given one. */
  readonly alone?: string;
}

/** Gives the option as it is, its type checked. */
export function option<T>(spec: OptionSpec<T>): OptionSpec<T> {
  return spec;
}
