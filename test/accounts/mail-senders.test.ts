import t from 'tap';
import { logSender, smtpSender } from '../../src/accounts/mail-senders.js';
import { recordingLogger } from '../support/recording-logger.js';
import { startSmtpSink } from '../support/smtp-sink.js';

const MAIL = { to: 'a@example.org', subject: 'Grüße', text: 'Your code is SECRET\n' };

t.test('a mail goes to a mail server', async (t) => {
  const sink = await startSmtpSink(t);
  const sender = smtpSender(sink.url, 'Crypto <crypto@example.org>');
  await sender.send(MAIL);
  const [mail] = sink.mails;
  t.same(mail?.to, ['a@example.org']);
  t.match(mail?.data ?? '', /^From: Crypto <crypto@example\.org>$/m);
  t.match(mail?.data ?? '', /^To: a@example\.org$/m);
  t.match(mail?.data ?? '', /^Subject: =\?UTF-8\?/m);
  t.match(mail?.data ?? '', /^Your code is SECRET$/m);
  sender.close();
});

t.test('nobody gets a mail who is smuggled in by a subject or an address', async (t) => {
  const sink = await startSmtpSink(t);
  const sender = smtpSender(sink.url, 'crypto@example.org');
  await sender.send({ ...MAIL, subject: 'x\r\nBcc: b@example.org' });
  t.same(sink.mails[0]?.to, ['a@example.org']);
  t.notMatch(sink.mails[0]?.data ?? '', /^Bcc/im);
  sender.close();
});

t.test('a refusal says by its code whether it is for good; an absent server is an error', async (t) => {
  const sink = await startSmtpSink(t);
  const sender = smtpSender(sink.url, 'crypto@example.org');
  sink.answers.push('550 no such mailbox', '451 later');
  await t.rejects(sender.send(MAIL), { message: /550 no such mailbox/, responseCode: 550 });
  await t.rejects(sender.send(MAIL), { message: /451 later/, responseCode: 451 });
  await t.rejects(smtpSender('smtp://127.0.0.1:1', 'crypto@example.org').send(MAIL), { code: 'ESOCKET' });
});

t.test('without a mail server the log has the mail, its text only where nobody else gets in', async (t) => {
  const { logger, lines } = recordingLogger();
  await logSender(logger, false).send(MAIL);
  t.match(lines, [{ level: 30, to: 'a@example.org', msg: /Your code is SECRET/ }]);
  lines.length = 0;
  await logSender(logger, true).send(MAIL);
  t.match(lines, [{ level: 40, to: 'a@example.org', msg: /a mail was not sent/ }]);
  t.notMatch(JSON.stringify(lines), 'SECRET');
});
