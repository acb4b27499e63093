import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { OperatorError } from '../errors.js';

/** Where a password is read from, and where it is asked for: standard input and standard error. */
export interface PasswordStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Far more than any password: what is longer was not meant to be one. */
const MAX_LENGTH = 4_096;

/**
 * Reads a password: at a terminal by asking twice, without showing it; else the first line of the input.
 *
 * @throws OperatorError if there is none, or the two are not the same
 */
export async function readPassword({ input, output }: PasswordStreams, signal: AbortSignal): Promise<string> {
  if (input.isTTY !== true) return firstLine(input);
  const password = await askHidden('Password: ', { input, output }, signal);
  const again = await askHidden('Again: ', { input, output }, signal);
  if (password !== again) throw new OperatorError('the two passwords are not the same');
  return password;
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of input) {
    const bytes = Buffer.from(piece);
    pieces.push(bytes);
    length += bytes.length;
    if (bytes.includes('\n') || length > MAX_LENGTH) break;
  }
  const line = Buffer.concat(pieces).toString().split(/\r?\n/)[0] ?? '';
  if (line !== '') return line;
  throw new OperatorError('no password: write one to standard input, or use --generate');
}

async function askHidden(
  question: string,
  { input, output }: PasswordStreams,
  signal: AbortSignal,
): Promise<string> {
  output.write(question);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  const stopped = new AbortController();
  // At a terminal that shows nothing Ctrl-C comes as a key.
  lines.once('SIGINT', () => stopped.abort());
  lines.once('close', () => stopped.abort());
  try {
    return await lines.question('', { signal: AbortSignal.any([signal, stopped.signal]) });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new OperatorError('no password was given');
  } finally {
    lines.close();
    output.write('\n');
  }
}
