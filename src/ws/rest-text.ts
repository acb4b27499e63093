import { z } from 'zod';

/** What of JSON Schema tells how a text is read. */
interface Shape {
  readonly type?: unknown;
  readonly items?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Reads the texts of an address as the params of a method: numbers, booleans, lists (repeated, or separated by commas).
 * What does not look like one stays a text, for the method's own schema to refuse.
 */
export class TextReader {
  readonly #shapes: Readonly<Record<string, Shape>>;

  constructor(params: z.ZodObject) {
    const schema = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
    this.#shapes = (schema.properties ?? {}) as Readonly<Record<string, Shape>>;
  }

  /** Gives the value of a param. @param texts one for each time that it was given */
  read(param: string, texts: readonly string[]): unknown {
    // An own property only: `constructor` is no param.
    const shape = Object.hasOwn(this.#shapes, param) ? this.#shapes[param] : undefined;
    if (shape !== undefined && typesOf(shape).has('array')) {
      const items = itemsOf(shape);
      const parts = texts.length > 1 ? texts : (texts[0] ?? '').split(',');
      return parts.map((part) => one(items, part));
    }
    return texts.length === 1 ? one(shape ?? {}, texts[0] ?? '') : texts;
  }
}

function one(shape: Shape, text: string): unknown {
  const types = typesOf(shape);
  if ((types.has('number') || types.has('integer')) && NUMBER.test(text)) return Number(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.has('null') && !types.has('string') && text === 'null') return null;
  return text;
}

function itemsOf(shape: Shape): Shape {
  if (typeof shape.items === 'object' && shape.items !== null) return shape.items;
  const list = branches(shape).find((branch) => branch.type === 'array');
  return (list?.items ?? {}) as Shape;
}

function branches(shape: Shape): readonly Shape[] {
  return [shape.anyOf, shape.oneOf].flatMap((list) => (Array.isArray(list) ? (list as Shape[]) : []));
}

/** Gives the JSON types that a value may have. */
function typesOf(shape: Shape): ReadonlySet<string> {
  const values = Array.isArray(shape.enum) ? shape.enum : shape.const === undefined ? [] : [shape.const];
  return new Set([
    ...(Array.isArray(shape.type)
      ? (shape.type as string[])
      : typeof shape.type === 'string'
        ? [shape.type]
        : []),
    ...values.map((value) => (value === null ? 'null' : typeof value)),
    ...branches(shape).flatMap((branch) => [...typesOf(branch)]),
  ]);
}
