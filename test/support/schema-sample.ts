import { z } from 'zod';

/** What of JSON Schema tells of a value. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
}

/** Gives a value that a schema takes, the emptiest there is: null where it may be. */
export function sampleOf(schema: z.ZodType): unknown {
  return of(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape);
}

function of(shape: Shape): unknown {
  const branches = shape.anyOf ?? shape.oneOf;
  if (branches !== undefined) return of(branches.find(({ type }) => type === 'null') ?? branches[0] ?? {});
  if ('const' in shape) return shape.const;
  if (shape.enum !== undefined) return shape.enum[0];
  switch (shape.type) {
    case 'number':
    case 'integer':
      return Math.max(0, shape.minimum ?? 0);
    case 'string':
      return 'x';
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.properties ?? {}).map(([key, inner]) => [key, of(inner)]),
      );
    default:
      return null;
  }
}
