import fc from 'fast-check';
import t from 'tap';
import { REGIMES, type Regime } from '../../../../src/engine/analysis/contexts.js';
import { NO_CYCLE } from '../../../../src/engine/analysis/regime/cycle.js';
import { follow, LEAST_DWELL, type Track } from '../../../../src/engine/analysis/regime/track.js';

/** Chances of two regimes that share all but 4 %: `bull` of the rest is Bull's. */
function chances(bull: number): readonly number[] {
  return REGIMES.map((regime) =>
    regime === 'Bull' ? 0.96 * bull : regime === 'Bear' ? 0.96 * (1 - bull) : 0.01,
  );
}

function played(bulls: readonly number[]): readonly Track[] {
  const tracks: Track[] = [];
  for (const [i, bull] of bulls.entries()) {
    const look = { time: i, close: 100 + i, cycle: NO_CYCLE, probabilities: chances(bull), volatility: 0.02 };
    tracks.push(follow(tracks.at(-1) ?? null, look));
  }
  return tracks;
}

function changesOf(tracks: readonly Track[]): number {
  return tracks.filter(({ regime }, i) => i > 0 && tracks[i - 1]?.regime !== regime).length;
}

t.test('noise about the threshold changes nothing', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.45, max: 0.55, noNaN: true }), { minLength: 50 }), (bulls) => {
      t.ok(changesOf(played([0.9, ...bulls])) <= 1, 'at most from what was clear to what is not');
    }),
  );
  const wavering = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0.98 : 0.02));
  t.equal(changesOf(played(wavering)), 0, 'not even from one extreme to the other and back');
});

t.test('a regime lasts fifteen candles at least, whatever comes', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 100, maxLength: 300 }),
      (bulls) => {
        for (const { candles } of played(bulls).at(-1)?.spells ?? []) t.ok(candles >= LEAST_DWELL);
      },
    ),
  );
  const slow = Array.from({ length: 400 }, (_, i) => (Math.floor(i / 12) % 2 === 0 ? 1 : 0));
  const lengths =
    played(slow)
      .at(-1)
      ?.spells.map(({ candles }) => candles) ?? [];
  t.ok(lengths.every((candles) => candles >= LEAST_DWELL));
});

t.test('a clear turn is named once, after it has been ahead at five closes', async (t) => {
  const bulls = [...Array.from({ length: 60 }, () => 0.95), ...Array.from({ length: 60 }, () => 0.05)];
  const tracks = played(bulls);
  t.equal(changesOf(tracks), 1);
  const at = tracks.findIndex(({ regime }) => regime === 'Bear');
  t.same(
    tracks.slice(at - 5, at + 1).map(({ challenger, confirmations }) => [challenger, confirmations]),
    [
      [null, 0],
      ['Bear', 1],
      ['Bear', 2],
      ['Bear', 3],
      ['Bear', 4],
      [null, 0],
    ],
  );
  t.equal(tracks.at(-1)?.since, at);
  t.equal(tracks.at(-1)?.age, 120 - at);
  t.equal(tracks.at(-1)?.isBeginningKnown, true);
  t.equal(tracks[at - 1]?.isBeginningKnown, false, 'the first regime stood before history begins');
});

t.test('matrix and spells are those of plain counting', async (t) => {
  const tracks: Track[] = [];
  for (let i = 0; i < 1500; i++) {
    const odds = REGIMES.map((_, k) => Math.exp(3 * Math.sin(i / (11 + 3 * k) + k)));
    const all = odds.reduce((sum, value) => sum + value, 0);
    const probabilities = odds.map((value) => value / all);
    const look = { time: i, close: 100 + i, cycle: NO_CYCLE, probabilities, volatility: 0.02 };
    tracks.push(follow(tracks.at(-1) ?? null, look));
  }
  const last = tracks.at(-1) as Track;
  for (const from of REGIMES) {
    for (const to of REGIMES) {
      const plain = tracks.filter(({ regime }, i) => regime === to && tracks[i - 1]?.regime === from).length;
      t.equal(last.matrix.count(from, to), plain, `${from} to ${to}`);
    }
  }
  const starts = tracks.flatMap(({ regime }, i) => (i > 0 && tracks[i - 1]?.regime !== regime ? [i] : []));
  t.ok(starts.length > 5, `${starts.length} changes`);
  t.same(
    last.spells.map(({ regime, since, until, candles, from, to, next }) => [
      regime,
      since,
      until,
      candles,
      from,
      to,
      next,
    ]),
    starts.slice(0, -1).map((start, i) => {
      const end = starts[i + 1] as number;
      return [
        tracks[start]?.regime as Regime,
        start,
        end,
        end - start,
        100 + start,
        100 + end,
        tracks[end]?.regime,
      ];
    }),
    'all but the first, whose beginning is not known, and the last, which goes on',
  );
  const ten = starts.slice(1).map((end) => tracks[end - 10]?.predicted ?? null);
  t.same(
    last.spells.map(({ predicted }) => predicted),
    ten,
    'a change is held against what was said ten closes before',
  );
});

t.test('following changes nothing of what was', async (t) => {
  const tracks = played([0.9, 0.8, 0.7]);
  const before = structuredClone({ ...tracks[2], matrix: null });
  const look = { time: 9, close: 9, cycle: NO_CYCLE, probabilities: chances(0.1), volatility: 0.5 };
  follow(tracks[2] as Track, look);
  t.same({ ...tracks[2], matrix: null }, before);
  t.equal(tracks[2]?.matrix.followed('Bull'), 2);
});
