import t from 'tap';
import { hashPassword } from '../../src/accounts/password-hash.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { CHEAP } from '../support/account-site.js';

const LIMITED = { code: 'rate_limited' };

t.test('a password is checked against its hash, and told when the hash is of less work', async (t) => {
  const stored = await hashPassword('right one', CHEAP);
  const same = new Passwords({ cost: CHEAP });
  t.same(await same.check('right one', stored), { isRight: true, isOutdated: false });
  t.same(await same.check('wrong one', stored), { isRight: false, isOutdated: false });
  const costlier = new Passwords({ cost: { ...CHEAP, ln: 5 } });
  t.same(await costlier.check('right one', stored), { isRight: true, isOutdated: true });
  t.same(await costlier.check('wrong one', stored), { isRight: false, isOutdated: false });
  t.ok((await costlier.hash('x')).startsWith('$scrypt$ln=5,'));
});

t.test('without a stored hash the same work is done, and no password is right', async (t) => {
  const passwords = new Passwords({ cost: CHEAP });
  t.same(await passwords.check('anything', null), { isRight: false, isOutdated: false });
  t.equal(passwords.stats.done, 1);
});

t.test('some run, some wait, and more are refused at once; then there is room again', async (t) => {
  const passwords = new Passwords({ cost: { ...CHEAP, ln: 10 }, concurrency: 2, maxWaiting: 3 });
  const five = [1, 2, 3, 4, 5].map((n) => passwords.hash(`password ${n}`));
  t.same(passwords.stats, { done: 0, waiting: 3, refused: 0 });
  t.throws(() => passwords.expectRoom(), LIMITED);
  await t.rejects(passwords.hash('one too many'), LIMITED);
  await t.rejects(passwords.check('one too many', null), LIMITED);
  t.equal(passwords.stats.refused, 3);
  t.equal(new Set(await Promise.all(five)).size, 5);
  passwords.expectRoom();
  await passwords.hash('another');
  t.same(passwords.stats, { done: 6, waiting: 0, refused: 3 });
});
