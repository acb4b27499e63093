import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.js';
import { redactText } from '../../logger.js';
import { BadAnswer, Refused, type SourceContext } from './source.js';

/** An answer takes no longer than this, ms. */
const TIMEOUT_MS = 15_000;
/** The longest wait that a provider can impose on us, ms. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** Wait after a refusal for too many requests that does not say how long, ms. */
const DEFAULT_BAN_MS = 60_000;
/** Statuses by which a provider asks for patience. */
const BUSY = [418, 429, 503];
const MAX_ENDPOINT_LENGTH = 500;
const USER_AGENT = 'cryptopredict';

export interface WebClientOptions {
  readonly context: SourceContext;
  /** As in `external_api_logs`. */
  readonly provider: string;
  /** What stands before every path, without a slash at its end. */
  readonly baseUrl: string;
  /** Between the beginnings of two requests, ms. */
  readonly gapMs: number;
  /** Longest answer. */
  readonly maxBytes: number;
  /** Sent with every request, such as a key; they are not logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends requests and waits. */
  readonly signal: AbortSignal;
  /** Default 15 s. */
  readonly timeoutMs?: number;
}

/**
 * The one way to a provider: one request at a time, a gap between them, a limit of time and size, no redirects (a key
 * must not follow them), and a row in the log for each. What is simulated is told by the header X-Simulated, and is
 * refused unless prices are simulated too; so is what is not when they are.
 */
export class WebClient {
  readonly #options: WebClientOptions;
  #nextAt = 0;
  #queue: Promise<unknown> = Promise.resolve();
  calls = 0;

  constructor(options: WebClientOptions) {
    this.#options = options;
  }

  /** As in `external_api_logs`. */
  get provider(): string {
    return this.#options.provider;
  }

  /**
   * Gets a text, when it is this request's turn.
   *
   * @param path begins with a slash; with its query
   * @throws BadAnswer for an answer that cannot be used, Refused if we are asked to wait, Error if there is none
   */
  text(path: string): Promise<string> {
    const turn = this.#queue.then(() => this.#inTurn(path));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Gets JSON, as `text` gets a text.
   *
   * @throws also BadAnswer for what is no JSON
   */
  async json(path: string): Promise<unknown> {
    const text = await this.text(path);
    try {
      return JSON.parse(text);
    } catch {
      throw new BadAnswer(`answered with what is no JSON: ${quote(text)}`);
    }
  }

  async #inTurn(path: string): Promise<string> {
    const { context, gapMs, signal } = this.#options;
    signal.throwIfAborted();
    const waitMs = this.#nextAt - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    // The demo exchange's own services have no limit.
    this.#nextAt = performance.now() + (context.isSimulated ? 0 : gapMs * context.pace);
    return this.#request(path);
  }

  async #request(path: string): Promise<string> {
    const { context, provider, baseUrl, headers, signal, timeoutMs = TIMEOUT_MS } = this.#options;
    const started = performance.now();
    let status: number | null = null;
    this.calls++;
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        headers: { accept: '*/*', 'user-agent': USER_AGENT, ...headers },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      status = response.status;
      const text = await this.#body(response);
      this.#check(response, text);
      return text;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BadAnswer ? error : new Error(reasonOf(error, timeoutMs), { cause: error });
    } finally {
      if (!signal.aborted) {
        context.onCall({
          apiProvider: provider,
          endpoint: redactText(path).slice(0, MAX_ENDPOINT_LENGTH),
          httpMethod: 'GET',
          responseStatus: status,
          responseTimeMs: Math.round((performance.now() - started) * 100) / 100,
        });
      }
    }
  }

  /** Reads no more than is allowed, whatever the provider says of its length. */
  async #body({ body }: Response): Promise<string> {
    if (body === null) return '';
    const chunks: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop cancels the rest.
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > this.#options.maxBytes)
        throw new BadAnswer(`answered with more than ${this.#options.maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #check({ status, headers }: Response, text: string): void {
    if (BUSY.includes(status)) {
      const { context } = this.#options;
      const waitMs = retryAfterMs(headers.get('retry-after'), context);
      // Whatever else is to be asked of this provider waits too.
      this.#nextAt = performance.now() + waitMs * context.pace;
      throw new Refused(`answered with ${status}`, waitMs);
    }
    if (status >= 300 && status < 400)
      throw new BadAnswer(`is redirected (${status}) to ${headers.get('location') ?? 'nowhere'}`);
    if (status !== 200) throw new BadAnswer(`answered with ${status}: ${quote(text)}`);
    const isSimulated = headers.get('x-simulated') === 'true';
    if (isSimulated !== this.#options.context.isSimulated) throw new BadAnswer(mixed(isSimulated));
  }
}

/** Says why figures are refused that are not of the kind of the prices. */
export function mixed(isSimulated: boolean): string {
  return isSimulated
    ? 'gives simulated figures, which do not go with real prices'
    : 'gives real figures, which do not go with simulated prices';
}

/** Reads Retry-After, a delay in seconds or a date: ms from now. */
export function retryAfterMs(header: string | null, { now }: Pick<SourceContext, 'now'>): number {
  if (header === null || header.trim() === '') return DEFAULT_BAN_MS;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now();
  return Number.isFinite(waitMs) && waitMs >= 0 ? Math.min(waitMs, MAX_RETRY_AFTER_MS) : DEFAULT_BAN_MS;
}

/** Says in words why there is no answer; what `fetch` throws hides it in its cause. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `did not answer within ${timeoutMs} ms`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return `cannot be reached: ${messageOf(cause).slice(0, 200)}`;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
