import t from 'tap';
import { Stopper } from '../../src/app/stopper.js';
import { silent } from '../support/folder.js';

t.test('the newest stops first, and one that fails does not keep the others running', async (t) => {
  const stopper = new Stopper(silent);
  const stopped: string[] = [];
  await stopper.add('first', () => void stopped.push('first'));
  await stopper.add('second', () => Promise.reject(new Error('no')));
  await stopper.add('third', () => {
    throw new Error('neither');
  });
  await stopper.add('fourth', () => void stopped.push('fourth'), 60_000);
  await stopper.stop();
  t.same(stopped, ['fourth', 'first']);
  await stopper.add('late', () => void stopped.push('late'));
  t.same(stopped, ['fourth', 'first', 'late'], 'what is started after that is stopped at once');
});

t.test('one that waits for a far side is left behind after its time', async (t) => {
  const stopper = new Stopper(silent);
  let isSaved = false;
  await stopper.add('writer', () => {
    isSaved = true;
  });
  let fail: (error: Error) => void = () => undefined;
  await stopper.add('hangs', () => new Promise((_, reject) => (fail = reject)), 10);
  await stopper.stop();
  t.equal(isSaved, true);
  fail(new Error('too late to matter'));
});
