import t from 'tap';
import { FeedUptime } from '../../src/engine/feed-uptime.js';

t.test('uptime within a span adds up over interruptions', async (t) => {
  const uptime = new FeedUptime();
  t.equal(uptime.within(0, 100), 0, 'nothing said is nothing known');
  uptime.set(true, 10);
  uptime.set(true, 20);
  t.equal(uptime.within(0, 100), 90, 'up since the first word of it');
  uptime.set(false, 30);
  uptime.set(false, 35);
  uptime.set(true, 50);
  t.equal(uptime.within(0, 100), 70);
  t.equal(uptime.within(25, 55), 10);
  t.equal(uptime.share(30, 50), 0);
  t.equal(uptime.share(60, 80), 1);
});

t.test('an empty span is up or down as that moment was', async (t) => {
  const uptime = new FeedUptime();
  uptime.set(true, 10);
  uptime.set(false, 20);
  t.same(
    [uptime.share(9, 9), uptime.share(10, 10), uptime.share(19, 19), uptime.share(20, 20)],
    [0, 1, 1, 0],
  );
});

t.test('a change told with a time before the last one never counts time twice', async (t) => {
  const uptime = new FeedUptime();
  uptime.set(true, 10);
  uptime.set(false, 30);
  uptime.set(true, 20);
  t.equal(uptime.within(0, 40), 30);
  uptime.set(false, 5);
  t.equal(uptime.within(0, 40), 20);
});

t.test('what is forgotten no longer counts, what reaches beyond still does', async (t) => {
  const uptime = new FeedUptime();
  for (const time of [10, 20, 30]) {
    uptime.set(true, time);
    uptime.set(false, time + 5);
  }
  uptime.forgetBefore(22);
  t.equal(uptime.within(0, 100), 10);
});
