import t from 'tap';
import { createReadingProgress } from '../../src/app/progress.js';
import { recordingLogger } from '../support/recording-logger.js';

t.test('without a terminal, a line every 5 s tells share, rate and the time that is left', async (t) => {
  t.intercept(process.stderr, 'isTTY', { value: false });
  const { logger, lines } = recordingLogger();
  let clock = 0;
  const progress = createReadingProgress('reading', 1_000, logger, () => clock);
  for (clock = 1_000; clock <= 10_000; clock += 1_000) progress.update(clock / 20, clock * 3, 'a.csv');
  progress.done();
  t.match(
    lines.map(({ time: _, level: __, ...line }) => line),
    [
      { msg: 'reading', percent: 25, rows: 15_000, rowsPerSecond: 3_000, secondsLeft: 15, note: 'a.csv' },
      { msg: 'reading', percent: 50, rows: 30_000, rowsPerSecond: 3_000, secondsLeft: 10, note: 'a.csv' },
    ],
  );
});

t.test('of what has no known size neither a share nor the time that is left is told', async (t) => {
  t.intercept(process.stderr, 'isTTY', { value: false });
  const { logger, lines } = recordingLogger();
  let clock = 0;
  const progress = createReadingProgress('reading', null, logger, () => clock);
  clock = 6_000;
  progress.update(900, 12, 'stdin');
  t.equal(lines.length, 1);
  t.match(lines[0], { rows: 12, rowsPerSecond: 2 });
  t.notOk('percent' in (lines[0] ?? {}));
  t.notOk('secondsLeft' in (lines[0] ?? {}));
});
