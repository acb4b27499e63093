import fc from 'fast-check';
import t from 'tap';
import type { PartState } from '../../../src/api/system-status.js';
import { LOOKS_TO_IMPROVE, LOOKS_TO_WORSEN, Part, rankOf, stateOf } from '../../../src/app/status/part.js';
import { reading } from '../../../src/app/status/reading.js';

const SCORES = { ok: 1, degraded: 0.5, down: 0 } as const satisfies Record<PartState, number>;
const at = (state: PartState) =>
  reading({}, state === 'ok' ? [] : [{ score: SCORES[state], reason: `is ${state}` }]);

/** Looks at a part that begins well; gives the changes as `time:from>to`. */
function play(states: readonly PartState[], first: PartState = 'ok'): readonly string[] {
  const part = new Part('x', at(first), 0);
  return states.flatMap((state, index) => {
    const change = part.look(at(state), index + 1);
    return change === null ? [] : [`${index + 1}:${change.from}>${change.to}`];
  });
}

const times = (count: number, state: PartState): readonly PartState[] => Array(count).fill(state);

t.test('one bad second is none, three in a row are', async (t) => {
  t.same(play(['down', 'ok', 'down', 'down', 'ok']), []);
  t.same(play(times(3, 'down')), ['3:ok>down']);
  t.same(
    play(['down', 'degraded', 'down', 'down', 'down']),
    ['3:ok>degraded', '6:degraded>down'].slice(0, 1),
  );
});

t.test('it is better again after ten looks in a row, and as good as the worst of them', async (t) => {
  t.same(play(times(9, 'ok'), 'down'), []);
  t.same(play(times(10, 'ok'), 'down'), ['10:down>ok']);
  t.same(play([...times(9, 'ok'), 'degraded', ...times(9, 'ok')], 'down'), ['10:down>degraded']);
  t.same(play([...times(9, 'ok'), 'down', ...times(10, 'ok')], 'down'), ['20:down>ok']);
});

t.test('what was wrong is told until the part counts as well again', async (t) => {
  const part = new Part('x', at('ok'), 0);
  for (let look = 1; look <= 3; look++) part.look(at('down'), look);
  t.match(part.status(), { state: 'down', since: 3, score: 0, reason: 'is down' });
  part.look(at('ok'), 4);
  t.match(part.status(), { state: 'down', score: 1, reason: 'until a moment ago: is down' });
  for (let look = 5; look <= 13; look++) part.look(at('ok'), look);
  t.match(part.status(), { state: 'ok', since: 13, reason: null });
});

t.test(
  'whatever comes, a state is left only after a run of looks that were all on one side of it',
  async () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<PartState>('ok', 'degraded', 'down'), { maxLength: 60 }),
        (states) => {
          const part = new Part('x', at('ok'), 0);
          let own: PartState = 'ok';
          let changedAt = -1;
          for (const [index, state] of states.entries()) {
            const change = part.look(at(state), index);
            if (change === null) continue;
            const isWorse = rankOf(change.to) < rankOf(own);
            const run = states.slice(index + 1 - (isWorse ? LOOKS_TO_WORSEN : LOOKS_TO_IMPROVE), index + 1);
            const isRun = run.every((one) =>
              isWorse ? rankOf(one) <= rankOf(change.to) : rankOf(one) >= rankOf(change.to),
            );
            if (change.from !== own || !isRun || index - run.length < changedAt) return false;
            own = change.to;
            changedAt = index;
          }
          return part.status().state === own;
        },
      ),
    );
  },
);

t.test('scores mean states, and an unknown one the worst', async (t) => {
  t.same([1, 0.9, 0.89, 0.25, 0.24, 0].map(stateOf), ['ok', 'ok', 'degraded', 'degraded', 'down', 'down']);
});
