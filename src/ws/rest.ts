import type { HttpMethod, Route } from '../api/route.js';
import { API_PATH, OPENAPI_PATH, ROUTES } from '../api/routes.js';
import { messageOf, RequestError } from '../errors.js';
import type { Logger } from '../logger.js';
import { isLoopback, networkOf } from '../network-address.js';
import { bearerToken } from './bearer-token.js';
import type { Caller, User } from './caller.js';
import type { RequestOrigin } from './client-address.js';
import type { MethodContext } from './methods/registry.js';
import type { AnsweredRequest, RequestLog } from './request-log.js';
import { readAnswer } from './rest-body.js';
import { callRoute } from './rest-call.js';
import { corsHeaders } from './rest-cors.js';
import { type Found, RestRouter } from './rest-router.js';
import { HttpRefusal, refusalHeaders, statusOf } from './rest-status.js';
import type { Headers, HttpRequest, HttpResponse } from './transport.js';
import { isAllowedOrigin } from './upgrade.js';

/** What the REST addresses need. */
export interface RestOptions {
  readonly context: Omit<MethodContext, 'caller'>;
  readonly logger: Logger;
  /** Requests of one address that wait for their answer; loopback is not counted. */
  readonly maxPending: number;
  /** Null: nothing is remembered of requests. */
  readonly requestLog: RequestLog | null;
  /** Text of the OpenAPI document; asked for when somebody asks for it. */
  readonly openApi: () => string;
  /** Origins of web pages that may use this server besides our own; `*` allows all. */
  readonly originAllowList: readonly string[];
  isDraining(): boolean;
}

/** One request on its way, with what is known of it so far. */
interface Asked {
  readonly request: HttpRequest;
  /** Origin of the web page that asks, if it may use this server. */
  readonly isOriginAllowed: boolean;
  /** HTTP methods of the address; empty: there is no such address. */
  allowed: readonly string[];
  endpoint: string;
  user: User | null;
}

/** Requests that wait for their answer, of all addresses together. */
const MAX_PENDING_IN_ALL = 2_000;
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding, authorization, origin',
};
const NO_BODY = new Uint8Array(0);

/** Answers the addresses under `/api/v1` with the methods of the protocol, by the table of routes. */
export class Rest {
  readonly #router: RestRouter;
  readonly #pending = new Map<string, number>();
  #pendingInAll = 0;

  constructor(
    private readonly options: RestOptions,
    routes: readonly Route[] = ROUTES,
  ) {
    this.#router = new RestRouter(routes);
  }

  /** Says whether a path is one of these addresses, whether there is such a one or not. */
  isOurs(path: string): boolean {
    return path.startsWith(`${API_PATH}/`) && !path.startsWith(`${API_PATH}/ws/`);
  }

  /** Answers a request; never rejects. @param from who asks @param mayAsk false: that address asks too often */
  async answer(sent: HttpRequest, from: RequestOrigin, mayAsk: boolean): Promise<HttpResponse> {
    const begun = performance.now();
    const request = { ...sent, address: from.address };
    const { origin } = request.headers;
    const isOriginAllowed =
      origin !== undefined && isAllowedOrigin(origin, from.host, this.options.originAllowList);
    const asked: Asked = { request, isOriginAllowed, allowed: [], endpoint: 'unknown', user: null };
    let answer: HttpResponse;
    try {
      if (!mayAsk) throw tooMany('too many requests from this address');
      answer = await this.#admitted(asked);
    } catch (error) {
      answer = this.#refusal(asked, error);
    }
    this.options.requestLog?.({
      endpoint: asked.endpoint,
      httpMethod: loggedMethod(request.method),
      status: answer.status,
      ms: performance.now() - begun,
      userId: asked.user?.id ?? null,
    });
    const cors = corsHeaders(request, isOriginAllowed, asked.allowed);
    return { ...answer, headers: { ...answer.headers, ...cors } };
  }

  /** Bounds what waits, per address and in all. */
  async #admitted(asked: Asked): Promise<HttpResponse> {
    const { address } = asked.request;
    const { maxPending } = this.options;
    const network = networkOf(address);
    const pending = this.#pending.get(network) ?? 0;
    if (pending >= maxPending && !isLoopback(address)) {
      throw tooMany(`${maxPending} requests of this address wait for their answer already`);
    }
    if (this.options.isDraining()) throw new RequestError('unavailable', 'the server shuts down');
    if (this.#pendingInAll >= MAX_PENDING_IN_ALL)
      throw new RequestError('unavailable', 'too many requests wait');
    this.#pending.set(network, pending + 1);
    this.#pendingInAll += 1;
    try {
      return await this.#routed(asked);
    } finally {
      const left = (this.#pending.get(network) ?? 1) - 1;
      if (left === 0) this.#pending.delete(network);
      else this.#pending.set(network, left);
      this.#pendingInAll -= 1;
    }
  }

  /** Finds who answers, and refuses what may not be asked. */
  async #routed(asked: Asked): Promise<HttpResponse> {
    const { request } = asked;
    const path = request.path.slice(API_PATH.length);
    const isOpenApi = path === OPENAPI_PATH;
    const found: ReadonlyMap<HttpMethod, Found> = isOpenApi
      ? new Map()
      : (this.#router.find(path) ?? new Map());
    const [first] = found.values();
    if (!isOpenApi && first === undefined) {
      throw new RequestError('not_found', `there is no such address; see ${API_PATH}${OPENAPI_PATH}`);
    }
    asked.endpoint = first?.route.path ?? OPENAPI_PATH;
    asked.allowed = allowedMethods(isOpenApi ? ['GET'] : [...found.keys()]);
    const allow = { allow: asked.allowed.join(', ') };
    if (request.method === 'OPTIONS') {
      return { status: 204, headers: { ...HEADERS, ...allow, 'cache-control': 'no-store' }, body: NO_BODY };
    }
    if (!asked.allowed.includes(request.method)) {
      const message = `${request.method.slice(0, 20)} is not answered here; allowed: ${allow.allow}`;
      throw new HttpRefusal(405, 'bad_message', message, allow);
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead && request.headers.origin !== undefined && !asked.isOriginAllowed) {
      throw new RequestError('forbidden', 'this origin may not change anything; see --allowed-origins');
    }
    if (isOpenApi) return this.#read(asked, this.options.openApi());
    const at = found.get((isRead ? 'GET' : request.method) as HttpMethod);
    if (at === undefined) throw new Error(`no route for ${request.method} ${asked.endpoint}`);
    return this.#called(asked, at, isRead);
  }

  /** Finds out who asks, and asks the method. */
  async #called(asked: Asked, found: Found, isRead: boolean): Promise<HttpResponse> {
    const { request } = asked;
    asked.endpoint = found.route.path;
    asked.user = await this.#userOf(request.headers);
    const caller: Caller = {
      user: asked.user,
      address: request.address,
      agent: request.headers['user-agent'] ?? null,
    };
    const result = await callRoute(found, request, { ...this.options.context, caller });
    const text = `${JSON.stringify(result ?? null)}\n`;
    if (isRead) return this.#read(asked, text);
    return {
      status: found.route.success ?? 200,
      headers: { ...HEADERS, 'cache-control': 'no-store' },
      body: Buffer.from(text),
    };
  }

  #read({ request, user }: Asked, text: string): Promise<HttpResponse> {
    const control = { 'cache-control': user === null ? 'no-cache' : 'no-store' };
    return readAnswer(request, Buffer.from(text), { ...HEADERS, ...control });
  }

  async #userOf(headers: Headers): Promise<User | null> {
    if (headers.authorization === undefined) return null;
    const token = bearerToken(headers);
    if (token === null) throw new RequestError('unauthenticated', 'authorization has to be "Bearer <token>"');
    const { accounts } = this.options.context;
    if (accounts === null) throw new RequestError('unavailable', 'nobody can log in on this server');
    const user = await accounts.authenticate(token);
    if (user !== null) return user;
    const message = 'the token is not valid, or not any more';
    const headersOfIt = { 'www-authenticate': 'Bearer error="invalid_token"' };
    throw new HttpRefusal(401, 'unauthenticated', message, headersOfIt);
  }

  #refusal({ endpoint, request }: Asked, error: unknown): HttpResponse {
    const status = statusOf(error);
    if (!(error instanceof RequestError)) {
      const told = {
        endpoint,
        method: request.method,
        error: messageOf(error),
        stack: (error as Error)?.stack,
      };
      this.options.logger.error(told, 'request failed');
    }
    const { code, message, field, more } =
      error instanceof RequestError
        ? { ...parts(error), more: refusalHeaders(error) }
        : { code: 'internal', message: 'the server failed; it has been logged', field: undefined, more: {} };
    return {
      status,
      headers: { ...HEADERS, 'cache-control': 'no-store', ...more },
      body: Buffer.from(`${JSON.stringify({ error: { code, message, field } })}\n`),
    };
  }
}

function tooMany(message: string): HttpRefusal {
  return new HttpRefusal(429, 'rate_limited', message, { 'retry-after': '1' });
}

function parts({ code, message, field }: RequestError): {
  code: string;
  message: string;
  field: string | undefined;
} {
  return { code, message, field };
}

/** Every address takes OPTIONS, and HEAD where it takes GET. */
function allowedMethods(methods: readonly HttpMethod[]): readonly string[] {
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'];
}

const LOGGED = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Gives the method for the log; others than these the database does not know: they are refused like a GET. */
function loggedMethod(method: string): AnsweredRequest['httpMethod'] {
  return LOGGED.find((known) => known === method) ?? 'GET';
}
