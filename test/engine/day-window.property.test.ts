import fc from 'fast-check';
import t from 'tap';
import { DayWindow } from '../../src/engine/day-window.js';
import { MINUTE_MS } from '../../src/timeframe.js';

const BEGIN = Date.UTC(2024, 7, 7);
const CLOSED = 1_439;
const RUNS = 15;

t.test('the window holds the last 1,439 minutes and nothing else', async (t) => {
  const minute = fc.record({
    low: fc.integer({ min: 1, max: 50 }),
    range: fc.constantFrom(0, 0, 5),
    lots: fc.constantFrom(0, 1, 2.5, 1e12),
    run: fc.constantFrom(1, 1, 40, 700),
  });
  fc.assert(
    fc.property(fc.array(minute, { minLength: 10, maxLength: 40 }), (runs) => {
      const window = new DayWindow();
      const pushed: { time: number; low: number; high: number; lots: number }[] = [];
      for (const { low, range, lots, run } of runs) {
        for (let i = 0; i < run; i++) {
          const time = BEGIN + pushed.length * MINUTE_MS;
          const entry = { time, low: low + (i % 3), high: low + (i % 3) + range, lots };
          pushed.push(entry);
          window.push(time, entry.low, entry.high, entry.low, entry.high, entry.lots);
        }
        const last = pushed.slice(-CLOSED);
        if (window.isComplete !== pushed.length >= CLOSED)
          throw new Error(`complete after ${pushed.length} minutes`);
        if (!window.isComplete) continue;
        const wanted = [
          last[0]?.low,
          Math.max(...last.map((entry) => entry.high)),
          Math.min(...last.map((entry) => entry.low)),
        ];
        const found = [window.open, window.high, window.low];
        if (found.some((value, i) => value !== wanted[i])) throw new Error(`${found}, not ${wanted}`);
        const sum = last.reduce((total, entry) => total + entry.lots, 0);
        if (Math.abs(window.lots - sum) > sum * 1e-12) throw new Error(`${window.lots} lots, not ${sum}`);
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random days`);
});

t.test('a hole begins the window anew', async (t) => {
  const window = new DayWindow();
  for (let i = 0; i < CLOSED; i++) window.push(BEGIN + i * MINUTE_MS, 1, 9, 1, 1, 1);
  t.ok(window.isComplete);
  const after = BEGIN + (CLOSED + 5) * MINUTE_MS;
  window.push(after, 2, 2, 2, 2, 1);
  t.notOk(window.isComplete);
  t.equal(window.equals(BEGIN + 10 * MINUTE_MS, 1, 9, 1, 1, 1), null, 'what lies before is forgotten');
  t.equal(window.equals(after, 2, 2, 2, 2, 1), true);
  t.equal(window.equals(after, 2, 2, 2, 2, 2), false);
  for (let i = 1; i < CLOSED; i++) window.push(after + i * MINUTE_MS, 2, 2, 2, 2, 1);
  t.same([window.isComplete, window.high, window.low, window.lots], [true, 2, 2, CLOSED]);
});
