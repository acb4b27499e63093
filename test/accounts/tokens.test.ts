import t from 'tap';
import { isToken, newToken, tokenHash } from '../../src/accounts/tokens.js';

t.test('a token is 256 random bits', async (t) => {
  const token = newToken();
  t.equal(Buffer.from(token, 'base64url').length, 32);
  t.not(newToken(), token);
  t.ok(isToken(token));
});

t.test('what has not the form of a token is none', async (t) => {
  for (const text of [
    '',
    'x',
    `${newToken()}x`,
    newToken().slice(1),
    `${newToken().slice(1)}=`,
    ' '.repeat(43),
  ]) {
    t.notOk(isToken(text), text);
  }
});

t.test('what is stored is SHA-256 in hex', async (t) => {
  t.equal(tokenHash('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
