import t from 'tap';
import { Interest } from '../../src/broker/interest.js';

t.test('knows what was announced and what a list held', async (t) => {
  const interest = new Interest();
  t.equal(interest.has('a'), false);
  interest.add('a');
  t.equal(interest.has('a'), true);
  interest.beginRead();
  interest.endRead(['b']);
  t.equal(interest.has('a'), false, 'the list is newer than the announcement');
  t.equal(interest.has('b'), true);
  t.same([...interest.topics()], ['b']);
});

t.test('keeps what was announced while an older list was under way', async (t) => {
  const interest = new Interest();
  interest.beginRead();
  interest.add('late');
  interest.endRead([]);
  t.equal(interest.has('late'), true);
  interest.beginRead();
  interest.endRead([]);
  t.equal(interest.has('late'), false);
});
