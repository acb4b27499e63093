import fc from 'fast-check';
import t from 'tap';
import {
  FIRST_PAUSE_MS,
  isTemporary,
  LONGEST_PAUSE_MS,
  pauseBeforeRetry,
  windowOf,
} from '../../src/client/reconnect.js';
import { CLOSE_CODES, RequestError } from '../../src/errors.js';

const broken = { code: 1006, reason: '' };
const half = () => 0.5;

t.test('the time that a pause is a random part of doubles with each failure, up to a limit', async (t) => {
  t.equal(pauseBeforeRetry(broken, 1, half), FIRST_PAUSE_MS / 2);
  t.equal(pauseBeforeRetry(broken, 2, half), FIRST_PAUSE_MS);
  t.equal(pauseBeforeRetry(broken, 3, half), FIRST_PAUSE_MS * 2);
  t.equal(pauseBeforeRetry(broken, 1_000, half), LONGEST_PAUSE_MS / 2);
  t.equal(
    pauseBeforeRetry(broken, 1_000, () => 0),
    0,
    'from the very beginning',
  );
});

t.test('takes a random moment of the window that the server names', async (t) => {
  t.equal(pauseBeforeRetry({ code: 1001, reason: '', retryMs: 8_000 }, 1, half), 4_000);
  t.equal(
    pauseBeforeRetry({ code: 1001, reason: '', retryMs: 8_000 }, 1, () => 0),
    0,
  );
  t.equal(
    pauseBeforeRetry({ code: 1001, reason: '', retryMs: 0 }, 4, half),
    pauseBeforeRetry(broken, 4, half),
    'who keeps failing comes no faster for it',
  );
});

t.test('knows the window of every close code, and which mean to stay away', async (t) => {
  for (const { code, retryMs } of Object.values(CLOSE_CODES)) {
    const pause = pauseBeforeRetry({ code, reason: '' }, 1, half);
    t.equal(pause, retryMs === null ? null : retryMs / 2, String(code));
    t.equal(windowOf({ code, reason: '' }), retryMs);
  }
  t.equal(windowOf(broken), undefined);
  t.equal(pauseBeforeRetry({ code: 1006, reason: '', retryMs: null }, 1, half), null);
});

t.test('never comes back sooner than Retry-After says, and never all at once', async () => {
  const moment = fc.integer({ min: 1, max: 999 }).map((n) => n / 1_000);
  fc.assert(
    fc.property(fc.nat(600_000), fc.integer({ min: 1, max: 40 }), moment, (afterMs, failures, random) => {
      const pause = pauseBeforeRetry({ ...broken, afterMs }, failures, () => random) ?? 0;
      return pause > afterMs && pause <= afterMs + LONGEST_PAUSE_MS;
    }),
  );
});

t.test('knows which refusals mean "not now"', async (t) => {
  t.equal(isTemporary(new RequestError('unavailable', '')), true);
  t.equal(isTemporary(new RequestError('unauthenticated', '')), false);
  t.equal(isTemporary(new Error()), false);
});
