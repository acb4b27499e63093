/** A number on its way into a `numeric` column: decimal text keeps every digit, a double the 17 that it has. */
export type Decimal = string | number;

/** Column of each field that may be changed. Both sides are constants of the program. */
export type ChangeColumns<Changes> = { readonly [Field in keyof Required<Changes>]: string };

/**
 * Gives the SET list of the fields that `changes` has, whose values it adds to the parameters of the statement. A
 * field that is left out or undefined stays as it is; null clears it. Names that `columns` has not are passed over, so
 * that no column can be set that was not meant to be.
 *
 * @throws RangeError if nothing is to be changed
 */
export function setList<Changes extends object>(
  columns: ChangeColumns<Changes>,
  changes: Changes,
  values: unknown[],
): string {
  const assignments: string[] = [];
  for (const [field, column] of Object.entries<string>(columns)) {
    const value = (changes as Readonly<Record<string, unknown>>)[field];
    if (value === undefined) continue;
    values.push(value);
    assignments.push(`${column} = $${values.length}`);
  }
  if (assignments.length === 0) {
    throw new RangeError(`nothing to change: give one of ${Object.keys(columns).join(', ')}`);
  }
  return assignments.join(', ');
}
