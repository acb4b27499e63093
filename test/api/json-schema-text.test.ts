import t from 'tap';
import { z } from 'zod';
import { describe, type JsonSchema, leavesOf, typeText } from '../../src/api/json-schema-text.js';

const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
const textOf = (schema: z.ZodType): string => typeText(schemaOf(schema));

t.test('a type is told with its range, its size and what is allowed', async (at) => {
  at.equal(textOf(z.int().min(1).max(500)), 'integer 1–500');
  at.equal(textOf(z.int()), 'integer');
  at.equal(textOf(z.number().positive().max(5)), 'number ≤ 5, > 0');
  at.equal(textOf(z.number().nullable()), 'number or null');
  at.equal(textOf(z.string().min(1).max(80)), 'text of 1–80 characters');
  at.equal(textOf(z.string().max(80)), 'text, ≤ 80 characters');
  at.equal(textOf(z.enum(['a', 'b']).nullable()), '`a`, `b` or null');
  at.equal(textOf(z.array(z.string()).min(2).max(50)), 'list of 2–50 of text');
  at.equal(textOf(z.record(z.string(), z.number())), 'map of number');
  at.equal(textOf(z.object({ a: z.int() })), 'map');
  at.equal(textOf(z.union([z.int(), z.string()])), 'integer or text');
  at.equal(textOf(z.literal(true)), '`true`');
  at.equal(textOf(z.unknown()), 'anything');
});

t.test('every field of a value is told by its path, with what it means', async (at) => {
  const inner = z.object({ state: z.boolean() });
  const schema = z.object({
    items: z.array(z.object({ id: z.int().describe('its id'), more: inner.nullable() })),
    by_name: z.record(z.string(), inner),
    value: z.number().describe('ms').nullable(),
  });
  at.same(leavesOf(schemaOf(schema)), [
    { path: 'items', type: 'list of map', what: '' },
    { path: 'items[].id', type: 'integer', what: 'its id' },
    { path: 'items[].more', type: 'map or null', what: '' },
    { path: 'items[].more.state', type: 'boolean', what: '' },
    { path: 'by_name', type: 'map', what: '' },
    { path: 'by_name.*.state', type: 'boolean', what: '' },
    { path: 'value', type: 'number or null', what: 'ms' },
  ]);
  at.equal(describe(schemaOf(z.int())), '');
});

t.test('variants of a value are told once where they share fields', async (at) => {
  const schema = z.union([
    z.object({ kind: z.literal(true).describe('first'), a: z.int() }),
    z.object({ kind: z.literal(false), b: z.int() }),
  ]);
  at.same(
    leavesOf(schemaOf(schema)).map(({ path, what }) => [path, what]),
    [
      ['kind', 'first'],
      ['a', ''],
      ['b', ''],
    ],
  );
});

t.test('what is told elsewhere is named, not told again', async (at) => {
  const schema = z.object({ items: z.array(z.object({ a: z.int() })) });
  at.same(
    leavesOf(schemaOf(schema), (_, path) => (path === 'items[]' ? 'as there' : null)),
    [
      { path: 'items', type: 'list of map', what: '' },
      { path: 'items[].*', type: '', what: 'as there' },
    ],
  );
});
