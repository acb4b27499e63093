/** A JSON schema as zod writes it, as far as it is told in documents. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** One field of an answer, by its path: `items[].quality.state`. */
export interface Leaf {
  readonly path: string;
  readonly type: string;
  readonly what: string;
}

/** Says of what type a value is, with range and what is allowed, for people: ``integer 1–500``, `` `a`, `b` or null``. */
export function typeText(schema: JsonSchema): string {
  const { enum: values, anyOf, oneOf } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (values !== undefined) return values.map(code).join(', ');
  const variants = anyOf ?? oneOf;
  if (variants !== undefined) return joined(variants.map(typeText));
  if (Array.isArray(schema.type)) return joined(schema.type.map((type) => typeText({ ...schema, type })));
  switch (schema.type) {
    case 'object':
      return mapText(schema);
    case 'array':
      return `list${sizeText(schema.minItems, schema.maxItems, '')} of ${typeText(schema.items ?? {})}`;
    case 'string':
      return `text${sizeText(schema.minLength, schema.maxLength, ' characters')}`;
    case 'integer':
    case 'number':
      return `${schema.type}${rangeText(schema)}`;
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return 'anything';
  }
}

/**
 * Says of a map at a path whether its fields have been told already: where, or null, and then they are told here.
 * The path of the whole value is empty.
 */
export type ToldElsewhere = (map: JsonSchema, path: string) => string | null;

/** Gives every field of a value, those of the maps and lists in it behind each, unless they are told elsewhere. */
export function leavesOf(schema: JsonSchema, told: ToldElsewhere = () => null, path = ''): readonly Leaf[] {
  const { properties, items, additionalProperties: others } = schema;
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  if (variants.length > 0) return uniqueByPath(variants.flatMap((variant) => leavesOf(variant, told, path)));
  if (items !== undefined) return leavesOf(items, told, `${path}[]`);
  const inner = typeof others === 'object' ? leavesOf(others, told, `${path}.*`) : [];
  if (properties === undefined) return inner;
  const place = told(schema, path);
  if (place !== null) return [{ path: path === '' ? '*' : `${path}.*`, type: '', what: place }];
  const named = Object.entries(properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [{ path: at, type: typeText(field), what: describe(field) }, ...leavesOf(field, told, at)];
  });
  return [...named, ...inner];
}

/** Says what a value is; of one that may be null, what it is if not. */
export function describe(schema: JsonSchema): string {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  return schema.description ?? variants.map(describe).find((text) => text !== '') ?? '';
}

/** Variants of a value may share fields; the first says what they are. */
function uniqueByPath(leaves: readonly Leaf[]): readonly Leaf[] {
  const byPath = new Map<string, Leaf>();
  for (const leaf of leaves) if (!byPath.has(leaf.path)) byPath.set(leaf.path, leaf);
  return [...byPath.values()];
}

function mapText({ properties, additionalProperties: others }: JsonSchema): string {
  if (properties !== undefined || typeof others !== 'object') return 'map';
  const value = typeText(others);
  return value === 'anything' || value === 'map' ? 'map' : `map of ${value}`;
}

function joined(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  const isNullable = unique.includes('null');
  const rest = unique.filter((text) => text !== 'null').join(' or ');
  return isNullable ? `${rest} or null` : rest;
}

/** The bounds of IEEE's safe integers are none that a reader has to be told. */
function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const parts = [
    low !== undefined && high !== undefined ? `${low}–${high}` : '',
    low !== undefined && high === undefined ? `≥ ${low}` : '',
    low === undefined && high !== undefined ? `≤ ${high}` : '',
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? '' : `< ${exclusiveMaximum}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

function sizeText(low: number | undefined, high: number | undefined, unit: string): string {
  if (high === undefined) return low === undefined || low === 0 ? '' : `, ≥ ${low}${unit}`;
  return low === undefined || low === 0 ? `, ≤ ${high}${unit}` : ` of ${low}–${high}${unit}`;
}

function code(value: unknown): string {
  return value === null ? 'null' : `\`${String(value)}\``;
}
