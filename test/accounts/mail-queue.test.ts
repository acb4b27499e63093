import t, { type Test } from 'tap';
import { type Mail, MailQueue, type MailQueueOptions } from '../../src/accounts/mail-queue.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/until.js';

const mail = (to: string): Mail => ({ to, subject: `to ${to}`, text: 'a code: SECRET' });

/** A queue whose sender fails as often as it is told to, and can be held. */
function open(t: Test, options: Partial<MailQueueOptions> = {}) {
  const { logger, lines } = recordingLogger();
  const far = {
    tried: [] as string[],
    failures: [] as unknown[],
    isClosed: false,
    held: null as Promise<void> | null,
  };
  const queue = new MailQueue({
    sender: {
      name: 'far',
      async send({ to }) {
        far.tried.push(to);
        await far.held;
        const failure = far.failures.shift();
        if (failure !== undefined) throw failure;
      },
      close() {
        far.isClosed = true;
      },
    },
    logger,
    backoff: { baseMs: 1, maxMs: 2 },
    ...options,
  });
  t.teardown(() => queue.stop());
  return { queue, far, lines };
}

t.test('a mail is sent, again after a failure that may pass', async (t) => {
  const { queue, far } = open(t);
  far.failures = [new Error('no connection'), Object.assign(new Error('busy'), { responseCode: 451 })];
  queue.send(mail('a'));
  await until('it is sent', () => queue.status.sent === 1);
  t.same(far.tried, ['a', 'a', 'a']);
  t.same(queue.status, { sender: 'far', sent: 1, failed: 0, queued: 0, lastError: null });
});

t.test(
  'after so many attempts, or when it is refused for good, it is given up, without its text',
  async (t) => {
    const { queue, far, lines } = open(t, { attempts: 2 });
    far.failures = [new Error('away'), new Error('still away')];
    queue.send(mail('a'));
    await until('it is given up', () => queue.status.failed === 1);
    t.same(far.tried, ['a', 'a']);
    far.failures = [Object.assign(new Error('no such mailbox'), { responseCode: 550 })];
    queue.send(mail('b'));
    await until('it is given up', () => queue.status.failed === 2);
    t.same(far.tried, ['a', 'a', 'b']);
    t.equal(queue.status.lastError, 'no such mailbox');
    t.same(
      lines.map(({ msg, to }) => [msg, to]),
      [
        ['a mail was not sent', 'a'],
        ['a mail was not sent', 'b'],
      ],
    );
    t.notMatch(JSON.stringify(lines), 'SECRET');
  },
);

t.test('so many wait, and what comes then is given up at once', async (t) => {
  const { queue, far } = open(t, { maxQueued: 3, concurrency: 1 });
  let release = (): void => undefined;
  far.held = new Promise((resolve) => {
    release = resolve;
  });
  for (const to of ['a', 'b', 'c', 'd']) queue.send(mail(to));
  t.equal(queue.status.queued, 3);
  t.equal(queue.status.failed, 1);
  t.same(far.tried, ['a'], 'one at a time');
  release();
  await until('the others are sent', () => queue.status.sent === 3);
  t.same(far.tried, ['a', 'b', 'c']);
});

t.test('a stop waits for no pause: what waits is tried once more', async (t) => {
  const { queue, far } = open(t, { backoff: { baseMs: 3_600_000, maxMs: 3_600_000 }, concurrency: 1 });
  far.failures = [new Error('away')];
  queue.send(mail('a'));
  queue.send(mail('b'));
  await until('the first has failed', () => queue.status.lastError === 'away');
  await queue.stop();
  t.same(far.tried, ['a', 'a', 'b']);
  t.match(queue.status, { sent: 2, failed: 0, queued: 0 });
  t.ok(far.isClosed);
  queue.send(mail('c'));
  t.equal(queue.status.failed, 1);
});
