import { createHash } from 'node:crypto';
import t from 'tap';
import { keyText } from '../../../src/engine/analysis/signals/signal.js';
import { bucketEnd, DAY_MS, HOUR_MS } from '../../../src/timeframe.js';
import { AnalysisRun, type Heard, type PlayedClose, recordedCloses } from '../../support/analysis-run.js';

const BASES = ['BTC', 'ETH', 'SOL'];
const FROM = Date.UTC(2022, 9, 25);
const LIVE = Date.UTC(2022, 10, 7);
const TO = Date.UTC(2022, 11, 6);
/** Many signals, so that there is something to compare. */
const EASY = { minConfidence: 0.6, minRiskReward: 1 };
const closes = recordedCloses(BASES, ['1h', '4h', '1d'], { from: FROM, to: TO });
const skip = closes === null ? 'recorded data are absent' : false;
const all = closes ?? [];
const history = all.filter(({ timeframe, candle }) => bucketEnd(timeframe, candle.time) <= LIVE);
const recorded = all.filter(({ timeframe, candle }) => bucketEnd(timeframe, candle.time) > LIVE);

/** Something that was heard, in few words, and all of it as a digest: equal to the last bit. */
interface Line {
  readonly type: Heard['type'];
  /** ms. */
  readonly time: number;
  readonly text: string;
}

function run(played: readonly PlayedClose[], step?: (run: AnalysisRun) => void): readonly Line[] {
  const made = new AnalysisRun(BASES, EASY).begin(history);
  made.play(played, '1h', step === undefined ? undefined : () => step(made));
  return made.heard.map((one) => ({ type: one.type, time: timeOf(one), text: textOf(one) }));
}

function timeOf(one: Heard): number {
  if (one.type === 'looked') return one.result.moment.time;
  return one.type === 'opened' ? bucketEnd(one.draft.timeframe, one.draft.candleTime) : one.change.time;
}

function textOf(one: Heard): string {
  const what = one.type === 'looked' ? `timeframe ${one.result.moment.timeframe}` : keyText(one.draft);
  return `${one.type} ${what} ${createHash('sha1').update(JSON.stringify(one)).digest('hex')}`;
}

function sorted(lines: readonly Line[]): readonly string[] {
  return lines.map(({ time, text }) => `${time} ${text}`).toSorted();
}

function signalsOf(lines: readonly Line[]): readonly string[] {
  return lines.filter(({ type }) => type !== 'looked').map(({ text }) => text);
}

const real = run(recorded);

t.test('the same candles give the same signals and the same looks, bit for bit', { skip }, (t) => {
  t.ok(signalsOf(real).length > 30, 'there is something to compare');
  t.strictSame(run(recorded), real);
  t.end();
});

t.test('what waits in line changes nothing that is found', { skip }, (t) => {
  let turns = 0;
  const later = run(recorded, ({ analysis }) => {
    // Now and then a few pieces are done, as a busy event loop would.
    turns += 1;
    for (let pieces = turns % 5; pieces > 0; pieces--) analysis.step();
  });
  t.strictSame(sorted(later), sorted(real));
  t.strictSame(signalsOf(later), signalsOf(real), 'signals come in the same order');
  t.end();
});

t.test('whichever asset closes first, the same signals come, and the same looks', { skip }, (t) => {
  const endOf = ({ timeframe, candle }: PlayedClose): number => bucketEnd(timeframe, candle.time);
  const shuffled: PlayedClose[] = [];
  for (let begin = 0; begin < recorded.length; ) {
    const moment = endOf(recorded[begin] as PlayedClose);
    let end = begin;
    while (end < recorded.length && endOf(recorded[end] as PlayedClose) === moment) end += 1;
    const together = recorded.slice(begin, end);
    // Each asset closes its own timeframes shortest first; the assets come in another order each time.
    for (const place of BASES.keys()) {
      const asset = (place * 2 + begin) % BASES.length;
      shuffled.push(...together.filter((close) => close.asset === asset));
    }
    begin = end;
  }
  t.ok(shuffled.length === recorded.length && shuffled.some((close, place) => close !== recorded[place]));
  t.strictSame(sorted(run(shuffled)), sorted(real));
  t.end();
});

t.test('what comes later changes nothing that was found before', { skip }, (t) => {
  const cut = Date.UTC(2022, 10, 21, 13);
  const altered = recorded.map((close): PlayedClose => {
    const { timeframe, candle } = close;
    if (bucketEnd(timeframe, candle.time) <= cut) return close;
    const factor = 1 + 0.4 * Math.sin(candle.time / DAY_MS);
    const { time, open, high, low, close: last, volume } = candle;
    return {
      ...close,
      candle: {
        ...{ time, open: open * factor, high: high * factor * 1.01, low: low * factor * 0.99 },
        ...{ close: last * factor, volume: volume * 3 },
      },
    };
  });
  // What a signal comes to is told with the start of the candle that decides it.
  const isBefore = ({ type, time }: Line): boolean => time <= (type === 'changed' ? cut - HOUR_MS : cut);
  const other = run(altered);
  t.ok(real.filter(isBefore).length > 500);
  t.strictSame(other.filter(isBefore), real.filter(isBefore));
  t.not(sorted(other).join(), sorted(real).join(), 'the future did differ');
  t.end();
});
