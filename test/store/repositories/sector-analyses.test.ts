import t from 'tap';
import {
  listSectorAnalyses,
  newestRotation,
  upsertCrossSectorAnalyses,
  upsertRotationFlows,
  upsertSectorAnalyses,
} from '../../../src/store/repositories/sector-analyses.js';
import { HOUR, makeSnapshot } from '../../support/analyses.js';
import { START } from '../../support/candles.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, engine, as } = await openUserSite(t);
const model = await makeModel(owner);
const [real, simulated] = [await makeSnapshot(engine), await makeSnapshot(engine, { dataSource: 'demo' })];

t.test('lists the analyses of a sector, page by page over equal times, of one data source', async (t) => {
  const query = { sectorId: 1, dataSource: 'binance', period: '1d' } as const;
  t.same(await listSectorAnalyses(engine, query), { items: [], nextCursor: null });
  const others = await Promise.all(
    [1, 2, 3, 4].map((n) => makeSnapshot(engine, { snapshotTime: START + n })),
  );
  const ids = await upsertSectorAnalyses(
    engine,
    [real, ...others, simulated].map((metricsSnapshotId) => ({
      ...{ sectorId: 1, aiModelId: model, timeframe: '1d', metricsSnapshotId, analysisTime: START },
    })) as Parameters<typeof upsertSectorAnalyses>[1],
  );
  for (const limit of [1, 2, 5, 50]) {
    const all = await as(null, (db) =>
      readAll((cursor) =>
        listSectorAnalyses(db, { ...query, limit, ...(cursor === undefined ? {} : { cursor }) }),
      ),
    );
    t.same(
      all.map(({ id }) => id),
      ids.slice(0, 5).toSorted((a, b) => b - a),
    );
  }
  t.same((await listSectorAnalyses(engine, { ...query, to: START })).items, []);
  t.equal((await listSectorAnalyses(engine, { ...query, from: START })).items.length, 5);
});

t.test('gives the newest rotation with its flows by name, the strongest first', async (t) => {
  t.equal(await newestRotation(engine, 'binance', '1d'), null);
  const at = (metricsSnapshotId: number, analysisTime: number) =>
    ({ aiModelId: model, timeframe: '1d', metricsSnapshotId, analysisTime }) as const;
  const [id = 0, other = 0] = await upsertCrossSectorAnalyses(engine, [
    { ...at(real, START), aiMarketOutlook: 'Bullish', riskRewardMap: [] },
    at(simulated, START + HOUR),
  ]);
  const flow = (fromSectorId: number, toSectorId: number, score: number) =>
    ({ aiCrossSectorAnalysisId: id, fromSectorId, toSectorId, score }) as const;
  const flows = await upsertRotationFlows(engine, [flow(1, 2, 0.25), flow(2, 3, 0.5)]);
  t.same(await upsertRotationFlows(engine, [flow(2, 3, 0.75)]), flows.slice(1), 'once per pair');
  t.match(await as(null, (db) => newestRotation(db, 'binance', '1d')), {
    analysis: { id, aiMarketOutlook: 'Bullish' },
    flows: [
      { fromSectorId: 2, fromSector: String, toSectorId: 3, toSector: String, score: 0.75 },
      { fromSectorId: 1, toSectorId: 2, score: 0.25 },
    ],
  });
  t.match(await newestRotation(engine, 'demo', '1d'), { analysis: { id: other }, flows: [] });
});
