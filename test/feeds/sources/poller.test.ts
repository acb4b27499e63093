import t from 'tap';
import { MAX_TRIES, Poller, type PollerOptions } from '../../../src/feeds/sources/poller.js';
import { Refused } from '../../../src/feeds/sources/source.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

type Given = Partial<PollerOptions> & Pick<PollerOptions, 'ask'> & { readonly pace?: number };

function start({ pace = 0.001, ...given }: Given) {
  const stopping = new AbortController();
  const faults: (string | null)[] = [];
  const poller = new Poller({
    context: toldEvents({ pace }).context,
    name: 'it',
    everyMs: 60_000,
    onFault: (fault) => faults.push(fault),
    signal: stopping.signal,
    ...given,
  });
  return { poller, faults, stopping };
}

t.test('asks at once, then again and again', async (t) => {
  const at: number[] = [];
  const { poller, faults, stopping } = start({
    ask: async () => {
      at.push(performance.now());
    },
  });
  await until('three turns', () => at.length === 3);
  stopping.abort();
  await poller.done;
  t.ok((at[2] ?? 0) - (at[1] ?? 0) >= 55, 'a minute at a thousandth of the pace');
  t.same(faults, [], 'nothing is told while all is well');
  t.equal(poller.failures, 0);
  t.not(poller.lastSuccessAt, null);
});

t.test('tries a few times with growing pauses, then waits for its next turn', async (t) => {
  const at: number[] = [];
  const { poller, faults, stopping } = start({
    pace: 0.01,
    everyMs: 120_000,
    ask: async () => {
      at.push(performance.now());
      if (at.length <= MAX_TRIES) throw new Error('is down');
    },
  });
  await until('the turn after it', () => at.length > MAX_TRIES);
  stopping.abort();
  await poller.done;
  const pauses = at.slice(1, MAX_TRIES + 1).map((time, index) => time - (at[index] ?? 0));
  // Within a turn 1.5, 3 and 6 s at a hundredth of the pace; then the turn's own time.
  t.ok((pauses[0] ?? 0) >= 14 && (pauses[1] ?? 0) >= 29 && (pauses[2] ?? 0) >= 59, String(pauses));
  t.ok((pauses[3] ?? 0) >= 1_190, 'the turn is waited for');
  t.same(faults, ['is down', null], 'each change is told once');
  t.equal(poller.failures, MAX_TRIES);
  t.equal(poller.lastFault, 'is down');
});

t.test('does not ask before the provider allows it', async (t) => {
  const at: number[] = [];
  const { poller, stopping } = start({
    ask: async () => {
      at.push(performance.now());
      if (at.length === 1) throw new Refused('answered with 429', 200_000);
    },
  });
  await until('the second try', () => at.length === 2);
  stopping.abort();
  await poller.done;
  t.ok((at[1] ?? 0) - (at[0] ?? 0) >= 195);
});

t.test('a failed turn is followed sooner where turns are far apart', async (t) => {
  let tries = 0;
  const { poller, stopping } = start({
    pace: 0.000_1,
    everyMs: 24 * 3_600_000,
    ask: async () => {
      tries++;
      throw new Error('is down');
    },
  });
  await until('two turns', () => tries === 2 * MAX_TRIES, 5_000);
  stopping.abort();
  await poller.done;
  t.ok(true);
});

t.test('says when it tries next, and ends at once when it is told to', async (t) => {
  const { poller, stopping } = start({ pace: 1, ask: async () => undefined });
  await until('it waits', () => poller.nextTryAt !== null);
  const inMs = (poller.nextTryAt ?? 0) - Date.now();
  t.ok(inMs > 62_000 && inMs <= 63_001, 'a minute and half of a tenth of it');
  stopping.abort();
  await poller.done;
});
