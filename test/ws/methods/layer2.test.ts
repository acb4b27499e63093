import t from 'tap';
import { mapOf, SECTOR_FIELDS } from '../../../src/analysis-fields.js';
import {
  upsertCrossSectorAnalyses,
  upsertRotationFlows,
  upsertSectorAnalyses,
} from '../../../src/store/repositories/sector-analyses.js';
import { upsertSectorHistory } from '../../../src/store/repositories/sectors.js';
import { DAY_MS, HOUR_MS } from '../../../src/timeframe.js';
import { makeSnapshot } from '../../support/analyses.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';
import { makeModel } from '../../support/signals.js';

const site = await openMethodSite(t);
const { analysis, ask, pages, owner, engine, assetIds } = site;
const model = await makeModel(owner);
const { rows: sectors } = await owner.query<{ id: number; name: string }>(
  'SELECT id, name FROM sectors WHERE is_active ORDER BY id LIMIT 4',
);
const [first, second, third] = sectors as [Sector, Sector, Sector];
const NOW = Date.UTC(2024, 2, 11);
const HEAD = { time: NOW, state: 'forming', simulated: true } as const;
analysis.sectorList = sectors.toReversed();

interface Sector {
  readonly id: number;
  readonly name: string;
}

/** A row as the analyses have it. */
function row(sector: Sector, strength: number | null, momentum: number | null) {
  return mapOf(
    SECTOR_FIELDS,
    { ...HEAD, sector: sector.name },
    {
      sectorId: sector.id,
      timeframe: '1d',
      analysisTime: NOW,
      performance24hPct: 8.5,
      sectorDominancePct: 12.5,
      sectorMarketCap: 89_500_000_000,
      relativeStrengthScore: strength,
      aiSectorOutlook: 'Bullish',
      analysisData: {
        rank: 1,
        momentum,
        missing: { performance_7d_pct: 'the history of the index does not reach back so far' },
      },
    },
  );
}

t.test('sectors are listed by id, page by page, by the names of the documents', async (t) => {
  analysis.sectorRows = [row(second, 0.7, 0.2), row(first, 0.4, -0.1)];
  const items = await pages('layer2.sectors', { limit: 3 });
  t.same(
    items.map(({ id }) => id),
    sectors.map(({ id }) => id),
  );
  t.match(items[1], {
    id: second.id,
    name: second.name,
    rank: 1,
    performance_24h: 8.5,
    performance_7d: null,
    dominance: 12.5,
    momentum_score: 0.2,
    status: 'leading',
    outlook: 'Bullish',
    state: 'forming',
    simulated: true,
    missing: { performance_7d: 'the history of the index does not reach back so far' },
  });
  t.match(items[2], {
    id: third.id,
    performance_24h: null,
    missing: { performance_24h: 'the sector is not analysed yet' },
  });
  t.same(unexplained(items), []);
});

t.test('the status is the quadrant of strength and momentum', async (t) => {
  for (const [strength, momentum, status] of [
    [0.6, 0.1, 'leading'],
    [0.6, -0.1, 'weakening'],
    [0.4, 0.1, 'improving'],
    [0.4, -0.1, 'lagging'],
    [null, 0.1, null],
    [0.4, null, null],
  ] as const) {
    analysis.sectorRows = [row(first, strength, momentum)];
    t.match(await ask('layer2.sectors', { limit: 1 }), { items: [{ id: first.id, status }] });
  }
});

t.test('a sector without coins has no rank and momentum for the same reason as no strength', async (t) => {
  const reason = 'no coin of the sector is served in dollars';
  const empty = row(first, null, null);
  analysis.sectorRows = [{ ...empty, analysis_data: { missing: { relative_strength_score: reason } } }];
  const answer = await ask('layer2.sectors', { limit: 1 });
  t.match(answer, {
    items: [{ rank: null, missing: { rank: reason, momentum_score: reason, status: reason } }],
  });
});

t.test('one sector comes with what it is, and with its whole analysis', async (t) => {
  analysis.sectorRows = [row(first, 0.7, 0.2)];
  const answer = await ask('layer2.sector', { sector_id: first.id });
  t.match(answer, {
    id: first.id,
    name: first.name,
    description: String,
    asset_count: Number,
    total_market_cap: 89_500_000_000,
    total_volume: null,
    performance_metrics: { performance_24h_pct: 8.5, tvl_total: null, missing: { tvl_total: String } },
  });
  t.same(unexplained(answer), []);
  analysis.sectorRows = [];
  t.match(await ask('layer2.sector', { sector_id: first.id }), {
    performance_metrics: null,
    missing: { total_market_cap: 'the sector is not analysed yet' },
  });
});

t.test('performance is that of the index now, and that of the stored market caps', async (t) => {
  analysis.sectorRows = [row(first, 0.7, 0.2)];
  const cap = (hours: number, marketCap: number | null) =>
    ({
      sectorId: first.id,
      dataSource: 'demo',
      timeframe: '1h',
      candleTime: NOW - hours * HOUR_MS,
      marketCap,
    }) as const;
  await upsertSectorHistory(engine, [cap(25, 100), cap(1, 110)]);
  const answer = await ask('layer2.sectorPerformance', { sector_id: first.id });
  t.match(answer, {
    sector_id: first.id,
    performance_24h: 8.5,
    performance_7d: null,
    time: NOW,
    capitalisation: { market_cap: 110, time: NOW - HOUR_MS, change_7d: null, missing: { change_7d: String } },
    simulated: true,
  });
  t.equal(Math.round((answer.capitalisation as { change_24h: number }).change_24h * 1e6), 10 * 1e6);
  t.same(unexplained(answer), []);
});

t.test('assets of a sector are those that are served, with their prices', async (t) => {
  await owner.query('DELETE FROM sector_mapping WHERE sector_id = $1', [third.id]);
  await owner.query(
    `INSERT INTO sector_mapping (asset_id, sector_id, is_primary_sector)
     SELECT id, $1, false FROM unnest($2::int[]) AS id`,
    [third.id, assetIds],
  );
  const items = await pages('layer2.sectorAssets', { sector_id: third.id, limit: 2 });
  t.same(
    items.map(({ id }) => id),
    assetIds.toSorted((a, b) => a - b),
  );
  t.match(items[0], { symbol: String, simulated: true, missing: { market_cap: String } });
  for (const sector of [third.name, third.name.toUpperCase(), String(third.id)]) {
    const found = await pages('assets.list', { sector, limit: 1 });
    t.equal(found.length, assetIds.length, sector);
  }
  t.same(await pages('assets.list', { sector: String(second.id), q: 'DOGE' }), []);
  t.match(await site.refusal('assets.list', { sector: `${third.name}x` }), {
    code: 'invalid_params',
    field: 'sector',
    message: `sector: there is no sector "${third.name}x"; nearest: ${third.name}`,
  });
  t.same((await ask('layer2.sectorAssets', { sector_id: second.id })).name, second.name);
});

t.test('history is of the candles of so many days, the newest first, with each reason', async (t) => {
  analysis.metricsRows.set('1h', { time: NOW });
  const candle = (days: number) =>
    ({
      sectorId: second.id,
      dataSource: 'demo',
      timeframe: '1d',
      candleTime: NOW - days * DAY_MS,
      volume24h: '7.25',
      technicalIndicators: { RSI: 55, missing: { market_cap: 'the supply of 1 of 2 coins is not known' } },
    }) as const;
  await upsertSectorHistory(engine, [1, 2, 3, 4, 40].map(candle));
  await upsertSectorHistory(engine, [{ ...candle(1), dataSource: 'binance' }]);
  const items = await pages('layer2.sectorHistory', { sector_id: second.id, days: 3, limit: 2 });
  t.same(
    items.map(({ time }) => time),
    [1, 2, 3].map((days) => NOW - days * DAY_MS),
  );
  t.match(items[0], {
    state: 'closed',
    simulated: true,
    market_cap: null,
    volume_24h: 7.25,
    technical_indicators: { RSI: 55 },
    missing: { market_cap: 'the supply of 1 of 2 coins is not known' },
  });
  t.equal((await pages('layer2.sectorHistory', { sector_id: second.id, days: 60 })).length, 5);
});

t.test('rotation names who gains and who loses by all flows, now and of a window that closed', async (t) => {
  const flows = [
    { from_sector_id: 1, from_sector: 'A', to_sector_id: 2, to_sector: 'B', score: 0.5 },
    { from_sector_id: 3, from_sector: 'C', to_sector_id: 2, to_sector: 'B', score: 0.25 },
    { from_sector_id: 1, from_sector: 'A', to_sector_id: 3, to_sector: 'C', score: 0.5 },
    { from_sector_id: 2, from_sector: 'B', to_sector_id: 1, to_sector: 'A', score: 0 },
  ];
  analysis.rotationRow = {
    ...HEAD,
    flows,
    timeframe: '1d',
    sector_rotation_flows: { 'A→B': 0.5 },
    analysis_data: { missing: { correlation_matrix: 'too few returns' } },
  };
  const live = await ask('layer2.rotation');
  t.match(live, {
    rotation_probability: null,
    leading_sectors: ['B', 'C'],
    declining_sectors: ['A'],
    flow_directions: { 'A→B': 0.5 },
    recommended_allocation: null,
    flows,
    state: 'forming',
    missing: { correlation_matrix: 'too few returns', rotation_probability: /no probability/ },
  });
  t.same(unexplained(live), []);
  t.match(await site.refusal('layer2.rotation', { timeframe: '4h' }), {
    code: 'unavailable',
    message: 'no rotation of 4h is stored yet: where BTC is served, one is made at the close of each 4 hours',
  });
  const metricsSnapshotId = await makeSnapshot(engine, { dataSource: 'demo' });
  const [id = 0] = await upsertCrossSectorAnalyses(engine, [
    { aiModelId: model, metricsSnapshotId, timeframe: '7d', analysisTime: NOW, aiConfidenceScore: 0.5 },
  ]);
  await upsertRotationFlows(engine, [
    { aiCrossSectorAnalysisId: id, fromSectorId: first.id, toSectorId: second.id, score: 0.4 },
  ]);
  const stored = await ask('layer2.rotation', { timeframe: '7d' });
  t.match(stored, {
    time: NOW,
    state: 'closed',
    simulated: true,
    leading_sectors: [second.name],
    declining_sectors: [first.name],
    flows: [{ from_sector_id: first.id, from_sector: first.name, to_sector: second.name, score: 0.4 }],
    ai_confidence_score: 0.5,
  });
  t.same(unexplained(stored), []);
});

t.test('sectors are compared by their newest stored analyses, in the order asked for', async (t) => {
  const metricsSnapshotId = await makeSnapshot(engine, { dataSource: 'demo', timeframe: '1d' });
  const other = await makeSnapshot(engine, { timeframe: '1d' });
  const analysed = { aiModelId: model, sectorId: second.id, timeframe: '30d', analysisTime: NOW } as const;
  await upsertSectorAnalyses(engine, [
    {
      ...analysed,
      metricsSnapshotId,
      sectorMarketCap: '12.5',
      performance30dPct: 3,
      analysisData: { rank: 2 },
    },
    { ...analysed, metricsSnapshotId: other, performance30dPct: 99 },
  ]);
  const asked = { sectors: [second.id, first.id, second.id], timeframe: '30d' };
  const answer = await ask('layer2.compare', asked);
  t.match(answer, {
    timeframe: '30d',
    items: [
      {
        id: second.id,
        rank: 2,
        performance_30d: 3,
        time: NOW,
        performance_metrics: { sector_market_cap: 12.5 },
      },
      {
        id: first.id,
        performance_30d: null,
        missing: {
          performance_30d:
            'no analysis of 30d is stored yet: where BTC is served, one is made at the close of each day',
        },
      },
    ],
  });
  t.equal((answer.items as unknown[]).length, 2);
  t.same(unexplained(answer.items), []);
  t.same(answer.missing, {});
  t.match(await ask('layer2.compare', { sectors: [first.id, third.id], timeframe: '4h' }), {
    missing: {
      items: 'no analysis of 4h is stored yet: where BTC is served, one is made at the close of each 4 hours',
    },
  });
});
