import t from 'tap';
import { Analysis } from '../../../src/engine/analysis/analysis.js';
import type { FrameResult } from '../../../src/engine/analysis/look.js';
import { HOUR_MS, timeframeIndex } from '../../../src/timeframe.js';
import { analysed, SECTORS } from '../../support/analysis-run.js';

const HOUR = timeframeIndex('1h');
const START = Date.UTC(2024, 0, 1);

t.test('lists are not ranked among the few whose history comes first', (t) => {
  const looks: FrameResult[] = [];
  const analysis = new Analysis({
    sink: { looked: (look) => looks.push(look), opened: () => undefined, changed: () => undefined },
    forming: () => null,
  });
  analysis.setMarket(analysed(['BTC', 'ETH', 'SOL']), SECTORS);
  const assets = [100, 101, 102].map((assetId) => ({ assetId, positionType: 'long' }) as const);
  analysis.watchlists.set([{ id: 1, name: 'Tier 1', userId: null, maxAssets: 30, assets }]);
  const candle = (asset: number, number: number) => {
    const close = (asset + 1) * 100 * (1 + 0.05 * Math.sin(number / 7 + asset));
    return { time: START + number * HOUR_MS, open: close, high: close + 1, low: close - 1, close, volume: 5 };
  };
  const begin = (asset: number, count: number): void => {
    analysis.seed(
      asset,
      HOUR,
      Array.from({ length: count }, (_, n) => candle(asset, n)),
    );
    analysis.goLive(asset);
  };
  const close = (asset: number, number: number): void => {
    const one = candle(asset, number);
    analysis.closed(asset, HOUR, { ...one, exchangeTime: one.time + HOUR_MS, coverage: 1 });
  };
  begin(0, 200);
  close(0, 200);
  analysis.drain();
  t.match(looks, [{ metrics: { btcPriceUsd: candle(0, 200).close } }]);
  t.same(looks[0]?.watchlists, []);
  t.equal(looks.length, 1, 'what is of Bitcoin alone is told');
  begin(1, 201);
  begin(2, 201);
  analysis.settle();
  for (const asset of [0, 1, 2]) close(asset, 201);
  analysis.drain();
  t.equal(looks.length, 2);
  t.same(
    looks[1]?.watchlists.map(({ watchlistId }) => watchlistId),
    [1],
  );
  t.end();
});
