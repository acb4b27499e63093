import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { isSameFile, OutputFile } from '../../src/app/output-file.js';
import { OperatorError } from '../../src/errors.js';
import { makeFileFolder } from '../support/files.js';

const { signal } = new AbortController();
/** More than is gathered before it is handed on. */
const MUCH = 'x'.repeat(70_000);

/** A stream that takes the next piece only when it is told to. */
function slowStream(): { stream: Writable; taken: string[]; next: (error?: Error) => void } {
  const taken: string[] = [];
  let next: (error?: Error) => void = () => undefined;
  const stream = new Writable({
    highWaterMark: 1_000,
    write(chunk, _, callback) {
      taken.push(String(chunk));
      next = (error) => callback(error);
    },
  });
  return { stream, taken, next: (error) => next(error) };
}

t.test('a writer waits until what is behind has kept up', async (t) => {
  const { stream, taken, next } = slowStream();
  const output = await OutputFile.open('-', stream);
  t.equal(output.write('a little', signal), undefined, 'little is gathered');
  let isDone = false;
  const waiting = output.write(MUCH, signal)?.then(() => {
    isDone = true;
  });
  await turn();
  t.notOk(isDone);
  t.equal(taken.length, 1);
  next();
  await waiting;
  t.equal(taken[0], `a little${MUCH}`);
});

t.test('waiting ends when the stream fails, and when the signal comes', async (t) => {
  const failing = slowStream();
  const output = await OutputFile.open('-', failing.stream);
  const waiting = output.write(MUCH, signal);
  failing.next(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
  const wanted = {
    constructor: OperatorError,
    message: 'stdout cannot be written: no space is left on the device',
  };
  await t.rejects(waiting ?? Promise.resolve(), wanted);
  await t.rejects(output.commit(signal), wanted, 'and for good');
  const controller = new AbortController();
  const stuck = (await OutputFile.open('-', slowStream().stream)).write(MUCH, controller.signal);
  controller.abort();
  await t.rejects(stuck ?? Promise.resolve(), { name: 'AbortError' });
});

t.test('a file has its name only when it is complete', async (t) => {
  const files = makeFileFolder(t);
  for (const name of ['a.csv', 'a.csv.gz']) {
    const output = await OutputFile.open(files.path(name));
    await output.write(MUCH, signal);
    t.notOk(readdirSync(files.folder).includes(name));
    await output.commit(signal);
    const bytes = readFileSync(files.path(name));
    t.equal((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(), MUCH, name);
  }
  t.same(readdirSync(files.folder).toSorted(), ['a.csv', 'a.csv.gz']);
  const left = await OutputFile.open(files.path('b.csv'));
  await left.write(MUCH, signal);
  await left.discard();
  t.same(readdirSync(files.folder).toSorted(), ['a.csv', 'a.csv.gz'], 'nothing stays of what was given up');
  t.ok(await isSameFile(files.path('a.csv'), `${files.folder}/./a.csv`));
  t.notOk(await isSameFile(files.path('none'), files.path('none')), 'what does not exist is no file');
});

t.test('a link stays, what it leads to is written, and who may read it stays, too', async (t) => {
  const files = makeFileFolder(t);
  const real = files.write('real.csv', 'old');
  chmodSync(real, 0o600);
  symlinkSync(real, files.path('link.csv'));
  const output = await OutputFile.open(files.path('link.csv'));
  await output.write('new', signal);
  t.equal(readFileSync(real, 'utf8'), 'old', 'until it is complete');
  await output.commit(signal);
  t.ok(lstatSync(files.path('link.csv')).isSymbolicLink());
  t.equal(readFileSync(real, 'utf8'), 'new');
  t.equal(statSync(real).mode & 0o777, 0o600);
  t.same(readdirSync(files.folder).toSorted(), ['link.csv', 'real.csv']);
});

t.test('a file may be called stdout', async (t) => {
  const files = makeFileFolder(t);
  const before = process.cwd();
  process.chdir(files.folder);
  t.teardown(() => process.chdir(before));
  const output = await OutputFile.open('stdout');
  await output.write('text', signal);
  await output.commit(signal);
  t.same(readdirSync('.'), ['stdout']);
  t.equal(readFileSync('stdout', 'utf8'), 'text');
});
