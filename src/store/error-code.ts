/**
 * Gives the code of an error: the database's five-letter SQLSTATE (`23505`) or the system's name (`ECONNREFUSED`,
 * `ENOENT`); absent: it has none.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
