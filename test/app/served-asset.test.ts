import t from 'tap';
import { ALL_CHANNELS, ChannelSite, channel, MINUTE, START } from '../support/channel-site.js';

t.test('an asset has a channel of every kind and timeframe, by its canonical name', async (t) => {
  const { channels, offsets } = new ChannelSite().served;
  t.same(channels.toSorted(), ALL_CHANNELS.toSorted());
  t.equal(offsets.length, channels.length);
  for (const name of new ChannelSite('BTC/USDT:USDT').served.channels)
    t.match(channel(name), { name, symbol: 'BTC/USDT:USDT' });
});

t.test('the snapshot of trades holds the newest fifty, oldest first', async (t) => {
  const site = new ChannelSite();
  const ids = (): unknown[] => (site.state('trades:BTC/USDT').row as readonly unknown[][]).map(([id]) => id);
  t.same(ids(), []);
  for (let i = 1; i <= 50; i++) site.trade(START - MINUTE + i, 100);
  t.same(
    ids(),
    Array.from({ length: 50 }, (_, i) => String(i + 1)),
  );
  for (let i = 51; i <= 73; i++) site.trade(START - MINUTE + i, 100);
  t.same(
    ids(),
    Array.from({ length: 50 }, (_, i) => String(i + 24)),
  );
});
