import { createWriteStream } from 'node:fs';
import { access, constants, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { messageOf, OperatorError } from '../errors.js';

/** Text gathered before it is handed on: a write each 64 KiB costs nothing. */
const GATHERED_CHARACTERS = 65_536;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EPIPE: 'nobody reads it any more',
};

function unwritable(name: string, error: unknown): OperatorError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return new OperatorError(`${name} cannot be written: ${WORDS[code] ?? messageOf(error)}`);
}

/** Where a file is written, and the name that it gets when it is complete. */
interface Draft {
  readonly from: string;
  readonly to: string;
}

/**
 * A text file that appears under its name only when it is complete: written beside it under another name, then renamed.
 * A name that ends in `.gz` compresses. `-` is standard output; that, pipes and devices are written as they are.
 */
export class OutputFile {
  #gathered = '';
  #failure: unknown = null;
  readonly #failed: Promise<never>;

  private constructor(
    readonly name: string,
    private readonly head: Writable,
    /** What ends last: the file behind the compression. */
    private readonly tail: Writable,
    private readonly draft: Draft | null,
    /** True for standard output: others may write to it after us. */
    private readonly isShared = false,
  ) {
    this.#failed = new Promise((_, reject) => {
      const fail = (error: Error): void => {
        this.#failure ??= unwritable(name, error);
        reject(this.#failure);
      };
      head.on('error', fail);
      tail.on('error', fail);
    });
    // It is asked for where it matters; until then a failure is no unhandled rejection.
    this.#failed.catch(() => undefined);
  }

  /** @throws OperatorError if it cannot be written */
  static async open(path: string, stdout: Writable = process.stdout): Promise<OutputFile> {
    if (path === '-') return new OutputFile('stdout', stdout, stdout, null, true);
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true) throw new OperatorError(`${path} cannot be written: it is a folder`);
    const isPlain = found === null || found.isFile();
    // The file that a link leads to is written, not the link replaced: /dev/stdout may be one.
    const place = isPlain && found !== null ? await realpath(path) : path;
    // A rename would replace a file that must not be written.
    if (found !== null) await check(path, path);
    if (isPlain) await check(path, dirname(place));
    const draft = isPlain ? { from: `${place}.${process.pid}.tmp`, to: place } : null;
    // What was not for everybody's eyes is not afterwards.
    const mode = found !== null && isPlain ? found.mode & 0o777 : 0o666;
    const tail = createWriteStream(draft?.from ?? path, { mode });
    await new Promise<void>((resolve, reject) => {
      tail.once('open', () => resolve());
      tail.once('error', (error) => reject(unwritable(path, error)));
    });
    if (!path.endsWith('.gz')) return new OutputFile(path, tail, tail, draft);
    const head = createGzip();
    head.pipe(tail);
    return new OutputFile(path, head, tail, draft);
  }

  /**
   * Takes text; gives a promise if the writer should wait until what is behind has kept up.
   *
   * @throws OperatorError if an earlier write failed
   */
  write(text: string, signal: AbortSignal): Promise<void> | undefined {
    this.#gathered += text;
    return this.#gathered.length < GATHERED_CHARACTERS ? undefined : this.#flush(signal);
  }

  /** Writes all out and gives the file its name. @throws OperatorError if it cannot be written */
  async commit(signal: AbortSignal): Promise<void> {
    await this.#flush(signal);
    if (this.isShared) {
      // Its callback comes when the kernel has it: the process may end then.
      await this.#orFailed(signal, (resolve) => this.head.write('', () => resolve()));
      return;
    }
    await this.#orFailed(signal, (resolve) => {
      this.tail.once('close', resolve);
      this.head.end();
    });
    if (this.draft === null) return;
    await rename(this.draft.from, this.draft.to).catch((error: unknown) => {
      throw unwritable(this.name, error);
    });
  }

  /** Leaves nothing behind of what was not committed. */
  async discard(): Promise<void> {
    if (this.isShared) return;
    this.head.destroy();
    this.tail.destroy();
    if (this.draft !== null) await rm(this.draft.from, { force: true });
  }

  async #flush(signal: AbortSignal): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const text = this.#gathered;
    this.#gathered = '';
    if (text === '' || this.head.write(text)) return;
    await this.#orFailed(signal, (resolve) => this.head.once('drain', resolve));
  }

  /** Waits for what `start` resolves with, for a failure, or for the end of all waiting. */
  async #orFailed(signal: AbortSignal, start: (resolve: () => void) => unknown): Promise<void> {
    signal.throwIfAborted();
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
    });
    const finished = new Promise<void>((resolve) => {
      start(resolve);
    });
    try {
      await Promise.race([finished, this.#failed, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

async function check(path: string, what: string): Promise<void> {
  await access(what, constants.W_OK).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** Says whether two names lead to the same file that exists. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  if (one === '-' || other === '-') return false;
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => null)));
  return a !== null && a === b;
}
