import { scryptSync } from 'node:crypto';
import t from 'tap';
import { DEFAULT_COST, hashPassword, isOutdated, isPasswordOf } from '../../src/accounts/password-hash.js';
import { CHEAP } from '../support/account-site.js';

t.test('a hash names its cost and salt, and is scrypt of RFC 7914', async (t) => {
  const stored = await hashPassword('pässword', CHEAP);
  const [, name, cost, salt = '', hash = ''] = stored.split('$');
  t.same([name, cost], ['scrypt', 'ln=4,r=8,p=1']);
  t.match(salt, /^[A-Za-z0-9+/]{22}$/);
  const derived = scryptSync('pässword', Buffer.from(salt, 'base64'), 32, { N: 16, r: 8, p: 1 });
  t.equal(hash, derived.toString('base64').replace(/=+$/, ''));
  t.not(await hashPassword('pässword', CHEAP), stored, 'each has a salt of its own');
});

t.test('the right password is right, in whatever form its letters were typed, and no other', async (t) => {
  const stored = await hashPassword('p\u00e4ssword', CHEAP);
  t.ok(await isPasswordOf(stored, 'p\u00e4ssword', CHEAP));
  t.ok(await isPasswordOf(stored, 'pa\u0308ssword', CHEAP));
  for (const wrong of ['password', 'P\u00e4ssword', 'p\u00e4ssword ', '']) {
    t.notOk(await isPasswordOf(stored, wrong, CHEAP), wrong);
  }
});

t.test('a hash that is not of ours fits no password', async (t) => {
  for (const stored of [
    '',
    '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA',
    '$scrypt$ln=30,r=8,p=1$c2FsdA$aGFz',
    '$2b$10$x',
  ]) {
    t.notOk(await isPasswordOf(stored, 'hash', CHEAP), stored);
    t.ok(isOutdated(stored, CHEAP));
  }
});

t.test('a hash of less work than now is outdated, one of as much or more is not', async (t) => {
  const stored = await hashPassword('x', CHEAP);
  t.notOk(isOutdated(stored, CHEAP));
  t.notOk(isOutdated(stored, { ...CHEAP, ln: 3 }));
  t.ok(isOutdated(stored, { ...CHEAP, ln: 5 }));
  t.ok(isOutdated(stored, DEFAULT_COST));
});

t.test('the cost is 128 MiB of memory', async (t) => {
  t.equal(128 * 2 ** DEFAULT_COST.ln * DEFAULT_COST.r, 128 * 1024 * 1024);
  t.ok(await isPasswordOf(await hashPassword('x', DEFAULT_COST), 'x', DEFAULT_COST));
});
