import t from 'tap';
import type { PartState } from '../../../src/api/system-status.js';
import { overall, type Weighed } from '../../../src/app/status/overall.js';

function part(name: string, weight: number, state: PartState, score: number): Weighed {
  const reason = state === 'ok' ? null : `${name} hurts`;
  return { weight, status: { name, state, score, reason, since: 0, figures: {} } };
}

t.test('the score is the worst pull of a part times the mean by weight', async (t) => {
  t.same(overall([]), { state: 'ok', score: 1, reason: null });
  t.same(overall([part('a', 1, 'ok', 1), part('b', 0.5, 'ok', 1)]), { state: 'ok', score: 1, reason: null });
  // Worst: 1 − 0.5 × 0.5 = 0.75; mean: (1 × 1 + 0.5 × 0.5) / 1.5 = 0.8333.
  t.match(overall([part('a', 1, 'ok', 1), part('b', 0.5, 'degraded', 0.5)]), {
    state: 'degraded',
    score: 0.625,
  });
});

t.test('the server is down when a part is that it cannot do without, else degraded', async (t) => {
  const well = part('a', 1, 'ok', 1);
  t.match(overall([well, part('b', 1, 'down', 0)]), {
    state: 'down',
    score: 0,
    reason: 'b is down: b hurts',
  });
  t.match(overall([well, part('b', 0.9, 'down', 0)]), { state: 'degraded' });
  t.match(overall([well, part('b', 0.2, 'down', 0)]), { state: 'ok', reason: null });
});

t.test('of several exchanges one may be away; not all of them', async (t) => {
  const feeds = (...states: PartState[]) =>
    overall(states.map((state, index) => part(`feed:${index}`, 0.8, state, state === 'ok' ? 1 : 0)));
  t.equal(feeds('down', 'ok').state, 'degraded');
  t.equal(feeds('down', 'down').state, 'down');
});

t.test('the worst is named first', async (t) => {
  const { reason } = overall([part('a', 0.5, 'degraded', 0.5), part('b', 0.4, 'down', 0)]);
  t.equal(reason, 'b is down: b hurts; a is degraded: a hurts');
});
