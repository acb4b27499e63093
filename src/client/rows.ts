/**
 * Folds what the wire carries as rows back into maps: `data` is one row, for `trades` a list of rows, or null.
 *
 * @param fields names in the order of the row, as the snapshot gave them
 * @throws TypeError if the data is no row of these fields
 */
export function foldRows(fields: readonly string[], data: unknown): unknown {
  if (data === null) return null;
  if (!Array.isArray(data)) throw new TypeError('rows were asked for, but the data is no list');
  const isList = data.length === 0 || Array.isArray(data[0]);
  return isList ? data.map((row: unknown) => foldRow(fields, row)) : foldRow(fields, data);
}

function foldRow(fields: readonly string[], row: unknown): Record<string, unknown> {
  if (!Array.isArray(row) || row.length !== fields.length) {
    throw new TypeError(`a row of ${fields.length} values was expected: ${fields.join(', ')}`);
  }
  const map: Record<string, unknown> = {};
  for (let i = 0; i < fields.length; i += 1) {
    const field = fields[i];
    if (field !== undefined) map[field] = row[i];
  }
  return map;
}
