import t from 'tap';
import { FiringPace } from '../../src/app/firing-pace.js';

t.test('an alert is told twenty times at once, and then once in a minute', async (t) => {
  const pace = new FiringPace();
  let told = 0;
  for (let n = 0; n < 1_000; n++) told += Number(pace.allows(1, n));
  t.equal(told, 20);
  t.equal(pace.heldBack, 980);
  t.ok(pace.allows(2, 1_000), 'others are not held back by it');
  t.notOk(pace.allows(1, 60_000 - 1));
  t.ok(pace.allows(1, 60_000 + 1_000));
  t.notOk(pace.allows(1, 60_000 + 1_000));
});

t.test('of a time that goes back nothing is gained', async (t) => {
  const pace = new FiringPace();
  for (let n = 0; n < 20; n++) pace.allows(1, 1_000_000);
  t.notOk(pace.allows(1, 500_000));
});
