import t from 'tap';
import { insertHealthChecks, listHealthChecks } from '../../../src/store/repositories/system-health.js';
import { START } from '../../support/candles.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, as, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];

t.test('gives what checks found to admins, the newest first, page by page over equal times', async (t) => {
  t.same(await as(admin, (db) => listHealthChecks(db, {})), { items: [], nextCursor: null });
  await insertHealthChecks(engine, []);
  await insertHealthChecks(engine, [
    { checkTime: START },
    { checkTime: START + 1, overallHealthScore: 99.5, errorLogs: ['late'], apiStatus: { up: true } },
    { checkTime: START + 1 },
  ]);
  for (const limit of [1, 2]) {
    const all = await as(admin, (db) =>
      readAll((cursor) => listHealthChecks(db, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.match(all, [
      { checkTime: START + 1, overallHealthScore: null },
      { checkTime: START + 1, overallHealthScore: 99.5, errorLogs: ['late'], apiStatus: { up: true } },
      { checkTime: START },
    ]);
  }
  t.same((await as(ada, (db) => listHealthChecks(db, {}))).items, []);
  await t.rejects(
    insertHealthChecks(engine, [{ checkTime: START, overallHealthScore: Number.NaN }]),
    /chk_system_health_overall_health_score/,
  );
});
