import type { MethodSpec } from '../../src/api/method.js';
import { METHODS } from '../../src/api/methods.js';

/**
 * Holds a method's answer against what its declaration says: every key is declared, and every value of its type.
 * @param answer as it comes out of JSON
 * @throws Error with the places that are wrong
 */
export function holdToSchema(method: string, answer: unknown): void {
  const spec: MethodSpec | undefined = (METHODS as Readonly<Record<string, MethodSpec>>)[method];
  if (spec === undefined) throw new Error(`${method} is not declared`);
  const { success, data, error } = spec.result.safeParse(answer);
  const wrong = success
    ? undeclared(answer, data)
    : error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (wrong.length > 0) throw new Error(`${method} answers what it does not declare: ${wrong.join('; ')}`);
}

/** Gives the paths of what a schema has left out, or changed. */
function undeclared(answer: unknown, parsed: unknown, path = ''): readonly string[] {
  if (typeof answer !== 'object' || answer === null) {
    return Object.is(answer, parsed) ? [] : [`${path}: another value`];
  }
  const kept = parsed as Readonly<Record<string, unknown>>;
  return Object.entries(answer).flatMap(([key, value]) =>
    Object.hasOwn(kept, key)
      ? undeclared(value, kept[key], `${path}.${key}`)
      : [`${path}.${key}: not declared`],
  );
}
