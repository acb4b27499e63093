import t from 'tap';
import { setList } from '../../src/store/changes.js';

const COLUMNS = { firstName: 'first_name', bio: 'bio', isPublic: 'is_public' };

t.test('sets the fields that are given, in parameters behind those before', async (t) => {
  const values: unknown[] = [7];
  t.equal(setList(COLUMNS, { firstName: 'Ada', isPublic: false }, values), 'first_name = $2, is_public = $3');
  t.same(values, [7, 'Ada', false]);
});

t.test('clears what is null, and leaves what is undefined', async (t) => {
  const values: unknown[] = [];
  t.equal(setList(COLUMNS, { firstName: undefined, bio: null }, values), 'bio = $1');
  t.same(values, [null]);
});

t.test('sets no column that is not named', async (t) => {
  const values: unknown[] = [];
  const changes = { bio: 'x', role: 'admin', 'bio = bio, role': 'admin' };
  t.equal(setList(COLUMNS, changes as object as { bio: string }, values), 'bio = $1');
  t.same(values, ['x']);
});

t.test('refuses to change nothing', async (t) => {
  for (const changes of [{}, { bio: undefined }]) {
    t.throws(() => setList(COLUMNS, changes, []), {
      name: 'RangeError',
      message: 'nothing to change: give one of firstName, bio, isPublic',
    });
  }
});
