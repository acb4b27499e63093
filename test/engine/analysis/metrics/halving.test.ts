import t from 'tap';
import { halvingEstimate } from '../../../../src/engine/analysis/metrics/halving.js';

const DAY = 86_400_000;
const EPOCH_DAYS = (210_000 * 10) / (60 * 24);

t.test('the countdown runs from 210,000 blocks of ten minutes down to nothing', async (t) => {
  const halving = Date.UTC(2024, 3, 20, 0, 9, 27);
  t.same(halvingEstimate(halving), { countdownDays: Math.ceil(EPOCH_DAYS), phase: 0 });
  t.same(halvingEstimate(Date.UTC(2025, 0, 1)), {
    countdownDays: Math.ceil(EPOCH_DAYS - (Date.UTC(2025, 0, 1) - halving) / DAY),
    phase: (Date.UTC(2025, 0, 1) - halving) / (EPOCH_DAYS * DAY),
  });
  t.equal(halvingEstimate(halving + 1_000 * DAY)?.countdownDays, Math.ceil(EPOCH_DAYS - 1_000));
  t.match(new Date(halving + EPOCH_DAYS * DAY).toISOString(), /^2028-04-17/);
  t.same(halvingEstimate(halving + EPOCH_DAYS * DAY), { countdownDays: 0, phase: 1 });
});

t.test('a day before the halving of 2024 nobody knew that it was tomorrow', async (t) => {
  const before = halvingEstimate(Date.UTC(2024, 3, 19));
  const expected = Date.UTC(2020, 4, 11, 19, 23, 43) + EPOCH_DAYS * DAY;
  t.equal(before?.countdownDays, Math.ceil((expected - Date.UTC(2024, 3, 19)) / DAY));
  t.ok((before?.countdownDays ?? 0) > 15);
  t.ok((halvingEstimate(Date.UTC(2024, 3, 20, 0, 9, 26))?.phase ?? 0) > 0.98);
});

t.test('nothing is said before the first block, nor of a halving that is overdue', async (t) => {
  t.equal(halvingEstimate(Date.UTC(2009, 0, 1)), null);
  t.not(halvingEstimate(Date.UTC(2009, 0, 5)), null);
  t.equal(halvingEstimate(Date.UTC(2028, 5, 1)), null);
});

t.test('the phase grows from 0 to 1 and the countdown never grows within an epoch', async (t) => {
  let last = { countdownDays: Number.POSITIVE_INFINITY, phase: -1 };
  for (let time = Date.UTC(2020, 4, 12); time < Date.UTC(2024, 3, 20); time += 7 * DAY) {
    const now = halvingEstimate(time) ?? { countdownDays: -1, phase: 2 };
    t.ok(now.countdownDays <= last.countdownDays && now.phase > last.phase && now.phase <= 1);
    last = now;
  }
});
