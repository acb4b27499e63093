import t from 'tap';
import { ChannelSite, MINUTE, START } from '../support/channel-site.js';

t.test('candles that closed lately are remembered until the database has them', async (t) => {
  const site = new ChannelSite();
  const times = (): number[] =>
    site.market.recentClosed('BTC/USDT', '1m').map(([time]) => (Number(time) - START) / MINUTE);
  const close = (minute: number): void => {
    site.trade(START + minute * MINUTE, 100);
    site.watermark(START + (minute + 1) * MINUTE);
  };
  for (let minute = 0; minute < 20; minute++) close(minute);
  t.equal(times().length, 20, 'none is written, none is forgotten');
  site.queued = 0;
  close(20);
  t.same(times(), [17, 18, 19, 20], 'three that the database has, and the new one');
  t.same(
    site.market.recentClosed('BTC/USDT', '5m').length,
    3,
    'also of series whose candles never close first',
  );
});

t.test('while the database is away a day of candles is remembered, no more', async (t) => {
  const site = new ChannelSite();
  for (let minute = 0; minute < 1_500; minute++) site.watermark(START + minute * MINUTE);
  site.trade(START + 1_499 * MINUTE, 1);
  for (let minute = 1_500; minute < 3_000; minute++) site.watermark(START + minute * MINUTE);
  const rows = site.market.recentClosed('BTC/USDT', '1m');
  t.equal(rows.length, 1_440);
  t.equal(rows.at(-1)?.[0], START + 2_998 * MINUTE);
});
