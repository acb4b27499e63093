import t from 'tap';
import { LiveScores } from '../../../src/app/user-views/live-scores.js';
import { scoreMarket } from '../../../src/engine/analysis/watchlists/scores.js';
import {
  contexts,
  DAY,
  HOUR,
  MadeMarket,
  START,
  walk,
} from '../../engine/analysis/portfolios/made-market.js';

const HOURS = 24 * 40;
const market = new MadeMarket(
  Array.from({ length: 25 }, (_, n) => ({
    symbol: n === 0 ? 'BTC/USDT' : `C${n}/USDT`,
    closes: walk(n + 1, HOURS, 100),
  })),
);
const frame = { ...market.frame('1d', START + HOURS * HOUR), isForming: true };
const analysis = { liveFrames: () => () => frame, contexts: contexts(), version: 1 };

t.test('scores are made in pieces, are those made at once, and hold for two seconds', async (t) => {
  const scores = new LiveScores(analysis);
  t.equal(scores.newest, null);
  let steps = 0;
  while (scores.step(0)) steps += 1;
  t.ok(steps >= 5, `${steps} pieces`);
  const whole = scoreMarket(frame, analysis.contexts);
  t.same(scores.newest?.all, whole.all);
  t.ok(whole.all.some(({ score }) => score !== null));
  const { newest } = scores;
  t.equal(scores.step(1_999), false);
  while (scores.step(2_000));
  t.not(scores.newest, newest);
});

t.test('a candle that closes meanwhile ends the work, and does not hold who does it', async (t) => {
  const moving = { ...analysis };
  const scores = new LiveScores(moving);
  for (let round = 0; round < 5; round++) {
    t.equal(scores.step(0), true);
    moving.version += 1;
    t.equal(scores.step(0), false);
  }
  t.equal(scores.newest, null);
  while (scores.step(0));
  t.equal(scores.newest?.frame.time, START + Math.floor(HOURS / 24) * DAY);
});

t.test('who uses scores has those of the market as it is, in turns of the event loop', async (t) => {
  const moving = { ...analysis };
  const scores = new LiveScores(moving);
  const all = await Promise.all([1, 2, 3].map(() => scores.use((newest) => newest)));
  t.same(all[0]?.all, scoreMarket(frame, analysis.contexts).all);
  t.equal(new Set(all).size, 1, 'made once for all');
  t.equal(await scores.use((newest) => newest), all[0], 'still fresh');
  moving.version += 1;
  t.not(await scores.use((newest) => newest), all[0], 'a candle has closed since');
  await t.rejects(
    scores.use(() => {
      throw new Error('broken');
    }),
    { message: 'broken' },
  );
});

t.test('while candles close all the time scores are made in one piece, of one moment', async (t) => {
  let version = 0;
  const scores = new LiveScores({
    ...analysis,
    get version() {
      return version;
    },
  });
  let isClosing = true;
  const close = (): void => {
    version += 1;
    if (isClosing) setImmediate(close);
  };
  close();
  let at = -1;
  const newest = await scores.use((found) => {
    at = version;
    return found;
  });
  isClosing = false;
  t.same(newest?.all, scoreMarket(frame, analysis.contexts).all);
  t.ok(at > 1, 'it was tried before');
});

t.test('without a price there are no scores, and old ones are none', async (t) => {
  let candleTime = Number.NaN;
  const scores = new LiveScores({ ...analysis, liveFrames: () => () => ({ ...frame, candleTime }) });
  t.equal(await scores.use((newest) => newest), null);
  ({ candleTime } = frame);
  while (scores.step(0));
  t.not(scores.newest, null);
  scores.step(30_000);
  t.equal(scores.newest, null);
});
