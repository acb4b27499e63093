import t from 'tap';
import { readCandles } from '../../../src/feeds/file/candle-file.js';
import { RecordedFile } from '../../../src/feeds/file/recorded-file.js';
import { CandleRollUp, type TimedCandle } from '../../../src/feeds/file/roll-up-candles.js';
import type { Timeframe } from '../../../src/timeframe.js';
import { collectProblems, gather } from '../../support/files.js';
import { sharedData, skipWithoutRecord } from '../../support/recorded.js';

async function read(name: string, timeframe: Timeframe, rollUp?: CandleRollUp): Promise<TimedCandle[]> {
  const file = await RecordedFile.open(sharedData(`candles/${name}_${timeframe}.csv.gz`) ?? '');
  const candles = await gather(readCandles(file, timeframe, collectProblems().onProblem));
  const plain = candles.map(({ volumeText: _, ...candle }) => candle);
  return rollUp === undefined ? plain : [...rollUp.take(candles)];
}

/** Where the exchange's own open differs from the roll-up of its own candles; see the record's README. */
const ODD = Date.UTC(2023, 2, 24, 12);

for (const [name, part, whole] of [
  ['ETH-USDT-PERP', '5m', '15m'],
  ['ETH-USDT-PERP', '15m', '1h'],
  ['BNB-USDT', '15m', '1h'],
  ['BTC-USDT', '1h', '4h'],
  ['BTC-USDT', '4h', '1d'],
  ['BTC-USDT', '1d', '1w'],
  ['BTC-USDT', '1d', '1M'],
] as const) {
  t.test(
    `${name} ${part} gives the exchange's own ${whole}, volumes to the last digit`,
    skipWithoutRecord(),
    async (t) => {
      const own = new Map((await read(name, whole)).map((candle) => [candle.time, candle]));
      const rolled = await read(name, part, new CandleRollUp(whole, part));
      const common = rolled.filter(({ time }) => own.has(time));
      t.ok(
        common.length >= Math.min(own.size, rolled.length) - 2 && common.length > 50,
        `${common.length} in both`,
      );
      const different = common.filter(
        (candle) => JSON.stringify(candle) !== JSON.stringify(own.get(candle.time)),
      );
      t.same(
        different.filter(({ time }) => time !== ODD),
        [],
      );
      t.ok(different.length <= 1);
    },
  );
}

t.test('only the first and the last bucket can be incomplete', async (t) => {
  const candle = (minute: number) => ({
    time: minute * 60_000,
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 0.1,
    volumeText: '0.1',
  });
  const take = (...minutes: number[]): [rollUp: CandleRollUp, times: number[], volumes: number[]] => {
    const rollUp = new CandleRollUp('5m', '1m');
    const given = rollUp.take(minutes.map(candle));
    return [rollUp, given.map(({ time }) => time / 60_000), given.map(({ volume }) => volume)];
  };
  const [whole, times, volumes] = take(0, 1, 2, 5, 8, 9, 12);
  t.same(
    [times, volumes],
    [
      [0, 5],
      [0.3, 0.3],
    ],
    'a hole in between is the exchange’s own',
  );
  t.match(whole.leftOut, [/^the last candle of 5m, 1970-01-01T00:10:00\.000Z,$/]);
  t.match(take(3, 4, 5)[0].leftOut, [
    /^the first candle of 5m, .*00:00:00/,
    /^the last candle of 5m, .*00:05:00/,
  ]);
  t.match(take(3)[0].leftOut, [/^the only candle of 5m/]);
  t.same(take(3, 6, 9)[1], [5], 'the first is cut off also where its end is missing');
});
