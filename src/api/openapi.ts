import { z } from 'zod';
import type { ErrorCode } from '../errors.js';
import type { MethodSpec, MethodSpecs } from './method.js';
import { namesIn, type Route } from './route.js';

type Json = Record<string, unknown>;

/** Status, name and meaning of each refusal that the document tells of. */
const REFUSALS = {
  '400': ['BadRequest', 'a param is wrong: `field` names it; or the request is'],
  '401': ['Unauthenticated', 'this needs a login, or the token is not valid any more'],
  '403': ['Forbidden', 'this is for admins, or not allowed'],
  '404': ['NotFound', 'there is none such, or it is not yours'],
  '409': ['Conflict', 'what is there already forbids it'],
  '429': ['RateLimited', 'too many requests; see `retry-after`'],
  '500': ['Internal', 'the server failed'],
  '503': ['Unavailable', 'not now: nothing is known yet, or a part of the server is away; see `retry-after`'],
} as const;
type RefusalStatus = keyof typeof REFUSALS;

/** The refusal that a method may declare, by its status. */
const DECLARED: Partial<Record<ErrorCode, RefusalStatus>> = {
  not_found: '404',
  conflict: '409',
  forbidden: '403',
  unauthenticated: '401',
};

/** Gives the OpenAPI document of the addresses: OpenAPI 3.1, made of the schemas that the server itself validates by. */
export function openApiDocument(routes: readonly Route[], methods: MethodSpecs, version: string): Json {
  const used = new Map<string, number>();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const spec = methods[route.method];
    if (spec === undefined) continue;
    const place = paths[route.path] ?? {};
    paths[route.path] = place;
    place[route.http.toLowerCase()] = operation(route, spec, operationId(used, route.method));
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'CryptoPredict',
      version,
      description:
        'The query methods of the protocol over HTTP. Times are ms since the epoch. PROTOCOL.md describes live channels.',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'access_token of POST /auth/login' },
      },
      schemas: { Error: errorSchema(), ...resultSchemas(used, methods) },
      responses: Object.fromEntries(Object.values(REFUSALS).map(([name, text]) => [name, refusal(text)])),
    },
  };
}

/** Gives an id that no other operation has: the first address of a method has its name. */
function operationId(used: Map<string, number>, method: string): string {
  const count = (used.get(method) ?? 0) + 1;
  used.set(method, count);
  return count === 1 ? method : `${method}_${count}`;
}

function operation(route: Route, spec: MethodSpec, id: string): Json {
  const { parameters, body } = inputOf(route, spec);
  const statuses: RefusalStatus[] = [
    '400',
    ...(spec.role === 'guest' ? (['401'] as const) : (['401', '403'] as const)),
    ...(namesIn(route.path).length > 0 ? (['404'] as const) : []),
    ...(spec.errors ?? []).flatMap((code) => DECLARED[code] ?? []),
    '429',
    '500',
    '503',
  ];
  return {
    operationId: id,
    summary: spec.summary,
    tags: [route.method.split('.')[0] ?? route.method],
    'x-method': route.method,
    'x-role': spec.role,
    security: spec.role === 'guest' ? [{}, { bearer: [] }] : [{ bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: body }),
    responses: {
      [String(route.success ?? 200)]: {
        description: 'the answer',
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${route.method}` } } },
      },
      ...Object.fromEntries(
        [...new Set(statuses)]
          .toSorted()
          .map((status) => [status, { $ref: `#/components/responses/${REFUSALS[status][0]}` }]),
      ),
    },
  };
}

/** What a route takes: parameters of its address, and a body where it has one. */
function inputOf(route: Route, spec: MethodSpec): { parameters: readonly Json[]; body: Json | null } {
  const { rename = {}, own, entry, defaults = {}, fixed = {} } = route;
  const { properties, required } = objectSchema(spec.params);
  const given = Object.entries(rename).map(([from, to]): [string, string] => [to, from]);
  const sent = new Map(given);
  const nameOf = (param: string): string => sent.get(param) ?? param;
  const inPath = namesIn(route.path);
  const hidden = [...(entry === undefined ? [] : ['watchlist_id', 'symbol']), ...Object.keys(fixed)];
  const fields = Object.entries(properties).map(([param, schema]): [string, Json, boolean] => [
    nameOf(param),
    schema,
    required.includes(param) && !Object.hasOwn(defaults, param),
  ]);
  const known = new Map(fields.map(([name, schema]) => [name, schema]));
  const parameters: Json[] = inPath.map((name) => {
    const schema = name === own || name === entry ? { type: 'integer', minimum: 1 } : (known.get(name) ?? {});
    return parameter(name, 'path', name === own ? { ...schema, description: 'your own id' } : schema, true);
  });
  const rest = fields.filter(
    ([name], index) => !inPath.includes(name) && !hidden.includes(Object.keys(properties)[index] ?? ''),
  );
  if (route.http === 'GET' || route.http === 'DELETE') {
    const ownQuery = own !== undefined && !inPath.includes(own);
    const ownSchema = { type: 'integer', minimum: 1, description: 'your own id' };
    return {
      parameters: [
        ...parameters,
        ...(ownQuery ? [parameter(own, 'query', ownSchema, false)] : []),
        ...rest.map(([name, schema, isRequired]) => parameter(name, 'query', schema, isRequired)),
      ],
      body: null,
    };
  }
  if (rest.length === 0) return { parameters, body: null };
  const needed = rest.filter(([, , isRequired]) => isRequired).map(([name]) => name);
  const schema = {
    type: 'object',
    properties: { ...Object.fromEntries(rest), ...documented(route) },
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
  return {
    parameters,
    body: { required: needed.length > 0, content: { 'application/json': { schema } } },
  };
}

/** Gives what a body may have besides params. */
function documented({ tier, unused = [] }: Route): Readonly<Record<string, Json>> {
  const ignored = unused.map((name): [string, Json] => [name, { description: 'taken, and not used' }]);
  const target = {
    type: 'string',
    enum: ['tier1', 'tier2'],
    description: 'instead of target: a default watchlist',
  };
  return { ...Object.fromEntries(ignored), ...(tier === undefined ? {} : { [tier]: target }) };
}

function parameter(name: string, place: 'path' | 'query', schema: Json, isRequired: boolean): Json {
  const { description, ...rest } = schema;
  return {
    name,
    in: place,
    ...(isRequired ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    ...(rest.type === 'array' ? { style: 'form', explode: false } : {}),
    schema: rest,
  };
}

function resultSchemas(used: ReadonlyMap<string, number>, methods: MethodSpecs): Json {
  const names = [...used.keys()].toSorted();
  return Object.fromEntries(names.map((name) => [name, jsonSchema(methods[name]?.result ?? z.unknown())]));
}

/** What is sent is what handlers give, so of answers it is the input, too. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function objectSchema(schema: z.ZodObject): {
  properties: Readonly<Record<string, Json>>;
  required: readonly string[];
} {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return { properties, required };
}

function errorSchema(): Json {
  return {
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: {
          code: { type: 'string', description: 'for a program; PROTOCOL.md lists them' },
          message: { type: 'string', description: 'what was wrong, and what is allowed' },
          field: { type: 'string', description: 'the param that was wrong' },
        },
        required: ['code', 'message'],
      },
    },
    required: ['error'],
  };
}

function refusal(description: string): Json {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
}
