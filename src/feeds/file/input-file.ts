import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, OperatorError } from '../../errors.js';

const CHUNK_BYTES = 64 * 1_024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

export interface InputOptions {
  /** What `-` reads from; default: the process's own. */
  readonly stdin?: Readable;
  /** Ends the reading with an AbortError. */
  readonly signal?: AbortSignal;
}

/** A file, or standard input, as a stream of plain bytes: gunzipped if its content is gzip, whatever its name. */
export class InputFile {
  /** Bytes taken from the file so far, before gunzipping. */
  bytesRead = 0;

  private constructor(
    /** As the user named it; `stdin` for `-`. */
    readonly name: string,
    /** Size before gunzipping; null where it is not known. */
    readonly bytesTotal: number | null,
    private readonly source: () => Readable,
  ) {}

  /** @throws OperatorError if there is no such file, or it is a folder or must not be read */
  static async open(path: string, options: InputOptions = {}): Promise<InputFile> {
    if (path === '-') return new InputFile('stdin', null, () => options.stdin ?? process.stdin);
    const found = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (found.isDirectory()) throw new OperatorError(`${path} is a folder; a file is needed`);
    const { signal } = options;
    const how = { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) };
    return new InputFile(path, found.isFile() ? found.size : null, () => createReadStream(path, how));
  }

  /**
   * Gives the bytes, once.
   *
   * @throws OperatorError if the file cannot be read, or its gzip data are damaged or cut off
   */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const source = this.source();
    const counted = this.#counted(source);
    const head = await firstBytes(counted);
    const all = Readable.from(withHead(head, counted), { objectMode: false, highWaterMark: CHUNK_BYTES });
    const isGzip = GZIP_MAGIC.every((byte, index) => head[index] === byte);
    // The callback is for the library: what goes wrong is thrown where the stream is read.
    const plain = isGzip ? pipeline(all, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : all;
    try {
      for await (const chunk of plain) yield chunk as Buffer;
    } catch (error) {
      throw this.#explained(error);
    } finally {
      all.destroy();
      source.destroy();
    }
  }

  async *#counted(source: Readable): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of source) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
        this.bytesRead += bytes.length;
        yield bytes;
      }
    } catch (error) {
      throw isAbort(error) ? error : unreadable(this.name, error);
    }
  }

  #explained(error: unknown): unknown {
    const code = codeOf(error);
    if (code === 'Z_BUF_ERROR') return new OperatorError(`${this.name}: the gzip data are cut off`);
    if (code.startsWith('Z_'))
      return new OperatorError(`${this.name}: the gzip data are damaged (${messageOf(error)})`);
    return error;
  }
}

/** Reads until there are as many bytes as the magic number has, or no more. */
async function firstBytes(source: AsyncGenerator<Buffer, void, undefined>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const { value, done } = await source.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* withHead(
  head: Buffer,
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  if (head.length > 0) yield head;
  yield* rest;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it must not be read (permission denied)',
  EISDIR: 'it is a folder; a file is needed',
};

function unreadable(name: string, error: unknown): OperatorError {
  return new OperatorError(`${name} cannot be read: ${WORDS[codeOf(error)] ?? messageOf(error)}`);
}
