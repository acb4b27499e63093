import t from 'tap';
import { TradeSequence } from '../../src/feeds/trade-sequence.js';

const MINUTE = 60_000;

t.test('does not vouch for the minute in which it began', async (t) => {
  const sequence = new TradeSequence();
  sequence.offer('7', 10 * MINUTE + 5, 0);
  sequence.offer('8', 11 * MINUTE, 0);
  t.equal(sequence.vouchedTo(10 * MINUTE), 10 * MINUTE);
  t.equal(sequence.vouchedTo(11 * MINUTE), 11 * MINUTE);
  sequence.offer('9', 12 * MINUTE, 0);
  t.equal(sequence.vouchedTo(11 * MINUTE), 12 * MINUTE, 'a trade at 00.000 belongs to the new minute');
});

t.test('a hole holds its minute back until the late trade fills it', async (t) => {
  const sequence = new TradeSequence();
  sequence.offer('1', 0, 0);
  sequence.offer('2', MINUTE, 0);
  sequence.offer('4', 2 * MINUTE + 1, 0);
  t.equal(sequence.vouchedTo(MINUTE), MINUTE);
  t.match(sequence.holes, [
    { from: 3, to: 3, after: MINUTE, before: 2 * MINUTE + 1, cause: 'missing_trades' },
  ]);
  t.equal(sequence.offer('3', MINUTE + 9, 0), 'reordered');
  t.equal(sequence.vouchedTo(MINUTE), 2 * MINUTE);
  t.equal(sequence.offer('3', MINUTE + 9, 0), 'duplicate');
});

t.test('history settles a hole, and the lost ids are counted', async (t) => {
  const sequence = new TradeSequence();
  sequence.offer('1', 0, 0);
  sequence.offer('5', MINUTE + 1, 0);
  sequence.settle(MINUTE);
  t.equal(sequence.holes.length, 1, 'the hole reaches into the next minute');
  sequence.settle(2 * MINUTE);
  t.equal(sequence.holes.length, 0);
  t.equal(sequence.missing, 3);
  t.equal(sequence.offer('3', 30_000, 0), 'duplicate', 'a trade that history has stood for is not passed on');
});

t.test('a broken connection is no hole if the ids go on without one', async (t) => {
  const sequence = new TradeSequence();
  sequence.offer('1', 0, 0);
  sequence.broke('reconnect');
  t.equal(sequence.pendingBreak, 'reconnect');
  sequence.offer('2', MINUTE, 0);
  t.equal(sequence.pendingBreak, null);
  t.equal(sequence.holes.length, 0);
  sequence.broke('stall');
  sequence.offer('9', 2 * MINUTE, 0);
  t.match(sequence.holes, [{ cause: 'stall', from: 3, to: 8 }]);
});

t.test('ids that skip as a habit are not taken for holes for long', async (t) => {
  const sequence = new TradeSequence();
  for (let index = 0; index < 100; index++) sequence.offer(String(1_000 + index * 3), index * 10_000, 0);
  t.equal(sequence.isConsecutive, false);
  t.same(sequence.holes, []);
  t.equal(sequence.vouchedTo(0), 0);
  t.equal(sequence.offer(String(1_000 + 50 * 3), 500_000, 0), 'duplicate');
  t.equal(sequence.offer(String(1_000 + 99 * 3), 990_000, 0), 'duplicate');
});

t.test('an exchange that counts anew is followed', async (t) => {
  const sequence = new TradeSequence();
  sequence.offer('5000', 0, 0);
  sequence.offer('5001', MINUTE, 0);
  t.equal(sequence.offer('3', 2 * MINUTE, 0), 'new');
  t.equal(sequence.vouchedTo(MINUTE), MINUTE);
  t.equal(sequence.offer('4', 3 * MINUTE, 0), 'new');
  t.equal(sequence.vouchedTo(3 * MINUTE), 3 * MINUTE);
});

t.test('the number of holes is bounded', async (t) => {
  const sequence = new TradeSequence();
  // Every third id is lost: too seldom to be taken for a habit.
  let id = 0;
  for (let index = 0; index < 3_000; index++) {
    id += index % 3 === 2 ? 2 : 1;
    sequence.offer(String(id), index * 1_000, 0);
  }
  t.equal(sequence.isConsecutive, true);
  t.equal(sequence.holes.length, 256);
  t.equal(sequence.vouchedTo(MINUTE), MINUTE, 'minutes of forgotten holes are not vouched for');
});
