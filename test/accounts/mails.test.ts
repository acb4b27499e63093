import t from 'tap';
import { linkTo, Mails } from '../../src/accounts/mails.js';

t.test('a mail has the code, and what to do with it', async (t) => {
  const mails = new Mails(null);
  t.match(mails.verification('a@example.org', 'CODE', 24), {
    to: 'a@example.org',
    text: /^Your code is CODE\nfor auth\.verifyEmail \(POST \/api\/v1\/auth\/verify-email\)\. It holds for 24 h/m,
  });
  t.match(mails.reset('a@example.org', 'CODE', 1), {
    to: 'a@example.org',
    text: /^Your code is CODE\nfor auth\.resetPassword \(POST \/api\/v1\/auth\/reset-password\)\. It holds for 1 h/m,
  });
  t.match(mails.taken('a@example.org').text, 'which has an account already');
});

t.test('with a page for it there is a link, whose code goes to no server', async (t) => {
  const link = linkTo('https://example.org/account?lang=en', 'reset', 'CO-DE_');
  t.equal(link, 'https://example.org/account?lang=en#action=reset&token=CO-DE_');
  t.match(
    new Mails('https://example.org/').verification('a@b.cd', 'CODE', 1).text,
    '\nhttps://example.org/#action=verify&token=CODE\n',
  );
});
