import { PassThrough } from 'node:stream';
import t from 'tap';
import { readPassword } from '../../src/app/read-password.js';
import { until } from '../support/until.js';

const { signal } = new AbortController();

/** Streams as those of a process, at a terminal or not, with what is shown. */
function streams(isTTY: boolean) {
  const events: string[] = [];
  // What a terminal is told, so that it does not show by itself what is typed.
  const setRawMode = (isRaw: boolean): number => events.push(isRaw ? 'hide' : 'show');
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode });
  const output = new PassThrough();
  let shown = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    events.push(text);
  });
  return { input, output, events, shown: () => shown };
}

t.test('the first line of the input is the password, whatever pieces it comes in', async (t) => {
  const { input, output } = streams(false);
  const read = readPassword({ input, output }, signal);
  for (const piece of [
    Buffer.from('pässwo').subarray(0, 2),
    Buffer.from('pässwo').subarray(2),
    'rd \r\nmore',
  ]) {
    input.write(piece);
  }
  t.equal(await read, 'pässword ');
  const whole = streams(false);
  whole.input.end('without an end');
  t.equal(await readPassword(whole, signal), 'without an end');
});

t.test('no input is a mistake that says what to do', async (t) => {
  const empty = streams(false);
  empty.input.end();
  await t.rejects(readPassword(empty, signal), { message: /write one to standard input, or use --generate/ });
});

t.test('at a terminal it is asked for twice, and not shown', async (t) => {
  const terminal = streams(true);
  const read = readPassword(terminal, signal);
  terminal.input.write('correct horse\r');
  await until('it is asked again', () => terminal.shown().includes('Again: '));
  terminal.input.write('correct horse\r');
  t.equal(await read, 'correct horse');
  t.equal(terminal.shown(), 'Password: \nAgain: \n');
  t.same(
    terminal.events.filter((event) => event !== '\n'),
    ['hide', 'Password: ', 'Again: ', 'show'],
    'hidden before the first question, and to the end',
  );
});

t.test('two different ones, Ctrl-C and a closed terminal give none', async (t) => {
  const different = streams(true);
  const read = readPassword(different, signal);
  different.input.write('correct horse\r');
  await until('it is asked again', () => different.shown().includes('Again: '));
  different.input.write('battery\r');
  await t.rejects(read, { message: 'the two passwords are not the same' });

  for (const end of [(input: PassThrough) => input.write('\u0003'), (input: PassThrough) => input.end()]) {
    const left = streams(true);
    const none = readPassword(left, signal);
    end(left.input);
    await t.rejects(none, { message: 'no password was given' });
  }
});
