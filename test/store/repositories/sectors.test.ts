import t from 'tap';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { upsertSectorAnalyses } from '../../../src/store/repositories/sector-analyses.js';
import {
  getSectors,
  listSectorHistory,
  listSectors,
  sectorPerformance,
  sectorsOfAssets,
  upsertSectorHistory,
} from '../../../src/store/repositories/sectors.js';
import { HOUR, makeSnapshot, plansOf } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as, addAssets } = await openUserSite(t);
const model = await makeModel(owner);
const VIEW = { dataSource: 'binance', period: '1d' } as const;
const SERIES = { sectorId: 1, dataSource: 'binance', timeframe: '1h' } as const;
const DAY = 24 * HOUR;

t.test(
  'gives every sector, with its newest analysis of the data source and period if there is one',
  async (t) => {
    const none = await as(null, (db) => listSectors(db, VIEW));
    t.ok(none.items.length > 5);
    t.ok(none.items.every(({ analysis }) => analysis === null));
    const older = await makeSnapshot(engine);
    const newer = await makeSnapshot(engine, { snapshotTime: START + HOUR });
    const simulated = await makeSnapshot(engine, { dataSource: 'demo' });
    const said = (metricsSnapshotId: number, analysisTime: number, performance24hPct: number) =>
      ({
        sectorId: 1,
        aiModelId: model,
        timeframe: '1d',
        metricsSnapshotId,
        analysisTime,
        performance24hPct,
      }) as const;
    await upsertSectorAnalyses(engine, [
      { ...said(newer, START + HOUR, 2.5), sectorMarketCap: '12.34', narrativeTag: ['a', 'b'] },
      said(older, START, 1),
      { ...said(older, START + 3 * HOUR, 3), timeframe: '7d' },
      said(simulated, START + 2 * HOUR, 4),
    ]);
    const [first, second] = await getSectors(engine, [2, 1, 4_711], VIEW);
    t.match(first, {
      id: 1,
      coingeckoId: String,
      analysis: {
        ...{ sectorId: 1, performance24hPct: 2.5, sectorMarketCap: '12.34', narrativeTag: ['a', 'b'] },
        ...{ metricsSnapshotId: newer, createdAt: Number },
      },
    });
    t.match(second, { id: 2, analysis: null });
    t.match(await getSectors(engine, [1], { ...VIEW, dataSource: 'demo' }), [
      { analysis: { performance24hPct: 4 } },
    ]);
    t.same(
      Object.keys(first ?? {}).filter((name) => name.includes('.') || name.includes('_')),
      [],
    );
    for (const limit of [1, 4]) {
      const all = await readAll((cursor) =>
        listSectors(engine, { ...VIEW, limit, ...(cursor === undefined ? {} : { cursor }) }),
      );
      t.same(
        all.map(({ id }) => id),
        none.items.map(({ id }) => id),
      );
    }
  },
);

t.test('knows the sectors of assets and the assets of a sector', async (t) => {
  const [one = 0, two = 0] = await addAssets(2);
  await owner.query(
    `INSERT INTO sector_mapping (asset_id, sector_id, is_primary_sector) VALUES ($1, 3, false), ($1, 5, true), ($2, 3, true)`,
    [one, two],
  );
  t.match(await as(null, (db) => sectorsOfAssets(db, [two, one])), [
    { assetId: one, sectorId: 5, isPrimary: true, sectorName: String },
    { assetId: one, sectorId: 3, isPrimary: false },
    { assetId: two, sectorId: 3, isPrimary: true },
  ]);
  t.same(await sectorsOfAssets(engine, []), []);
  const assets = new AssetRepository(engine);
  const listed = async (sectorId: number): Promise<readonly number[]> =>
    (await assets.list({ ids: [one, two], limit: 10, sectorId })).map(({ id }) => id);
  t.same(await listed(3), [one, two]);
  t.same(await listed(5), [one]);
  t.same(await listed(4), []);
  const [third] = await getSectors(engine, [3], VIEW);
  t.equal(third?.assetCount, 2, 'of the data source, active');
});

t.test(
  'history is paged and kept apart by data source; performance is against the rows of then',
  async (t) => {
    const nothing = {
      marketCap: null,
      volume24h: null,
      at: null,
      change24h: null,
      change7d: null,
      change30d: null,
    };
    t.same(await sectorPerformance(engine, SERIES), nothing);
    t.same(await listSectorHistory(engine, SERIES), { items: [], nextCursor: null });
    const at = (hours: number, marketCap: string | null, dataSource = 'binance') =>
      ({ ...SERIES, dataSource, candleTime: START + hours * HOUR, marketCap }) as const;
    const now = 60 * 24;
    await upsertSectorHistory(engine, [
      ...[
        at(now, '150.00'),
        at(now - 24, '100.00'),
        at(now - 7 * 24 - 1, '0.00'),
        at(now - 61 * 24 + 24, '5.00'),
      ],
      at(now, '7.00', 'demo'),
    ]);
    t.same(await as(null, (db) => sectorPerformance(db, SERIES)), {
      ...nothing,
      ...{ marketCap: '150.00', at: START + now * HOUR, change24h: 50 },
    });
    await upsertSectorHistory(engine, [
      at(now, '300.00'),
      at(now - 7 * 24, '600.00'),
      at(now - 35 * 24, '100.00'),
    ]);
    t.match(await sectorPerformance(engine, SERIES), { change24h: 200, change7d: -50, change30d: 200 });
    for (const limit of [1, 2, 50]) {
      const all = await readAll((cursor) =>
        listSectorHistory(engine, { ...SERIES, limit, ...(cursor === undefined ? {} : { cursor }) }),
      );
      t.equal(all.length, 6);
      t.match(all[0], { marketCap: '300.00', candleTime: START + now * HOUR });
    }
    t.equal((await listSectorHistory(engine, { ...SERIES, from: START + now * HOUR - DAY })).items.length, 2);
    t.match(await plansOf(engine, (db) => sectorPerformance(db, SERIES)), 'Index');
  },
);
