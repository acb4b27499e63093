import fc from 'fast-check';
import t, { type Test } from 'tap';
import { REGIMES as NAMES } from '../../../../src/engine/analysis/contexts.js';
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
    if (row !== null && candle.time % (21 * DAY) === 0) complete(t, row);
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
          if (rows % 40 !== 1) continue;
          inRange(t, row);
          complete(t, row);
        }
        t.equal(rows, count - 29, 'a regime from the thirtieth candle on');
      },
    ),
    { numRuns: 8 },
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
