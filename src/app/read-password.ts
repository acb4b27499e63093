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
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  // From here to the end the terminal shows nothing of what is typed, also between the questions.
  const lines = createInterface({ input, output: nowhere, terminal: true });
  const left = new AbortController();
  // Ctrl-C comes as a key then.
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  const ask = async (question: string): Promise<string> => {
    output.write(question);
    const answer = await lines.question('', { signal: AbortSignal.any([signal, left.signal]) });
    output.write('\n');
    return answer;
  };
  try {
    const password = await ask('Password: ');
    if (password === (await ask('Again: '))) return password;
  } catch (error) {
    output.write('\n');
    if (signal.aborted || !left.signal.aborted) throw error;
    throw new OperatorError('no password was given');
  } finally {
    lines.close();
  }
  throw new OperatorError('the two passwords are not the same');
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
