import fc from 'fast-check';
import t from 'tap';
import { holes } from '../../src/app/warm-up.js';
import { bucketEnd, bucketStart, bucketsBefore, TIMEFRAMES } from '../../src/timeframe.js';

const MINUTE = 60_000;

t.test('what is not known is asked for in one stretch per hole, oldest first', async (t) => {
  const from = Date.UTC(2024, 1, 28);
  const at = (minute: number): number => from + minute * MINUTE;
  const find = (...known: number[]) => holes('1m', from, at(10), new Set(known.map(at)));
  t.same(find(), [{ from, to: at(10) }], 'all');
  t.same(find(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), [], 'nothing');
  t.same(find(0, 1, 2), [{ from: at(3), to: at(10) }], 'the end, as after a stop');
  t.same(find(8, 9), [{ from, to: at(8) }], 'the beginning, as after more was asked for');
  t.same(find(0, 1, 4, 5, 9), [
    { from: at(2), to: at(4) },
    { from: at(6), to: at(9) },
  ]);
  t.same(holes('1m', from, from, new Set()), [], 'an empty range has no hole');
});

t.test('holes of months end where months do', async (t) => {
  const [january, february, march, april] = [0, 1, 2, 3].map((month) => Date.UTC(2024, month, 1));
  t.same(holes('1M', january ?? 0, april ?? 0, new Set([january, march])), [{ from: february, to: march }]);
});

t.test('holes and what is known make up the whole range, without overlap', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TIMEFRAMES),
      fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      (timeframe, now, isKnown) => {
        const to = bucketStart(timeframe, now);
        const from = bucketsBefore(timeframe, to, isKnown.length);
        const all: number[] = [];
        for (let time = from; time < to; time = bucketEnd(timeframe, time)) all.push(time);
        const known = new Set(all.filter((_, index) => isKnown[index]));
        const found = holes(timeframe, from, to, known);
        const inHole = (time: number): number =>
          found.filter((hole) => hole.from <= time && time < hole.to).length;
        const isOrdered = found.every(
          (hole, index) => hole.from < hole.to && hole.from > (found[index - 1]?.to ?? -1),
        );
        return isOrdered && all.every((time) => inHole(time) === (known.has(time) ? 0 : 1));
      },
    ),
  );
});
