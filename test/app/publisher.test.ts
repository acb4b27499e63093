import t from 'tap';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../../src/timeframe.js';
import { ALL_CHANNELS, ChannelSite, MINUTE, NOW, START } from '../support/channel-site.js';

t.test('an offset counts every change, whether anybody listens or not', async (t) => {
  const site = new ChannelSite();
  const name = 'candles:BTC/USDT:1m';
  t.same(site.state(name), { offset: 0, time: NOW, row: null }, 'nothing yet');
  site.trade(START - MINUTE, 100);
  site.trade(START - MINUTE, 101);
  t.equal(site.state(name).offset, 2);
  t.same(site.take(), [], 'and nothing was built for nobody');
  t.equal(site.broker.status().published, 0);
  await site.subscribe(name);
  const before = site.state(name).offset;
  site.trade(START - 2, 102);
  site.watermark(START);
  site.trade(START, 103);
  t.same(
    site.take().map(({ offset, lossless, time }) => [offset - before, lossless, time]),
    [
      [1, false, NOW],
      [2, true, NOW],
      [3, false, NOW],
    ],
    'updates follow the snapshot without a gap; the closed candle must not be lost',
  );
  t.equal(site.state(name).offset, before + 3);
});

t.test(
  'at a boundary of all timeframes each candle closes once, and only candles are lossless',
  async (t) => {
    const site = new ChannelSite();
    await site.subscribe(...ALL_CHANNELS);
    site.trade(START - MINUTE, 100);
    site.take();
    site.watermark(START);
    const all = site.take();
    const lossless = all
      .filter((publication) => publication.lossless)
      .map((publication) => publication.channel);
    t.same(
      lossless,
      TIMEFRAMES.map((timeframe) => `candles:BTC/USDT:${timeframe}`),
    );
    t.equal(all.length, 2 * TIMEFRAME_COUNT, 'with the indicators of each');
    t.equal(site.written.length, TIMEFRAME_COUNT, 'and each is handed to the writer');
    t.same([...new Set(site.written.map(({ assetId }) => assetId))], [77]);
  },
);

t.test('a trade of a closed minute changes no channel', async (t) => {
  const site = new ChannelSite();
  await site.subscribe(...ALL_CHANNELS);
  site.trade(START - MINUTE, 100);
  site.watermark(START);
  const before = [...site.served.offsets];
  site.take();
  site.trade(START - 1, 1);
  t.same(site.take(), []);
  t.same([...site.served.offsets], before);
});
