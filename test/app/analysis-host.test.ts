import t from 'tap';
import { AnalysisHost } from '../../src/app/analysis-host.js';
import { Analysis } from '../../src/engine/analysis/analysis.js';
import { Engine } from '../../src/engine/engine.js';
import { MINUTE_MS, timeframeIndex } from '../../src/timeframe.js';
import { analysed } from '../support/analysis-run.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/until.js';

const START = Date.UTC(2024, 0, 1, 10);
const MINUTE = timeframeIndex('1m');
const quiet = { looked: () => undefined, opened: () => undefined, changed: () => undefined };

function minute(time: number, close: number) {
  return { time, open: close, high: close, low: close, close, volume: 1, tradeCount: 1, vwap: null };
}

t.test(
  'an asset whose history cannot be read waits behind the others, and is analysed when it can be',
  async (t) => {
    const engine = new Engine({ indicators: [] });
    const [asset, other] = [0, 1].map(() => engine.addAsset({ amountDecimals: 2, simulated: false }));
    if (asset === undefined || other === undefined) throw new Error('no asset');
    const analysis = new Analysis({ sink: quiet, forming: () => null });
    analysis.setMarket(analysed(['BTC', 'ETH']), []);
    const { logger, lines } = recordingLogger();
    const host = new AnalysisHost(engine, analysis, logger, { baseMs: 1, maxMs: 2 });
    let tries = 0;
    let isAway = true;
    host.history(asset, () => {
      tries += 1;
      return isAway ? Promise.reject(new Error('no connection')) : Promise.resolve([[minute(START, 100)]]);
    });
    host.history(other, () => Promise.resolve([]));
    await until('the other is ready', () => host.stats.ready === 1);
    t.same([host.stats.failed, lines.length], [1, 1]);
    engine.goLive(asset, START + MINUTE_MS, { ...quietEngine, closed: (a, i) => host.closed(a, i) });
    for (const time of [START + MINUTE_MS, START + 2 * MINUTE_MS]) {
      const received = { exchangeTime: time + MINUTE_MS, receivedAt: time + MINUTE_MS };
      engine.process(
        { ...{ type: 'candle', asset, closed: true, source: 'stream' }, ...minute(time, 101), ...received },
        { ...quietEngine, closed: (a, i) => host.closed(a, i) },
      );
    }
    await until('it is tried again and again', () => tries > 20);
    t.equal(lines.length, 1, 'that is logged once');
    isAway = false;
    await until('it is ready', () => host.stats.ready === 2);
    t.equal(host.stats.failed, 0);
    t.equal(analysis.closes.count(asset, MINUTE), 3, 'what closed meanwhile is in as well');
    await host.stop();
  },
);

t.test('a candle that forms is not seen while the history before it is not in', async (t) => {
  const engine = new Engine({ indicators: [] });
  const asset = engine.addAsset({ amountDecimals: 2, simulated: false });
  const analysis = new Analysis({ sink: quiet, forming: () => null });
  analysis.setMarket(analysed(['BTC']), []);
  const host = new AnalysisHost(engine, analysis, recordingLogger().logger);
  engine.goLive(asset, START, quietEngine);
  const trade = { type: 'trade', asset, id: '1', amount: 1, side: 'buy', receivedAt: START } as const;
  engine.process({ ...trade, price: 100, time: START + MINUTE_MS / 2 }, quietEngine);
  t.equal(engine.forming(MINUTE)?.close, 100);
  t.equal(
    host.forming(asset, MINUTE),
    null,
    'without its history the coin would be told as one that is in time',
  );
  host.history(asset, () => Promise.resolve([]));
  await host.idle();
  t.equal(host.forming(asset, MINUTE)?.close, 100);
  await host.stop();
});

t.test('a stop waits for no history', async (t) => {
  const engine = new Engine({ indicators: [] });
  const analysis = new Analysis({ sink: quiet, forming: () => null });
  const host = new AnalysisHost(engine, analysis, recordingLogger().logger, {
    baseMs: 60_000,
    maxMs: 60_000,
  });
  let tries = 0;
  host.history(0, () => {
    tries += 1;
    return Promise.reject(new Error('no connection'));
  });
  await until('it is tried', () => tries === 1);
  await host.stop();
  t.equal(tries, 1);
});

const quietEngine = {
  closed: () => undefined,
  moved: () => undefined,
  ticked: () => undefined,
  dropped: () => undefined,
  fired: () => undefined,
  expired: () => undefined,
};
