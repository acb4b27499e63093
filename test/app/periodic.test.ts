import t from 'tap';
import { Periodic } from '../../src/app/periodic.js';
import { createLogger } from '../../src/logger.js';
import { silent } from '../support/folder.js';
import { until } from '../support/until.js';

t.test('work is done again and again, one failure notwithstanding', async (t) => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'error',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const periodic = new Periodic(logger);
  t.teardown(() => periodic.stop());
  let turns = 0;
  periodic.every(1, 'sums', () => {
    turns += 1;
    if (turns === 1) throw new Error('thrown');
    if (turns === 2) return Promise.reject(new Error('rejected'));
    return undefined;
  });
  await until('it went on', () => turns >= 4);
  t.same(
    lines
      .map((line) => JSON.parse(line) as { work: string; err: { message: string } })
      .map(({ work, err }) => [work, err.message]),
    [
      ['sums', 'thrown'],
      ['sums', 'rejected'],
    ],
  );
});

t.test('a turn is skipped while the one before is still running', async (t) => {
  const periodic = new Periodic(silent);
  let begun = 0;
  let others = 0;
  let resolve = (): void => undefined;
  const promise = new Promise<void>((end) => {
    resolve = end;
  });
  periodic.every(1, 'slow', () => {
    begun += 1;
    return promise;
  });
  periodic.every(1, 'other', () => {
    others += 1;
  });
  await until('many periods have passed', () => others > 10);
  t.equal(begun, 1);
  resolve();
  await until('it takes its turns again', () => begun > 1);
  await periodic.stop();
});

t.test('a stop waits for what is running and begins nothing more', async (t) => {
  const periodic = new Periodic(silent);
  let others = 0;
  let isDone = false;
  let resolve = (): void => undefined;
  const promise = new Promise<void>((end) => {
    resolve = end;
  });
  periodic.every(1, 'slow', async () => {
    await promise;
    isDone = true;
  });
  periodic.every(1, 'other', () => {
    others += 1;
  });
  await until('both have begun', () => others > 1);
  let isStopped = false;
  const stopped = periodic.stop().then(() => {
    isStopped = true;
  });
  const before = others;
  await new Promise((turn) => setImmediate(turn));
  t.notOk(isStopped, 'not before the work has ended');
  resolve();
  await stopped;
  t.ok(isDone);
  t.equal(others, before);
});
