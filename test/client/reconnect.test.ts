import t from 'tap';
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, pauseBeforeRetry } from '../../src/client/reconnect.js';
import { CLOSE_CODES } from '../../src/errors.js';

const broken = { code: 1006, reason: '' };
const half = () => 0.5;

t.test('doubles the pause with each failure, up to a limit, half of it random', async (t) => {
  t.equal(
    pauseBeforeRetry(broken, 1, () => 0),
    FIRST_PAUSE_MS / 2,
  );
  t.equal(
    pauseBeforeRetry(broken, 2, () => 0),
    FIRST_PAUSE_MS,
  );
  t.equal(pauseBeforeRetry(broken, 3, half), FIRST_PAUSE_MS * 3);
  t.equal(
    pauseBeforeRetry(broken, 1_000, () => 0),
    LONGEST_PAUSE_MS / 2,
  );
  t.ok((pauseBeforeRetry(broken, 1_000, () => 0.999) ?? 0) < LONGEST_PAUSE_MS);
});

t.test('takes a random moment of the window that the server names', async (t) => {
  t.equal(pauseBeforeRetry({ code: 1001, reason: '', retryMs: 8_000 }, 1, half), 4_000);
  t.equal(
    pauseBeforeRetry({ code: 1001, reason: '', retryMs: 8_000 }, 1, () => 0),
    0,
  );
  t.equal(
    pauseBeforeRetry({ code: 1001, reason: '', retryMs: 0 }, 4, () => 0),
    pauseBeforeRetry(broken, 4, () => 0),
    'who keeps failing comes no faster for it',
  );
});

t.test('knows the window of every close code, and which mean to stay away', async (t) => {
  for (const { code, retryMs } of Object.values(CLOSE_CODES)) {
    const pause = pauseBeforeRetry({ code, reason: '' }, 1, half);
    t.equal(pause, retryMs === null ? null : retryMs / 2, String(code));
  }
  t.equal(pauseBeforeRetry({ code: 1006, reason: '', retryMs: null }, 1, half), null);
});
