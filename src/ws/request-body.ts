import { textAnswer } from './http-answers.js';
import type { Headers } from './transport.js';

/** Of a request that has none. */
export const NO_BODY = new Uint8Array(0);
/** What a request is answered with whose body is larger than allowed. */
export const BODY_TOO_LARGE = textAnswer(413, 'the body is too large\n');

/** Gathers the body of one request, up to a bound. */
export class RequestBody {
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #isOver = false;

  constructor(private readonly maxBytes: number) {}

  /** True once the body was too large: nothing more of it is kept. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Says whether a request has a body, by its headers. */
  isExpected(headers: Headers): boolean {
    const length = headers['content-length'];
    return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  }

  /** Keeps a chunk; false: now it is too large. */
  add(chunk: Buffer): boolean {
    this.#length += chunk.length;
    if (this.#length <= this.maxBytes) {
      this.#chunks.push(chunk);
      return true;
    }
    this.#isOver = true;
    this.#chunks.length = 0;
    return false;
  }

  take(): Uint8Array {
    return this.#chunks.length === 1 ? (this.#chunks[0] ?? NO_BODY) : Buffer.concat(this.#chunks);
  }
}

/** Takes the header `Sec-WebSocket-Protocol` apart. */
export function offeredSubprotocols(header: string): readonly string[] {
  return header === '' ? [] : header.split(',').map((name) => name.trim());
}
