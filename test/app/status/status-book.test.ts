import t from 'tap';
import { systemStatus } from '../../../src/api/system-status.js';
import { type Probe, reading } from '../../../src/app/status/reading.js';
import { type StateChange, StatusBook } from '../../../src/app/status/status-book.js';
import { silent } from '../../support/folder.js';

function makeBook() {
  let now = 1_000;
  const scores = new Map<string, number>();
  const told: StateChange[] = [];
  const book = new StatusBook({
    ...{ logger: silent, isSimulated: true, now: () => now },
    onChanges: (changes) => told.push(...changes),
  });
  const probe = (name: string, weight: number): Probe => ({
    ...{ name, weight },
    read: () => {
      const score = scores.get(name) ?? 1;
      if (score < 0) throw new Error('it broke');
      return reading({ n: 1 }, score === 1 ? [] : [{ score, reason: 'told why' }]);
    },
  });
  const look = (count = 1): void => {
    for (let n = 0; n < count; n++) {
      now += 1_000;
      book.look();
    }
  };
  return { book, scores, told, probe, look };
}

t.test('a change of a part is told once, with its reason, and that of the whole with it', async (t) => {
  const { book, scores, told, probe, look } = makeBook();
  book.add(probe('engine', 1), probe('disk', 0.8));
  look();
  t.same(told, [], 'the first look is no change');
  scores.set('engine', 0);
  look(5);
  t.match(told, [
    { event: 'state', part: 'engine', from: 'ok', to: 'down', reason: 'told why', score: 0, time: 5_000 },
    {
      event: 'state',
      part: 'server',
      from: 'ok',
      to: 'down',
      reason: 'engine is down: told why',
      time: 5_000,
    },
  ]);
  t.equal(told.length, 2);
  t.match(book.current(), { state: 'down', since: 5_000, time: 7_000, score: 0, uptime_seconds: 6 });
  scores.delete('engine');
  look(12);
  t.match(told.slice(2), [
    { part: 'engine', from: 'down', to: 'ok', reason: null, score: 1 },
    { part: 'server', from: 'down', to: 'ok', reason: null },
  ]);
  t.ok(systemStatus.safeParse(book.current()).success, 'the status is as its schema says');
});

t.test('a probe that throws is a part that is down, and no other suffers', async (t) => {
  const { book, scores, told, probe, look } = makeBook();
  book.add(probe('a', 0.5), probe('b', 0.5));
  look();
  scores.set('a', -1);
  look(3);
  t.match(told, [
    { part: 'a', to: 'down', reason: 'it could not be looked at: it broke' },
    { part: 'server' },
  ]);
  t.match(book.current().parts[1], { name: 'b', state: 'ok', score: 1 });
  t.throws(() => book.add(probe('a', 1)), { message: 'part a is watched twice' });
});

t.test('who listens hears of every look, until they have enough', async (t) => {
  const { book, probe, look } = makeBook();
  const heard: number[] = [];
  const stop = book.onChange(({ time }) => heard.push(time));
  book.add(probe('a', 1));
  look(2);
  stop();
  look();
  t.same(heard, [2_000, 3_000]);
});
