import t from 'tap';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import { MetricsModel } from '../../../../src/engine/analysis/metrics/metrics-model.js';
import { METRIC_FIELDS } from '../../../../src/engine/analysis/metrics/snapshot.js';
import { METRICS, type NewMetrics } from '../../../../src/store/market-records.js';
import { bucketStart } from '../../../../src/timeframe.js';
import {
  bring,
  candleOf,
  DAY,
  DEPTHS,
  fed,
  HOUR,
  MINUTE,
  NOW,
  nullsOf,
  priceAt,
  SYMBOLS,
  there,
  whole,
} from './curve-market.js';
import { FIGURES, MadeMarket } from './made-frames.js';

t.test(
  'a snapshot is a row of the table: every column stands in it, and each that may be null in the list',
  async (t) => {
    const { model, frame } = whole(NOW);
    const snapshot = there(model.closed(frame));
    const row: NewMetrics = { ...snapshot, dataSource: 'binance' };
    const snake = (name: string) => name.replace(/[A-Z]|(?<=[a-z])\d+/g, (part) => `_${part.toLowerCase()}`);
    const columns = Object.keys(row).map((name) =>
      snake(name).replace('sp_500', 'sp500').replace('btc_sp_500', 'btc_sp500'),
    );
    t.same(
      columns.map((name) => name.replace('us_10y', 'us_10y')).toSorted(),
      METRICS.columnNames.toSorted(),
    );
    const mayBeNull = METRIC_FIELDS.filter((field) => !field.includes('.'));
    const never = [
      'extended_metrics',
      'data_quality_flags',
      'snapshot_version',
      'is_validated',
      'has_anomalies',
    ];
    t.same(
      [...mayBeNull, ...never].toSorted(),
      METRICS.optionalNames.filter((name) => name !== 'data_source').toSorted(),
    );
  },
);

t.test('with all that sources can bring everything is filled but what no source gives', async (t) => {
  const { model, frame } = whole(NOW);
  const snapshot = there(model.closed(frame));
  const none = ['social_sentiment_score', 'twitter_volume', 'reddit_volume'];
  const expected = none.map((name) => `extended_metrics.sentiment_metrics.${name}`);
  const ratio = 'extended_metrics.composite_metrics.breadth_new_highs_lows_ratio';
  t.same(
    nullsOf(snapshot).filter((field) => field !== ratio),
    expected,
  );
  t.same(Object.keys(snapshot.dataQualityFlags.missing_fields).toSorted(), nullsOf(snapshot).toSorted());
  t.match(snapshot, {
    snapshotTime: NOW,
    timeframe: '1h',
    btcPriceUsd: priceAt(0, NOW),
    isValidated: true,
    hasAnomalies: false,
    fearGreedIndex: 54,
    altcoinDominance: 40,
    liquidityScore: 0.035,
    us10yYield: 4.1,
    vixIndex: 19,
    liquidationsLong: 1.5,
    liquidationsShort: 1.5,
    liquidationZones: [{ long_vol: 1.5, short_vol: 1.5 }],
    dataCollectionStarted: NOW - 5 * MINUTE + 2_000,
    dataCollectionCompleted: NOW,
    collectionDurationMs: 5 * MINUTE - 2_000,
    dataQualityFlags: {
      data_freshness_minutes: 5,
      missing_sources: ['social'],
      stale_sources: [],
      validation_errors: [],
      late_assets: [],
      assets: 4,
      coverage: 1,
      outlier_flags: { btc_price: false, volume: false },
    },
    extendedMetrics: {
      derivatives_metrics: { liquidations_long_24h: 1.5 * 63_000 + 24_000, oi_change_24h: 25 },
      sentiment_metrics: { sentiment_direction: 'rising' },
      onchain_metrics: { miner_outflow: 900 },
    },
  });
  const trend = snapshot.extendedMetrics.derivatives_metrics.funding_rate_trend ?? 0;
  t.ok(Math.abs(trend - 0.00002) < 1e-12);
  t.ok(
    Math.abs((snapshot.weeklyReturn ?? 0) - 100 * (priceAt(0, NOW) / priceAt(0, NOW - 7 * DAY) - 1)) < 1e-9,
  );
  t.ok(
    Math.abs((snapshot.monthlyReturn ?? 0) - 100 * (priceAt(0, NOW) / priceAt(0, NOW - 30 * DAY) - 1)) < 1e-9,
  );
  const { completeness_score, missing_fields } = snapshot.dataQualityFlags;
  t.equal(completeness_score, 1 - Object.keys(missing_fields).length / METRIC_FIELDS.length);
});

t.test('how long figures were collected is of whole ms, whatever the clock tells', async (t) => {
  const { market, model, frame } = whole(NOW);
  bring(market, NOW - 4 * MINUTE + 0.5);
  const { collectionDurationMs } = there(model.closed(frame));
  t.equal(collectionDurationMs, 4 * MINUTE - 2_001, 'the column takes no halves');
});

t.test('technical figures bear the names of their indicators', async (t) => {
  const { market, model, frame } = whole(NOW);
  const found = there(model.closed(frame)).extendedMetrics.technical_indicators;
  const columns = {
    stochastic_k: 'stoch_k',
    stochastic_d: 'stoch_d',
    adx: 'adx_14',
    di_plus: 'plus_di_14',
    di_minus: 'minus_di_14',
  };
  for (const [name, column] of Object.entries(columns)) {
    t.equal(
      found[name as keyof typeof columns],
      market.book.value(0, frame.timeframe, columnOf(column)),
      name,
    );
  }
});

t.test('without any source each null names its reason, and the sources are missing', async (t) => {
  const market = fed(NOW);
  const snapshot = there(new MetricsModel().closed(market.frame('1h', NOW - HOUR)));
  const { missing_fields, missing_sources } = snapshot.dataQualityFlags;
  t.same(Object.keys(missing_fields).toSorted(), nullsOf(snapshot).toSorted());
  t.ok(Object.values(missing_fields).every((reason) => reason.length > 10));
  const sources = [
    'derivatives',
    'fear_greed',
    'global_market',
    'google_trends',
    'macro',
    'on_chain',
    'social',
  ];
  t.same(missing_sources, sources);
  t.match(missing_fields, {
    fear_greed_index: 'the source fear_greed has brought nothing yet',
    liquidations_long: 'the stream of liquidations is not watched',
  });
  t.equal(snapshot.isValidated, true, 'what there is contradicts nothing');
});

t.test('with hardly any candle the indicators are null, and say how many candles they take', async (t) => {
  const market = new MadeMarket(SYMBOLS);
  for (const asset of [0, 1, 2, 3]) market.push(asset, '1h', candleOf(asset, '1h', NOW - HOUR, NOW));
  const snapshot = there(new MetricsModel().closed(market.frame('1h', NOW - HOUR)));
  const { missing_fields, outlier_flags } = snapshot.dataQualityFlags;
  t.same(Object.keys(missing_fields).toSorted(), nullsOf(snapshot).toSorted());
  t.equal(missing_fields.sma_200, 'fewer than 200 candles have come');
  t.same(outlier_flags, { btc_price: null, volume: null });
  const cycle = nullsOf(snapshot).filter((field) => /halving|epoch/.test(field));
  t.same(cycle, [], 'what needs no candles is there');
});

t.test(
  'a source that has gone silent leaves nulls, is stale, and the snapshot is not validated',
  async (t) => {
    const { market, model, frame } = whole(NOW);
    t.equal(model.closed(frame)?.isValidated, true);
    const later = NOW + 2 * HOUR;
    for (const asset of [0, 1, 2, 3]) {
      for (const start of [NOW, NOW + HOUR])
        market.push(asset, '1h', candleOf(asset, '1h', start, start + HOUR));
    }
    const snapshot = model.closed(market.frame('1h', later - HOUR));
    t.match(snapshot, {
      btcDominance: null,
      fundingRateBtc: FIGURES.funding_rate_btc,
      isValidated: false,
      dataQualityFlags: { stale_sources: ['derivatives', 'global_market'] },
    });
    t.match(snapshot?.dataQualityFlags.missing_fields, { btc_dominance: /global_market is late: .*13:55/ });
  },
);

t.test('liquidations are told after a whole day of watching, and not again after a hole', async (t) => {
  const { market, model, frame } = whole(NOW);
  const since = (hours: number) =>
    market.external.apply({ type: 'watching', since: NOW - hours * HOUR, reason: null });
  since(3.25);
  const early = model.live(frame);
  t.equal(early?.liquidationsLong, null);
  t.equal(early?.liquidationZones, null);
  const reason = 'the stream of liquidations is watched for 3.2 of 24 hours';
  t.match(early?.dataQualityFlags.missing_fields, { liquidations_long: reason, liquidation_zones: reason });
  since(24);
  t.equal(model.live(frame)?.liquidationsLong, 1.5);
  market.external.apply({ type: 'watching', since: null, reason: 'is down since 13:58' });
  t.match(model.live(frame)?.dataQualityFlags.missing_fields, {
    liquidations_short: 'the stream of liquidations is down since 13:58',
  });
});

t.test('there is no snapshot without a price of Bitcoin, nor of months', async (t) => {
  const model = new MetricsModel();
  const others = new MadeMarket(['ETH/USDT', 'BTC/EUR']);
  t.equal(model.closed(others.frame('1h', NOW - HOUR)), null);
  t.equal(model.absence, 'no market of BTC in dollars is served');
  const late = fed(NOW, (_timeframe, _end, asset) => asset !== 0);
  t.equal(model.closed(late.frame('1h', NOW - HOUR)), null);
  t.equal(model.absence, 'the candle of BTC/USDT is late');
  t.equal(model.closed(fed(NOW).frame('1M', Date.UTC(2025, 4, 1))), null);
  t.equal(model.absence, 'there are no snapshots of months');
  t.not(model.closed(fed(NOW).frame('1h', NOW - HOUR)), null);
  t.equal(model.absence, null);
});

t.test('what comes later changes no earlier snapshot', async (t) => {
  const { market, model, frame } = whole(NOW);
  const known = JSON.stringify(model.live(frame));
  for (const asset of [0, 1, 2, 3]) {
    for (const timeframe of ['1m', '5m', '15m'] as const) {
      market.push(asset, timeframe, { time: NOW, open: 1e9, high: 2e9, low: 1e-9, close: 1e-9, volume: 1e9 });
    }
  }
  bring(market, NOW + 1, 1.5);
  model.liquidation({ base: 'BTC', side: 'long', price: 1, amount: 1e6, time: NOW });
  const closes = market.external.closes('sp500', NOW);
  market.external.setSeries('sp500', [...closes, { day: bucketStart('1d', NOW), close: 1 }]);
  t.equal(JSON.stringify(model.live(frame)), known);
});

t.test(
  'candles of longer timeframes that end with the frame do not matter: they may close after it',
  async (t) => {
    const midnight = Date.UTC(2025, 5, 18);
    const [all, some] = [
      fed(midnight),
      fed(midnight, (timeframe, end) => end < midnight || !['4h', '1d'].includes(timeframe)),
    ].map((market) => JSON.stringify(new MetricsModel().closed(market.frame('1h', midnight - HOUR))));
    t.equal(some, all);
  },
);

t.test(
  'a forming frame whose candle stands as it will close gives what the close gives, and changes nothing',
  async (t) => {
    const until = Date.UTC(2025, 5, 16);
    const names = DEPTHS.map(([timeframe]) => timeframe);
    for (const [place, timeframe] of names.slice(0, -1).entries()) {
      const start = bucketStart(timeframe, until - 1);
      const after = whole(until);
      const closed = JSON.stringify(after.model.closed(after.market.frame(timeframe, start)));
      const { market, model } = whole(until, (other, end) => end < until || names.indexOf(other) < place);
      const forming = market.forming(timeframe, until, (asset, other) =>
        other === timeframe ? candleOf(asset, other, start, until) : null,
      );
      t.equal(JSON.stringify(model.live(forming)), closed, timeframe);
      t.equal(JSON.stringify(model.live(forming)), closed, `${timeframe} again`);
    }
  },
);

t.test(
  'in a live frame a coin that has not traded yet stands at its last close, and sets no extremes',
  async (t) => {
    const { market, model } = whole(NOW);
    const time = NOW + 20 * MINUTE;
    const frame = (traded: readonly number[]) =>
      market.forming('1h', time, (asset, timeframe) => {
        if (!traded.includes(asset) || timeframe !== '1h') return null;
        const { close } = candleOf(asset, '1h', NOW - HOUR, NOW);
        return { time: NOW, open: close, high: 2 * close, low: close, close, volume: 1 };
      });
    const some = model.live(frame([0, 1]));
    t.match(some, {
      snapshotTime: time,
      newHighs24h: 2,
      newLows24h: 0,
      dataQualityFlags: { late_assets: [] },
    });
    const none = model.live(frame([]));
    t.match(none, {
      btcPriceUsd: priceAt(0, NOW),
      newHighs24h: 0,
      newLows24h: 0,
      dataQualityFlags: { coverage: 1 },
    });
    t.equal(
      model.live({ ...frame([]), timeframe: 4, candleTime: NOW + 2 * HOUR }),
      null,
      'of another candle',
    );
    t.equal(model.closed(market.frame('1h', NOW)), null, 'at a close the candle must be there');
  },
);

t.test('an asset that takes over the number of another one does not inherit its prices', async (t) => {
  const { market, model, frame } = whole(NOW);
  t.not(model.closed(frame), null);
  const book = market.book;
  book.remove(3);
  book.add(3);
  for (let hour = 40; hour >= 1; hour--) {
    const high = hour === 1 ? 9e-9 : 8e-9;
    market.push(3, '1h', { time: NOW - hour * HOUR, open: 7e-9, high, low: 7e-9, close: 8e-9, volume: 1 });
  }
  const { assets } = market.market;
  market.market.setAssets(
    assets.map((asset) => (asset.asset === 3 ? { ...asset, symbol: 'X/USDT', base: 'X' } : asset)),
  );
  const { newHighs24h, newLows24h } = there(new MetricsModel().live(frame));
  t.match(model.live(frame), { newHighs24h, newLows24h });
});

t.test(
  'an outlying candle is an anomaly; figures that contradict each other are not validated',
  async (t) => {
    const { market, model } = whole(NOW);
    for (const asset of [0, 1, 2, 3]) {
      const candle = candleOf(asset, '1h', NOW, NOW + HOUR);
      const low = candle.close * 0.7;
      market.push(asset, '1h', asset === 0 ? { ...candle, low, close: low, volume: 1_000 } : candle);
    }
    bring(market, NOW + HOUR);
    market.read('btc_dominance', 97, NOW + HOUR);
    const snapshot = model.closed(market.frame('1h', NOW));
    t.match(snapshot, {
      hasAnomalies: true,
      isValidated: false,
      altcoinDominance: null,
      dataQualityFlags: {
        outlier_flags: { btc_price: true, volume: true },
        validation_errors: [/dominances add up to 115.75/, /say that there are .* BTC/],
      },
    });
  },
);
