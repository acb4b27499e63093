import fc from 'fast-check';
import t, { type Test } from 'tap';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import { REGIMES as NAMES, type RegimeState } from '../../../../src/engine/analysis/contexts.js';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import type { RegimeAnalysis } from '../../../../src/engine/analysis/regime/analysis.js';
import { type NewRegime, REGIMES } from '../../../../src/store/market-records.js';
import { type Candle, RegimePlayer, randomCandles } from './regime-player.js';

const DAILY = 5;
const DAY = 86_400_000;
const METRICS = { cryptoMarketBreadth: 62, btcDominance: 54 };
/** Columns that only the database knows. */
const IDS = ['metrics_snapshot_id', 'ai_model_id'];
const UNIT = [
  'regimeConfidence',
  'regimeTransitionProb',
  'trendStrengthScore',
  'regimeQualityScore',
  'volatilityRegimeScore',
  'momentumAlignmentScore',
  'structureStrength',
  'volatilityExpansionScore',
  'timeframeConsensusScore',
  'fearGreedImpact',
  'psychologicalLevelScore',
  'institutionalFlowScore',
  'retailParticipationScore',
  'correlationStability',
  'aiConfidenceScore',
  'signalAgreementScore',
  'predictionStability',
  'historicalSimilarity',
] as const;

/** `regime_confidence` → `regimeConfidence`. */
function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Fills the book of external figures as of the end of a candle. */
function feed(player: RegimePlayer, end: number): void {
  const reading = { asOf: end - 1000, receivedAt: end, provider: 'test', simulated: false };
  player.external.set({ ...reading, name: 'fear_greed_index', value: 71 });
  player.external.set({ ...reading, name: 'google_trends_score', value: 40 });
  player.external.set({ ...reading, name: 'whale_netflow_24h', value: -4000 });
  player.external.set({ ...reading, name: 'supply_on_exchanges_btc', value: 2_300_000 });
  player.external.set({ ...reading, name: 'funding_rate_btc', value: 0.0005 });
  for (const [i, name] of (['sp500', 'dxy', 'vix', 'us_10y'] as const).entries()) {
    const closes = Array.from({ length: 120 }, (_, k) => ({
      day: end - (120 - k) * DAY,
      close: [5000, 104, 17, 4.2][i] as number,
    }));
    const moved = closes.map(({ day, close }, k) => ({
      day,
      close: close * (1 + 0.02 * Math.sin(k / 4 + i) + 0.0002 * k),
    }));
    player.external.setSeries(name, moved);
  }
}

/** Every column is there; what is null has its reason, and nothing else has one. */
function complete(t: Test, row: RegimeAnalysis): void {
  const values = row as unknown as Record<string, unknown>;
  const flags = row.validationFlags as { missing_fields: Record<string, string> };
  const columns = REGIMES.columnNames.filter((name) => !IDS.includes(name));
  t.same(Object.keys(values).toSorted(), columns.map(camel).toSorted(), 'a row has all columns');
  const missing = columns.filter((name) => values[camel(name)] === null);
  t.same(Object.keys(flags.missing_fields).toSorted(), missing.toSorted(), 'each null has its reason');
}

/** Names what is out of the bounds that the table's checks set; one assertion, since there are thousands of rows. */
function inRange(t: Test, row: RegimeAnalysis): void {
  const wrong: string[] = UNIT.filter((name) => {
    const value = row[name];
    return value !== null && !(value >= 0 && value <= 1);
  });
  const check = (name: keyof RegimeAnalysis, isRight: (value: number) => boolean) => {
    const value = row[name];
    if (value !== null && !(typeof value === 'number' && isRight(value))) wrong.push(name);
  };
  check('riskAdjustmentFactor', (value) => value >= 0.1 && value <= 5);
  check('regimeDurationDays', (value) => Number.isInteger(value) && value >= 0);
  check('regimeDurationEstimate', (value) => Number.isInteger(value) && value >= 0);
  check('breakoutLevel', (value) => value > 0 && Number.isFinite(value));
  check('volumeSurgeRatio', (value) => value >= 0 && Number.isFinite(value));
  if (row.historicalAnalogue !== null && row.historicalAnalogue.length > 30) wrong.push('historicalAnalogue');
  if (!NAMES.includes(row.currentRegime)) wrong.push('currentRegime');
  if (row.predictedRegime === row.currentRegime) wrong.push('predictedRegime: the same one');
  const { probabilities } = row.analysisData as { probabilities: Record<string, number> };
  const sum = Object.values(probabilities).reduce((all, chance) => all + chance, 0);
  if (!(Math.abs(sum - 1) < 1e-4)) wrong.push('probabilities');
  const text = JSON.stringify(row);
  if (/NaN|Infinity/.test(text)) wrong.push('a text');
  if (!isPlain(row)) wrong.push('a number that JSON does not know');
  t.same(wrong, []);
}

/** Says whether all numbers within are finite. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isPlain);
}

t.test('with every source and history there is no null but those that nobody brings', async (t) => {
  const player = new RegimePlayer();
  const seen = new Set<string>();
  const columns = REGIMES.columnNames.filter((name) => !IDS.includes(name));
  const candles = randomCandles(1500, 31);
  const sectors = [
    {
      sectorId: 1,
      name: 'DeFi',
      time: 0,
      rank: 1,
      relativeStrength: 0.8,
      performance24h: 1,
      performance7d: 2,
      outlook: null,
      inflow: null,
      outflow: null,
    },
  ];
  for (const candle of candles) {
    player.push('1d', candle);
    if (candle.time % (7 * DAY) === 4 * DAY) player.follow('1w', { ...candle });
    const end = candle.time + DAY;
    if (candle.time < (candles[1150] as Candle).time) {
      player.model.follow(player.frame('1d', candle.time), METRICS);
      continue;
    }
    feed(player, end);
    const row = player.model.closed(player.frame('1d', candle.time), METRICS, sectors);
    if (row === null) continue;
    const values = row as unknown as Record<string, unknown>;
    for (const name of columns) if (values[camel(name)] !== null) seen.add(name);
    if (candle === candles.at(-1)) {
      const record: NewRegime = { ...row, metricsSnapshotId: 1, aiModelId: 2 };
      t.ok(record, 'a row is one that the store takes');
      complete(t, row);
      inRange(t, row);
      t.same(row.sectorRegimeImpact, { DeFi: { impact: 'positive', strength: 0.6 } });
      t.equal(row.sentimentRegime, 'greed');
      t.equal(row.whaleActivityInfluence, true);
      t.equal(row.retailParticipationScore, 0.4);
    }
  }
  const never = columns.filter((name) => !seen.has(name));
  t.same(never, ['institutional_flow_score', 'analyst_notes'], 'no source brings these');
});

t.test('without any source each null says why', async (t) => {
  const player = new RegimePlayer();
  let row: RegimeAnalysis | null = null;
  for (const candle of randomCandles(420, 5)) {
    row = player.close('1d', candle);
    if (row !== null && candle.time % (7 * DAY) === 0) complete(t, row);
  }
  t.match(row?.validationFlags, {
    missing_fields: { sentiment_regime: 'the source fear_greed has brought nothing yet' },
    missing_sources: ['fear_greed', 'google_trends', 'macro', 'on_chain'],
  });
});

t.test('rows keep their ranges on wild, flat and dead markets, at prices from 1e-9 to 1e9', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 31, max: 130 }),
      fc.integer({ min: -9, max: 7 }),
      (seed, count, exponent) => {
        const player = new RegimePlayer();
        const scale = 10 ** exponent / 100;
        let rows = 0;
        for (const candle of randomCandles(count, seed, { wild: true })) {
          const { time, open, high, low, close, volume } = candle;
          const scaled = { time, volume, open: open * scale, high: high * scale, low: low * scale };
          const row = player.close('1d', { ...scaled, close: close * scale }, METRICS);
          if (row === null) continue;
          rows += 1;
          if (rows % 25 !== 1) continue;
          inRange(t, row);
          complete(t, row);
        }
        t.equal(rows, count - 29, 'a regime from the thirtieth candle on');
      },
    ),
    { numRuns: 12 },
  );
  const player = new RegimePlayer();
  for (const { time } of randomCandles(120, 1)) {
    const row = player.close('1d', { time, open: 7, high: 7, low: 7, close: 7, volume: 0 });
    if (row !== null) inRange(t, row);
  }
  t.equal(player.model.newest(DAILY)?.regime, 'Sideways', 'a market that does not move goes sideways');
});

t.test('hours, weeks and months have rows of their own', async (t) => {
  for (const [timeframe, step] of [
    ['1h', 3_600_000],
    ['4h', 14_400_000],
    ['1w', 7 * DAY],
    ['1M', 0],
  ] as const) {
    const player = new RegimePlayer();
    let row: RegimeAnalysis | null = null;
    for (const [i, candle] of randomCandles(90, 14).entries()) {
      const time = timeframe === '1M' ? Date.UTC(2015, i, 1) : Date.UTC(2020, 5, 1) + i * step;
      row = player.close(timeframe, { ...candle, time });
      if (row !== null) inRange(t, row);
    }
    t.ok(row !== null, timeframe);
    if (row === null) continue;
    complete(t, row);
    t.equal(row.analysisTimeframe, timeframe);
    const isLong = timeframe === '1w' || timeframe === '1M';
    t.equal(row.historicalAnalogue !== null, isLong, `${timeframe}: analogues of days and longer only`);
  }
});

t.test('durations are those of plain counting', async (t) => {
  const player = new RegimePlayer();
  const seen: { readonly regime: string; readonly end: number }[] = [];
  for (const [i, candle] of randomCandles(1000, 19).entries()) {
    const row = i % 20 === 0 ? player.close('1d', candle) : player.follow('1d', candle);
    const state = player.model.newest(DAILY);
    if (state === null) continue;
    const end = candle.time + DAY;
    seen.push({ regime: state.regime, end });
    const start = seen.findLastIndex(({ regime }) => regime !== state.regime) + 1;
    if (state.since !== seen[start]?.end) t.fail(`since ${state.since}`);
    const days = start === 0 ? null : (end - state.since) / DAY;
    if (row && row.regimeDurationDays !== days) t.fail(`${row.regimeDurationDays} days, not ${days}`);
  }
  const starts = seen.flatMap(({ regime }, i) => (i > 0 && seen[i - 1]?.regime !== regime ? [i] : []));
  const last = starts.at(-1) as number;
  const spells = starts.slice(0, -1).map((start, i) => ({
    regime: seen[start]?.regime,
    candles: (starts[i + 1] as number) - start,
  }));
  const statistics = player.model.statistics(DAILY) as Record<string, unknown>;
  const own = spells.filter(({ regime }) => regime === seen[last]?.regime).map(({ candles }) => candles);
  t.equal(statistics.completed_spells, own.length);
  t.ok(own.length >= 3, `${own.length} spells`);
  const sorted = own.toSorted((a, b) => a - b);
  const middle =
    (sorted[Math.floor((own.length - 1) / 2)] as number) +
    (sorted[Math.ceil((own.length - 1) / 2)] as number);
  t.equal(statistics.typical_duration_days, middle / 2);
});

t.test('a forming candle that closes as it stands gives the same row, and keeps nothing', async (t) => {
  const player = new RegimePlayer();
  const candles = randomCandles(470, 77);
  const [atr, rsi] = [columnOf('atr_14'), columnOf('rsi_14')];
  for (const [i, candle] of candles.entries()) {
    if (i < 440) {
      player.close('1d', candle, METRICS);
      continue;
    }
    const forming = new FormingReader(player.book, (_, timeframe) => (timeframe === DAILY ? candle : null));
    // The structure is of closed candles; here it has this one, as it has when the frame of the close is computed.
    const before = candles.slice(i - 20, i).reduce((sum, { volume }) => sum + volume, 0) / 20;
    const values = {
      atr: forming.value(0, DAILY, atr),
      rsi: forming.value(0, DAILY, rsi),
      meanVolume: before,
    };
    player.structures.push(0, DAILY, { ...candle, ...values });
    const state = player.model.newest(DAILY);
    const statistics = JSON.stringify(player.model.statistics(DAILY));
    const live = player.model.live(player.frame('1d', candle.time, forming), METRICS);
    t.same(player.model.newest(DAILY), state);
    t.equal(JSON.stringify(player.model.statistics(DAILY)), statistics);
    player.book.push(0, DAILY, candle);
    const closed = player.model.closed(player.frame('1d', candle.time), METRICS);
    t.ok(closed !== null);
    t.equal(JSON.stringify(live), JSON.stringify(closed), 'bit for bit');
  }
});

t.test('no future alters a row that was made', async (t) => {
  const past = randomCandles(200, 3);
  const end = past.at(-1) as Candle;
  const futures = [randomCandles(60, 8, { drift: 0.03 }), randomCandles(60, 9, { drift: -0.03 })];
  const rows = futures.map((future) => {
    const player = new RegimePlayer();
    const scale = end.close / 100;
    const after = future.map(({ open, high, low, close, volume }, i) => ({
      time: end.time + (i + 1) * DAY,
      open: open * scale,
      high: high * scale,
      low: low * scale,
      close: close * scale,
      volume,
    }));
    return [...past, ...after].map((candle) => JSON.stringify(player.close('1d', candle)));
  });
  t.same(rows[0]?.slice(0, 200), rows[1]?.slice(0, 200));
  t.not(rows[0]?.at(-1), rows[1]?.at(-1), 'the futures differ');
});

t.test('two plays of the same candles give the same rows, and following gives the same states', async (t) => {
  const candles = randomCandles(300, 12);
  const [a, b, c] = [new RegimePlayer(), new RegimePlayer(), new RegimePlayer()];
  const rowsOf = (player: RegimePlayer) =>
    candles.map((candle) => JSON.stringify(player.close('1d', candle)));
  t.same(rowsOf(a), rowsOf(b));
  for (const candle of candles) c.follow('1d', candle);
  t.same(c.model.newest(DAILY), a.model.newest(DAILY));
  t.equal(JSON.stringify(c.model.statistics(DAILY)), JSON.stringify(a.model.statistics(DAILY)));
});

t.test('other timeframes count as they were strictly before', async (t) => {
  const player = new RegimePlayer();
  const days = randomCandles(60, 21);
  const hour = 3_600_000;
  const first = days[0] as Candle;
  const hours = randomCandles(60, 22).map((candle, i) => ({
    ...candle,
    time: first.time + (59 * 24 + i - 36) * hour,
  }));
  const boundary = first.time + 60 * DAY;
  for (const candle of hours) if (candle.time + hour < boundary) player.follow('1h', candle);
  for (const candle of days.slice(0, -1)) player.follow('1d', candle);
  const atBoundary = hours.find(({ time }) => time + hour === boundary) as Candle;
  const before = player.model.newest(3) as RegimeState;
  player.follow('1h', atBoundary);
  const row = player.close('1d', days.at(-1) as Candle);
  const alignment = row?.timeframeAlignment as Record<string, { confidence: number }>;
  t.equal(
    alignment['1h']?.confidence,
    Number(before.confidence.toPrecision(6)),
    'not the hour that ends with the day',
  );
  t.equal(player.model.before(3, boundary)?.time, boundary - hour);
  t.equal(player.model.newest(3)?.time, boundary);
  t.ok(row?.timeframeConsensusScore !== null);
});

t.test(
  'there is no regime of short candles, without BTC in dollars, or while its candle is late',
  async (t) => {
    const player = new RegimePlayer();
    const candles = randomCandles(60, 2);
    for (const candle of candles) player.push('1d', candle);
    const last = candles.at(-1) as Candle;
    t.equal(player.model.closed(player.frame('15m', last.time), null), null);
    t.equal(
      player.model.closed(player.frame('1d', last.time + DAY), null),
      null,
      'its candle has not closed',
    );
    player.market.setAssets([{ ...player.market.assets[0], quote: 'EUR' } as never]);
    t.equal(player.model.closed(player.frame('1d', last.time), null), null);
    t.equal(player.model.newest(DAILY), null);
    t.equal(player.model.statistics(DAILY), null);
    t.equal(player.model.forecast(DAILY, 5), null);
  },
);

t.test('a forecast is given once thirty candles have followed the regime', async (t) => {
  const player = new RegimePlayer();
  for (const candle of randomCandles(100, 6, { drift: 0.01 })) player.follow('1d', candle);
  t.equal(player.model.newest(DAILY)?.regime, 'Bull', 'a market that rises');
  const chances = player.model.forecast(DAILY, 10);
  t.ok(chances !== null && chances.Bull > 0.5);
  const sum = Object.values(chances ?? {}).reduce((all, chance) => all + chance, 0);
  t.ok(Math.abs(sum - 1) < 1e-9);
});
