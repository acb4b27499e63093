import t, { type Test } from 'tap';
import type { z } from 'zod';
import type { MethodSpecs, Role } from '../../src/api/method.js';
import { METHODS } from '../../src/api/methods.js';
import { namesIn, type Route } from '../../src/api/route.js';
import { ROUTES } from '../../src/api/routes.js';
import { TextReader } from '../../src/ws/rest-text.js';
import { holdToSchema } from '../support/answer.js';
import type { Answer } from '../support/method-site.js';
import { SocketClient } from '../support/socket-client.js';
import {
  callRest,
  callSocket,
  type Outcome,
  restCall,
  wrongTexts,
  wrongValues,
} from '../support/walk-call.js';
import { documentedMethods } from '../support/walk-document.js';
import { EXAMPLES, type Example, REFUSED } from '../support/walk-examples.js';
import { emptyViews, fillViews, fineStatus } from '../support/walk-market.js';
import { openWalkSite } from '../support/walk-site.js';

const SPECS: MethodSpecs = METHODS;
const NAMES = Object.keys(SPECS);
const WHO = ['guest', 'user', 'admin'] as const satisfies readonly Role[];

const site = await openWalkSite(t, { status: fineStatus, userViews: emptyViews });
fillViews(site);

/** Says what a role is answered by a method: `ok`, or a code. */
function expected(method: string, who: Role): string {
  const role = SPECS[method]?.role;
  if (role !== 'guest' && who === 'guest') return 'unauthenticated';
  if (role === 'admin' && who === 'user') return 'forbidden';
  return REFUSED[method] ?? 'ok';
}

const STATUS: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  conflict: 409,
  invalid_params: 400,
};

function tokenOf(who: Role): string | null {
  return who === 'guest' ? null : site.people[who].token;
}

async function connect(
  token: string | null,
  encoding: 'msgpack' | 'json' = 'msgpack',
): Promise<SocketClient> {
  const client = await SocketClient.connect(site.port, { encoding });
  t.teardown(() => client.ws.terminate());
  if (token !== null) await client.request({ op: 'auth', token });
  return client;
}

/** Makes what a call needs; a role that is refused needs nothing. */
async function exampleOf(method: string, who: Role): Promise<Example> {
  const prepare = EXAMPLES[method];
  const isAnswered = ['ok', REFUSED[method]].includes(expected(method, who));
  if (prepare === undefined || !isAnswered) return { params: {} };
  try {
    return await prepare(site, who);
  } catch (error) {
    t.fail(`what ${method} for ${who} needs is not to be had: ${(error as Error).message}`);
    return { params: {} };
  }
}

/** Says what is wrong with an outcome; null: nothing. */
function fault(method: string, who: Role, { code, field, message, result }: Outcome): string | null {
  const right = expected(method, who);
  if (code !== right) return `${who} gets ${code} (${field ?? '-'}: ${message ?? ''}), not ${right}`;
  if (code !== 'ok') return null;
  try {
    holdToSchema(method, JSON.parse(JSON.stringify(result)));
    return null;
  } catch (error) {
    return `${who}: ${(error as Error).message}`;
  }
}

const documented = documentedMethods() ?? [];
const skip = documented.length === 0 && 'METHODS.md is not here';

t.test('METHODS.md: every method is there, with its role and its params', { skip }, async (t) => {
  t.ok(documented.length > 80);
  const missing = documented.map(({ name }) => name).filter((name) => SPECS[name] === undefined);
  t.same(missing, []);
  for (const { name, roles, params, isOwn } of documented) {
    const spec = SPECS[name];
    if (spec === undefined) continue;
    t.ok(roles.includes(spec.role), `${name} is for ${roles.join(' or ')}`);
    const rows = documented.filter((other) => other.params === params || (!isOwn && !other.isOwn));
    for (const param of params) {
      const takers = isOwn ? [name] : rows.map((other) => other.name);
      const shapes = takers.flatMap((taker) => SPECS[taker]?.params.shape[param.name] ?? []);
      t.ok(shapes.length > 0, `${takers.length > 3 ? name : takers.join(', ')} takes ${param.name}`);
      if (isOwn && param.isOptional)
        t.ok(shapes[0]?.safeParse(undefined).success, `${name}: ${param.name} may be left out`);
    }
  }
});

t.test('every method has an example', async (t) => {
  t.same(
    NAMES.filter((name) => EXAMPLES[name] === undefined),
    [],
  );
  t.same(
    Object.keys(EXAMPLES).filter((name) => SPECS[name] === undefined),
    [],
  );
});

/** Gathers what is wrong: an assertion for each of thousands of calls would take longer than the calls. */
class Account {
  readonly #faults: string[] = [];
  #calls = 0;

  add(what: string, isRight: boolean, detail = ''): void {
    this.#calls += 1;
    if (!isRight) this.#faults.push(`${what}: ${detail}`);
  }

  /** Looks whether a refusal names a param. */
  refused(what: string, { code, field = '', message = '' }: Outcome, param: string): void {
    const isRight = code === 'invalid_params' && field.split('.')[0] === param;
    this.add(what, isRight, `${code} of ${field}: ${message}`);
  }

  close(t: Test, atLeast: number): void {
    t.same(this.#faults, []);
    t.ok(this.#calls >= atLeast, `${this.#calls} calls`);
  }
}

t.test('over a WebSocket, each method answers each role', async (t) => {
  const account = new Account();
  for (const who of WHO) {
    const client = await connect(tokenOf(who));
    for (const method of NAMES) {
      const { params, token, after } = await exampleOf(method, who);
      const at = token === undefined ? client : await connect(token);
      const wrong = fault(method, who, await callSocket(at, method, params));
      await after?.();
      account.add(`${method} for ${who}`, wrong === null, wrong ?? '');
    }
  }
  account.close(t, 250);
});

t.test('over a WebSocket, each param of each method is refused by name', async (t) => {
  const account = new Account();
  const client = await connect(site.people.admin.token);
  for (const method of NAMES) {
    const { params, after } = await exampleOf(method, 'admin');
    await after?.();
    for (const [param, schema] of Object.entries(SPECS[method]?.params.shape ?? {})) {
      const wrong = wrongValues(method, param);
      account.add(`${method} ${param}`, wrong.length > 0, 'no value of it is wrong');
      for (const value of wrong) {
        const outcome = await callSocket(client, method, { ...params, [param]: value });
        account.refused(`${method} ${param} ${JSON.stringify(value).slice(0, 40)}`, outcome, param);
      }
      if ((schema as z.ZodType).safeParse(undefined).success) continue;
      const { [param]: _, ...others } = params;
      account.refused(`${method} without ${param}`, await callSocket(client, method, others), param);
    }
    const unknown = await callSocket(client, method, { ...params, no_such: 1 });
    account.refused(`${method} with an unknown param`, unknown, 'no_such');
  }
  account.close(t, 1_000);
});

t.test('each REST address answers each role', async (t) => {
  const account = new Account();
  for (const route of ROUTES) {
    const { method } = route;
    for (const who of WHO) {
      const at = `${route.http} ${route.path} for ${who}`;
      const { params, token = tokenOf(who), after } = await exampleOf(method, who);
      const call = await restCall(site, route, params, who === 'guest' ? 1 : site.people[who].id);
      const outcome = await callRest(site, route, call, token);
      await after?.();
      const wrong = fault(method, who, outcome);
      account.add(at, wrong === null, wrong ?? '');
      const right = STATUS[expected(method, who)] ?? route.success ?? 200;
      account.add(at, outcome.status === right, `${outcome.status} and not ${right}`);
    }
  }
  account.close(t, 800);
});

t.test('at each REST address each param is refused by the name that the address has for it', async (t) => {
  const account = new Account();
  const { admin, user } = site.people;
  for (const route of ROUTES) {
    const spec = SPECS[route.method];
    if (spec === undefined) continue;
    const at = `${route.http} ${route.path}`;
    const reader = new TextReader(spec.params);
    const { params, after } = await exampleOf(route.method, 'admin');
    await after?.();
    const send = async (given: Answer, texts = {}, ownId = admin.id): Promise<Outcome> =>
      callRest(site, route, await restCall(site, route, { ...params, ...given }, ownId, texts), admin.token);
    for (const param of Object.keys(spec.params.shape)) {
      if (route.entry !== undefined && (param === 'symbol' || param === 'watchlist_id')) continue;
      const name = sentName(route, param);
      const isText = route.http === 'GET' || route.http === 'DELETE' || namesIn(route.path).includes(name);
      for (const { given, texts } of wrongOf(route, param, isText, reader)) {
        const what = `${at} ${name} ${JSON.stringify({ ...given, ...texts }).slice(0, 60)}`;
        account.refused(what, await send(given, texts), name);
      }
    }
    account.refused(`${at} with an unknown param`, await send({ no_such: 1 }), 'no_such');
    if (route.own === undefined) continue;
    const { status, field } = await send({}, {}, user.id);
    account.add(`${at} of another`, status === 404 && field === route.own, `${status} of ${field}`);
  }
  account.close(t, 500);
});

const TEXTS = ['\u0000', '\ud800', "';--", '%_\\', '\u202e\uffff'];
const NUMBERS = [5e-324, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 2 ** 31 - 1, -0];
const ODD = [...TEXTS, ...NUMBERS, { '\u0000': 1 }, { a: '\udfff' }];

// The last one: what it does is done.
t.test('no value that a schema takes, odd as it may be, makes a method fail', async (t) => {
  const account = new Account();
  const client = await connect(site.people.admin.token, 'json');
  for (const method of NAMES) {
    const { params, after } = await exampleOf(method, 'admin');
    await after?.();
    for (const [param, schema] of Object.entries(SPECS[method]?.params.shape ?? {})) {
      for (const odd of ODD) {
        if (!(schema as z.ZodType).safeParse(odd).success) continue;
        const { code, message = '' } = await callSocket(client, method, { ...params, [param]: odd });
        account.add(`${method} ${param} ${JSON.stringify(odd)}`, code !== 'internal', message);
      }
    }
  }
  account.close(t, 100);
});

/** Gives the name that a route has for a param. */
function sentName({ rename = {} }: Route, param: string): string {
  return Object.entries(rename).find(([, to]) => to === param)?.[0] ?? param;
}

/** Gives params, or texts in the address, of which one is wrong. */
function wrongOf(route: Route, param: string, isText: boolean, reader: TextReader) {
  if (!isText)
    return wrongValues(route.method, param)
      .slice(0, 1)
      .map((value) => ({ given: { [param]: value }, texts: {} }));
  const read = (name: string, texts: readonly string[]) => reader.read(name, texts);
  // An address with nothing where a name should be is another address.
  return wrongTexts(route.method, param, read)
    .filter((text) => text !== '' || !namesIn(route.path).includes(sentName(route, param)))
    .map((text) => ({ given: {}, texts: { [param]: text } }));
}
