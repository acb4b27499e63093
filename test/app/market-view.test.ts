import t from 'tap';
import type { Publication } from '../../src/events.js';
import { ALL_CHANNELS, ChannelSite, channel, MINUTE, mapOf, START } from '../support/channel-site.js';

t.test('a snapshot taken between any two changes equals the update that came last', async (t) => {
  const site = new ChannelSite();
  await site.subscribe(...ALL_CHANNELS);
  const last = new Map<string, Publication>();
  const events = [
    () => site.trade(START - MINUTE, 100),
    () => site.trade(START - 5, 99),
    () => site.watermark(START),
    () => site.trade(START + 3, 98),
    () => site.trade(START + 4, 97),
  ];
  for (const event of events) {
    event();
    for (const publication of site.take()) last.set(publication.channel, publication);
    for (const name of ALL_CHANNELS) {
      const { offset, row } = site.state(name);
      const newest = last.get(name);
      t.equal(offset, newest?.offset ?? 0, name);
      // Of trades a snapshot holds more than the last; a closed candle is not the forming one.
      if (row === null || newest === undefined || channel(name).kind === 'trades' || newest.lossless)
        continue;
      if (mapOf(site.engine, name, newest.row).closed !== true) t.same(row, newest.row, name);
    }
  }
});

t.test('the gateway is told what is served, and refused what is not', async (t) => {
  const { market } = new ChannelSite();
  t.same(market.symbols(), ['BTC/USDT']);
  t.equal(market.assetId('BTC/USDT'), 77);
  t.equal(market.assetId('ETH/USDT'), undefined);
  t.equal(market.isSimulated('BTC/USDT'), true);
  t.throws(() => market.isSimulated('ETH/USDT'), RangeError);
  t.throws(() => market.state(channel('ticker:ETH/USDT')), RangeError);
  t.throws(() => market.recentClosed('ETH/USDT', '1m'), RangeError);
});

t.test('a symbol that is switched off is not listed, and its subscribers hear on', async (t) => {
  const { market } = new ChannelSite();
  market.setListed('BTC/USDT', false);
  t.same(market.symbols(), []);
  t.equal(market.assetId('BTC/USDT'), undefined);
  t.ok(market.state(channel('ticker:BTC/USDT')));
  market.setListed('BTC/USDT', true);
  t.same(market.symbols(), ['BTC/USDT']);
  t.equal(market.assetId('BTC/USDT'), 77);
});
