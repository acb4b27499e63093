import t from 'tap';
import { Pacer } from '../../src/app/pacer.js';

const { signal } = new AbortController();

t.test('recorded time passes as many times faster as was asked for', async (t) => {
  for (const factor of [0.1, 1, 10, 10_000]) {
    let clock = 500;
    const pacer = new Pacer(factor, signal, () => clock);
    t.equal(pacer.until(7_000), undefined, 'the first moment is now');
    t.ok(Math.abs(pacer.waitMs(8_000) - 1_000 / factor) < 1e-9);
    clock += 400;
    t.ok(Math.abs(pacer.waitMs(8_000) - 1_000 / factor + 400) < 1e-9);
    clock += 1_000_000;
    t.equal(pacer.until(8_000), undefined, 'what is due is not waited for');
  }
});

t.test('at full speed nothing is waited for', async (t) => {
  const pacer = new Pacer(Number.POSITIVE_INFINITY, signal, () => 0);
  t.equal(pacer.until(0), undefined);
  t.equal(pacer.until(1e12), undefined);
});

t.test('waiting ends with the signal', async (t) => {
  const controller = new AbortController();
  const pacer = new Pacer(1, controller.signal);
  t.equal(pacer.until(0), undefined);
  const waiting = pacer.until(3_600_000);
  controller.abort();
  await t.rejects(waiting ?? Promise.resolve(), { name: 'AbortError' });
});
