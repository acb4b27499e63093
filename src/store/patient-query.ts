import type pg from 'pg';

/** The longest that a timer can wait: 24 days. */
export const PATIENT_MS = 2 ** 31 - 1;

/**
 * A query for work whose length depends on how much there is: the pool's limit for answers, which is there to notice
 * hanging connections, does not hold for it.
 */
export function patient(
  text: string,
  values?: unknown[],
): pg.QueryConfig & { readonly query_timeout: number } {
  // The types do not know that a query may bring its own limit.
  return { text, ...(values === undefined ? {} : { values }), query_timeout: PATIENT_MS };
}
