import t from 'tap';
import { DueMinutes } from '../../src/feeds/due-minutes.js';

const MINUTE = 60_000;

t.test('a minute is due when the grace has passed on our clock since its end was first seen', async (t) => {
  const due = new DueMinutes(1_500);
  t.equal(due.sample(10 * MINUTE + 100, 100), Number.NEGATIVE_INFINITY);
  t.equal(due.sample(10 * MINUTE + 1_599, 1_599), Number.NEGATIVE_INFINITY);
  t.equal(due.sample(10 * MINUTE + 1_600, 1_600), 10 * MINUTE);
  t.equal(due.sample(11 * MINUTE, 60_000), 10 * MINUTE);
  t.equal(due.sample(11 * MINUTE + 1_500, 61_500), 11 * MINUTE);
});

t.test('at a thousand times the speed, minutes become due no sooner', async (t) => {
  const due = new DueMinutes(1_000);
  let last = 0;
  for (let at = 0; at <= 3_000; at += 100) last = due.sample(at * 1_000, at);
  t.equal(last, Math.floor(2_000_000 / MINUTE) * MINUTE);
});

t.test('an exchange time that steps back takes nothing back', async (t) => {
  const due = new DueMinutes(0);
  t.equal(due.sample(10 * MINUTE, 0), 10 * MINUTE);
  t.equal(due.sample(8 * MINUTE, 100), 10 * MINUTE);
});
