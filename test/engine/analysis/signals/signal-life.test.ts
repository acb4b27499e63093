import t from 'tap';
import type { SignalChange, SignalDraft } from '../../../../src/engine/analysis/signals/signal.js';
import { SignalLife } from '../../../../src/engine/analysis/signals/signal-life.js';
import { draft, HOUR, OPENED } from '../../../support/signal-drafts.js';

const EXPIRES = OPENED + 48 * HOUR;

function life(different: Partial<SignalDraft> = {}): SignalLife {
  return new SignalLife(0, 3, draft(different), OPENED);
}

function short(): SignalLife {
  return life({ signalType: 'short', stopLoss: 105, targetPrice: 90 });
}

/** What of an end matters here. */
function end(change: SignalChange | null): readonly unknown[] | null {
  if (change === null) return null;
  const {
    status,
    signalSuccessful,
    exitPrice,
    actualEntryPrice,
    maxFavorableExcursion,
    maxAdverseExcursion,
  } = change;
  return [status, signalSuccessful, exitPrice, actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion];
}

t.test('the first price is the entry, and the target ends it at its own price', async (t) => {
  const long = life();
  t.equal(long.actualEntryPrice, null, 'nothing was seen yet');
  t.equal(long.ticked(100.5, OPENED), null);
  t.equal(long.actualEntryPrice, 100.5, 'a trade at the very end of the candle is the first one after it');
  t.equal(long.ticked(98, OPENED + 1), null);
  t.equal(long.ticked(109.99, OPENED + 2), null);
  t.same(end(long.ticked(110.4, OPENED + 3)), ['executed', true, 110, 100.5, 110.4, 98]);
});

t.test('a price exactly at the level counts', async (t) => {
  const target = life();
  target.ticked(100, OPENED);
  t.same(end(target.ticked(110, OPENED + 1)), ['executed', true, 110, 100, 110, 100]);
  const stop = life();
  stop.ticked(100, OPENED);
  t.same(end(stop.ticked(95, OPENED + 1)), ['executed', false, 95, 100, 100, 95]);
});

t.test('a stop that is jumped over is left where the price is', async (t) => {
  const long = life();
  long.ticked(100, OPENED);
  t.same(end(long.ticked(80, OPENED + 1)), ['executed', false, 80, 100, 100, 80]);
});

t.test('shorts are the mirror', async (t) => {
  const won = short();
  won.ticked(100, OPENED);
  won.ticked(103, OPENED + 1);
  t.same(end(won.ticked(89, OPENED + 2)), ['executed', true, 90, 100, 89, 103]);
  const lost = short();
  lost.ticked(100, OPENED);
  t.same(end(lost.ticked(105, OPENED + 1)), ['executed', false, 105, 100, 100, 105]);
});

t.test('trades of before the close are none of its business', async (t) => {
  const long = life();
  t.equal(long.ticked(50, OPENED - 1), null);
  t.equal(long.ranged(100, 200, 50, 100, OPENED - 60_000, true), null);
  t.equal(long.actualEntryPrice, null);
});

t.test('whoever finds the price beyond a level already could not enter', async (t) => {
  const stop = life().ticked(94, OPENED);
  t.same(end(stop), ['invalidated', null, null, 94, 94, 94]);
  t.match(stop?.reason, /beyond the stop/);
  t.same(end(life().ticked(111, OPENED)), ['invalidated', null, null, 111, 111, 111]);
  t.same(end(life().ranged(94, 99, 93, 98, OPENED, true)), ['invalidated', null, null, 94, 94, 94]);
});

t.test('a candle that touches both levels is a loss', async (t) => {
  t.same(end(life().ranged(100, 111, 94, 105, OPENED, true)), ['executed', false, 95, 100, 100, 95]);
  t.same(end(short().ranged(100, 106, 89, 105, OPENED, true)), ['executed', false, 105, 100, 100, 105]);
});

t.test('trades tell which of both came first', async (t) => {
  const long = life();
  long.ticked(100, OPENED);
  t.same(end(long.ticked(111, OPENED + 1)), ['executed', true, 110, 100, 111, 100], 'the target did');
});

t.test('a candle that forms ends it as the closed one does', async (t) => {
  const forming = life();
  t.equal(forming.ranged(100, 111, 99, 110.5, OPENED, false), null, 'the stop may still come');
  t.equal(forming.ranged(100, 111, 94, 96, OPENED, false)?.signalSuccessful, false, 'and here it does');
  const whole = life().ranged(100, 111, 94, 96, OPENED, true);
  t.same(end(whole), ['executed', false, 95, 100, 100, 95]);
  const won = life();
  won.ranged(100, 111, 99, 110.5, OPENED, false);
  t.same(end(won.ranged(100, 111, 99, 110, OPENED, true)), ['executed', true, 110, 100, 111, 99]);
});

t.test('a candle that opens beyond the stop is left at its open', async (t) => {
  const long = life();
  long.ranged(100, 101, 99, 100, OPENED, true);
  t.same(end(long.ranged(90, 92, 88, 91, OPENED + 60_000, true)), ['executed', false, 90, 100, 101, 90]);
  const gone = short();
  gone.ranged(100, 101, 99, 100, OPENED, true);
  t.same(end(gone.ranged(110, 112, 108, 111, OPENED + 60_000, true)), ['executed', false, 110, 100, 99, 110]);
});

t.test('candles told again, or after their trades, change nothing', async (t) => {
  const long = life();
  long.ticked(100, OPENED);
  long.ticked(104, OPENED + 1_000);
  long.ticked(97, OPENED + 2_000);
  for (let time = 0; time < 3; time++) t.equal(long.ranged(100, 104, 97, 97, OPENED, true), null);
  t.same([long.actualEntryPrice, long.maxFavorableExcursion, long.maxAdverseExcursion], [100, 104, 97]);
});

t.test('it expires on the boundary, and not before', async (t) => {
  const long = life();
  long.ticked(100, OPENED);
  t.equal(long.elapsed(EXPIRES - 1), null);
  t.equal(long.ticked(101, EXPIRES - 1), null);
  t.same(end(long.elapsed(EXPIRES)), ['expired', null, 101, 100, 101, 100]);
  const late = life();
  late.ticked(100, OPENED);
  t.same(
    end(late.ticked(200, EXPIRES)),
    ['expired', null, 100, 100, 100, 100],
    'what comes then is too late',
  );
  const candle = life();
  candle.ranged(100, 101, 99, 100.5, OPENED, true);
  t.same(end(candle.ranged(100, 111, 94, 100, EXPIRES, true)), ['expired', null, 100.5, 100, 101, 99]);
  t.same(end(life().elapsed(EXPIRES)), ['expired', null, null, null, null, null], 'nobody traded at all');
});

t.test('it goes on in the middle of its life as if it had never stopped', async (t) => {
  const prices = [100.2, 103, 97.5, 108.7, 96.1, 110.9];
  const whole = life();
  const ends = prices.map((price, n) => end(whole.ticked(price, OPENED + n)));
  for (let cut = 1; cut < prices.length; cut++) {
    const before = life();
    for (const [n, price] of prices.slice(0, cut).entries()) before.ticked(price, OPENED + n);
    const { actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion } = before;
    const after = new SignalLife(0, 3, draft(), OPENED, {
      actualEntryPrice,
      maxFavorableExcursion,
      maxAdverseExcursion,
    });
    const rest = prices.slice(cut).map((price, n) => end(after.ticked(price, OPENED + cut + n)));
    t.same(rest, ends.slice(cut), `after ${cut} prices`);
  }
});
