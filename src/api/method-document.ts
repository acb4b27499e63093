import { z } from 'zod';
import { markdownTable, withTable } from '../marked-table.js';
import { describe, type JsonSchema, leavesOf, type ToldElsewhere, typeText } from './json-schema-text.js';
import type { MethodSpec, MethodSpecs } from './method.js';
import type { Route } from './route.js';
import { API_PATH } from './routes.js';

const HEAD = `# Methods

Every query method: who may call it, what it takes and answers, and its REST addresses. Written by \`npm run docs\` from the
schemas that the server validates by (\`src/api/\`), and checked by a test. [PROTOCOL.md](../../PROTOCOL.md) says how to ask.

- Times are ms since 1970-01-01 UTC, ids integers. \`a.b\` is field \`b\` of map \`a\`, \`a[]\` each item of list \`a\`, \`a.*\` each
  value of a map whose names are not fixed.
- Params that are not listed are refused. One with a default may be left out, as one that is *optional*.
- A field *or null* is null where its value is not known; \`missing\` beside it says why, where there is one.
- Besides the refusals that a method names, all may answer \`invalid_params\`, \`unavailable\`, \`rate_limited\` and \`internal\`; those
  for users \`unauthenticated\`, those for admins \`forbidden\` too.
- *Writes*: it changes something. If its answer is lost, look before you ask again.
`;

const WHO = { guest: 'Anybody', user: 'Whoever has logged in', admin: 'Admins' } as const;

/** Gives PROTOCOL.md with the list of all methods in its place: who may call them, and with which params. */
export function withMethodTable(document: string, methods: MethodSpecs): string {
  const rows = Object.entries(methods).map(([name, { role, params }]) => {
    const { properties = {}, required = [] } = jsonSchema(params);
    const names = Object.keys(properties).map(
      (param) => `\`${param}\`${required.includes(param) ? '' : '?'}`,
    );
    return [`[\`${name}\`](docs/protocol/METHODS.md#${anchorOf(name)})`, role, names.join(', ')];
  });
  return withTable(document, 'methods', markdownTable(['method', 'role', 'params'], rows));
}

/** Gives docs/protocol/METHODS.md: all methods by name, with their REST addresses. */
export function methodsDocument(methods: MethodSpecs, routes: readonly Route[]): string {
  const all = Object.entries(methods).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const index = all.map(([name, { role, summary }]) => [`[\`${name}\`](#${anchorOf(name)})`, role, summary]);
  const places = new Map<string, string>();
  return [
    HEAD,
    markdownTable(['method', 'role', 'what it does'], index),
    '',
    ...all.map(([name, spec]) => sectionOf(name, spec, routes, places)),
  ].join('\n');
}

/** Maps with more fields than so are told of once. */
const FEW = 5;

function sectionOf(
  name: string,
  spec: MethodSpec,
  routes: readonly Route[],
  /** Where each map is told of, by its schema. */
  places: Map<string, string>,
): string {
  const { role, summary, writes, errors = [] } = spec;
  const facts = [
    `${summary}.`,
    `${WHO[role]}.`,
    ...(writes === true ? ['*Writes.*'] : []),
    ...(errors.length === 0 ? [] : [`May answer ${errors.map((error) => `\`${error}\``).join(', ')}.`]),
  ];
  const addresses = routes
    .filter(({ method }) => method === name)
    .map(({ http, path }) => `\`${http} ${API_PATH}${path}\``);
  return [
    `## ${name}`,
    '',
    facts.join(' '),
    '',
    ...(addresses.length === 0 ? [] : [`REST: ${addresses.join(' · ')}`, '']),
    ...paramsOf(spec),
    ...resultOf(spec, (map, path) => placeOf(places, name, map, path)),
  ].join('\n');
}

function paramsOf({ params }: MethodSpec): readonly string[] {
  const { properties = {}, required = [] } = jsonSchema(params);
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\``,
    typeText(schema),
    required.includes(name) ? '' : leftOut(schema.default),
    describe(schema),
  ]);
  if (rows.length === 0) return ['No params.', ''];
  return [markdownTable(['param', 'type', 'if left out', 'what'], rows), ''];
}

function leftOut(preset: unknown): string {
  return preset === undefined ? '*optional*' : `\`${JSON.stringify(preset)}\``;
}

function placeOf(places: Map<string, string>, method: string, map: JsonSchema, path: string): string | null {
  if (Object.keys(map.properties ?? {}).length <= FEW) return null;
  const key = JSON.stringify(map.properties);
  const known = places.get(key);
  if (known === undefined) {
    const whole = `[\`${method}\`](#${anchorOf(method)})`;
    places.set(key, path === '' ? `as ${whole} answers` : `as \`${path}\` of ${whole}`);
  }
  return known ?? null;
}

function anchorOf(method: string): string {
  return method.replaceAll('.', '').toLowerCase();
}

function resultOf({ result }: MethodSpec, told: ToldElsewhere): readonly string[] {
  const schema = jsonSchema(result);
  const rows = leavesOf(schema, told).map(({ path, type, what }) => [`\`${path}\``, type, what]);
  if (rows.length === 0) return [`Answers ${typeText(schema)}.`, ''];
  return [markdownTable(['field', 'type', 'what'], rows), ''];
}

/** What is sent is what handlers give, so of answers it is the input, too. */
function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
}
