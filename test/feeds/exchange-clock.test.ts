import t from 'tap';
import { ExchangeClock } from '../../src/feeds/exchange-clock.js';

t.test('goes by the answer of the exchange, half the way there and back apart', async (t) => {
  let local = 1_000;
  const clock = new ExchangeClock(() => local);
  t.equal(clock.now(), 1_000);
  clock.sync(501_000, 900, 1_100);
  t.equal(clock.offsetMs, 500_000);
  local = 2_000;
  t.equal(clock.now(), 502_000);
  t.equal(clock.proven, 501_000, 'only what the exchange said is proven');
});

t.test('follows events that run ahead of it, and never goes back behind them', async (t) => {
  let local = 0;
  const clock = new ExchangeClock(() => local);
  clock.mayJump = true;
  t.ok(clock.observe(10_000_000, 0));
  t.equal(clock.now(), 10_000_000);
  local = 5;
  t.equal(clock.now(), 10_000_005);
  t.ok(clock.observe(9_000_000, 5));
  t.equal(clock.proven, 10_000_000);
  clock.sync(9_500_000, 5, 5);
  t.equal(clock.now(), 10_000_000);
});

t.test('an event from the far future is garbage on a live exchange', async (t) => {
  const clock = new ExchangeClock(() => 0);
  clock.sync(1_000_000, 0, 0);
  t.equal(clock.observe(1_060_001, 0), false);
  t.equal(clock.proven, 1_000_000);
  t.equal(clock.observe(1_060_000, 0), true);
});

t.test(
  'goes by the dates of answers where the exchange cannot be asked, and is never ahead of it',
  async (t) => {
    const ahead = 300_000;
    let exchange = 1_000_000_250;
    const clock = new ExchangeClock(() => exchange + ahead);
    for (let i = 0; i < 40; i++) {
      exchange += 370;
      const heardAt = exchange + ahead + 30;
      clock.hear(Math.floor(exchange / 1_000) * 1_000, heardAt);
      t.ok(
        clock.now() <= exchange,
        'a clock of ours that is five minutes fast does not make minutes end early',
      );
    }
    t.ok(exchange - clock.now() < 100, `late by ${exchange - clock.now()} ms after forty answers`);
    t.ok(clock.observe(exchange + 10, exchange + ahead + 40), 'nor does it make trades incredible');
  },
);

t.test('follows our clock when it is set, in either direction, some minutes of dates later', async (t) => {
  for (const jump of [90_000, -90_000]) {
    let exchange = 1_000_000_000;
    let wrong = 0;
    const clock = new ExchangeClock(() => exchange + wrong);
    for (let minute = 0; minute < 30; minute++) {
      if (minute === 10) wrong = jump;
      clock.hear(exchange, exchange + wrong);
      if (minute === 29) t.equal(clock.now(), exchange);
      exchange += 60_000;
    }
  }
});
