import t from 'tap';
import { DailyHistory, ReadingHistory } from '../../../../src/engine/analysis/metrics/reading-history.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 5, 1);

t.test('gives the newest value that was known a day before, if it is not too old', async (t) => {
  const history = new ReadingHistory();
  for (let hour = 0; hour <= 30; hour++) history.add(hour, START + hour * HOUR);
  t.equal(history.dayBefore(START + 30 * HOUR, HOUR), 6);
  t.equal(history.dayBefore(START + 30.5 * HOUR, HOUR), 6);
  t.ok(Number.isNaN(history.dayBefore(START + 23 * HOUR, HOUR)), 'nothing is that old');
  t.ok(Number.isNaN(history.dayBefore(START + 56 * HOUR, HOUR)), 'the newest is two hours older than a day');
  t.equal(history.dayBefore(START + 56 * HOUR, 2 * HOUR), 30);
});

t.test('keeps one value in five minutes, in the order of what they speak of', async (t) => {
  const history = new ReadingHistory();
  history.add(1, START);
  history.add(2, START + MINUTE);
  history.add(3, START + 5 * MINUTE);
  history.add(4, START + 2 * MINUTE);
  t.equal(history.dayBefore(START + DAY + 4 * MINUTE, HOUR), 1);
  t.equal(history.dayBefore(START + DAY + 5 * MINUTE, HOUR), 3);
});

t.test('forgets what is older than three days', async (t) => {
  const history = new ReadingHistory();
  history.add(1, START);
  history.add(2, START + 4 * DAY);
  t.ok(Number.isNaN(history.dayBefore(START + DAY, HOUR)));
});

t.test(
  'the last value of a UTC day is that day’s; midnight still belongs to the day that ends',
  async (t) => {
    const history = new DailyHistory();
    history.add(1, START + HOUR);
    history.add(2, START + DAY);
    history.add(3, START + DAY + 1);
    t.same(
      [...history.days],
      [
        [START, 2],
        [START + DAY, 3],
      ],
    );
    for (let day = 2; day < 60; day++) history.add(day, START + (day + 1) * DAY);
    t.equal(history.days.size, 40);
    t.equal(history.days.has(START + 19 * DAY), false);
  },
);
