/**
 * What saved state must look like when it is read back: plain data of known form, made of these.
 *
 * - `number`: any double, NaN and the infinities included
 * - `doubles`: a `Float64Array` of this length
 * - `list`: an array, of this `length` if one is given
 * - `fields`: an object with these members and no others
 */
export type Shape =
  | 'number'
  | 'text'
  | 'flag'
  | { readonly doubles: number }
  | { readonly oneOf: readonly string[] }
  | { readonly nullable: Shape }
  | { readonly list: Shape; readonly length?: number }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** The type of what has a shape: where it is what `save` gives, a field left out of either does not compile. */
export type Shaped<S> = S extends 'number'
  ? number
  : S extends 'text'
    ? string
    : S extends 'flag'
      ? boolean
      : S extends { readonly doubles: number }
        ? Float64Array
        : S extends { readonly oneOf: readonly (infer T)[] }
          ? T
          : S extends { readonly nullable: infer N }
            ? Shaped<N> | null
            : S extends { readonly list: infer E }
              ? readonly Shaped<E>[]
              : S extends { readonly fields: infer F }
                ? { readonly [K in keyof F]: Shaped<F[K]> }
                : never;

/** Says what is wrong with a value, by its path; null if it has the shape. */
export function shapeFault(value: unknown, shape: Shape, path = 'checkpoint'): string | null {
  if (shape === 'number') return typeof value === 'number' ? null : `${path} is no number`;
  if (shape === 'text') return typeof value === 'string' ? null : `${path} is no text`;
  if (shape === 'flag') return typeof value === 'boolean' ? null : `${path} is neither true nor false`;
  if ('nullable' in shape) return value === null ? null : shapeFault(value, shape.nullable, path);
  if ('doubles' in shape) {
    if (!(value instanceof Float64Array)) return `${path} is no array of doubles`;
    return value.length === shape.doubles
      ? null
      : `${path} has ${value.length} numbers, not ${shape.doubles}`;
  }
  if ('oneOf' in shape) {
    const isKnown = typeof value === 'string' && shape.oneOf.includes(value);
    return isKnown ? null : `${path} is none of ${shape.oneOf.join(', ')}`;
  }
  return 'list' in shape ? listFault(value, shape, path) : fieldsFault(value, shape.fields, path);
}

function listFault(
  value: unknown,
  { list, length }: { readonly list: Shape; readonly length?: number },
  path: string,
): string | null {
  if (!Array.isArray(value)) return `${path} is no list`;
  if (length !== undefined && value.length !== length) {
    return `${path} has ${value.length} entries, not ${length}`;
  }
  for (const [index, entry] of value.entries()) {
    const fault = shapeFault(entry, list, `${path}[${index}]`);
    if (fault !== null) return fault;
  }
  return null;
}

function fieldsFault(value: unknown, fields: Readonly<Record<string, Shape>>, path: string): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} is no object`;
  const members = new Map(Object.entries(value));
  for (const [name, shape] of Object.entries(fields)) {
    if (!members.has(name)) return `${path}.${name} is missing`;
    const fault = shapeFault(members.get(name), shape, `${path}.${name}`);
    if (fault !== null) return fault;
    members.delete(name);
  }
  const [stranger] = members.keys();
  return stranger === undefined ? null : `${path}.${stranger} is not known`;
}
