import t from 'tap';
import { insertAnalytics, listAnalytics } from '../../../src/store/repositories/analytics.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, as, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];

t.test('gives figures of use to admins by what is asked for, page by page over equal times', async (t) => {
  t.same(await as(admin, (db) => listAnalytics(db, {})), { items: [], nextCursor: null });
  await insertAnalytics(engine, [
    {
      category: 'api_usage',
      metricName: 'requests',
      metricValue: '12345678901234567890.5',
      aggregationLevel: 'daily',
    },
    { category: 'api_usage', metricName: 'failures', metricValue: 2, dimensions: { code: 500 } },
    { category: 'performance', metricName: 'requests', metricValue: 3 },
  ]);
  const names = async (filter: Parameters<typeof listAnalytics>[1]): Promise<readonly string[]> =>
    (
      await as(admin, (db) =>
        readAll((cursor) => listAnalytics(db, { ...filter, ...(cursor === undefined ? {} : { cursor }) })),
      )
    ).map(({ category, metricName }) => `${category} ${metricName}`);
  t.same(await names({ limit: 1 }), ['performance requests', 'api_usage failures', 'api_usage requests']);
  t.same(await names({ category: 'api_usage', limit: 1 }), ['api_usage failures', 'api_usage requests']);
  t.same(await names({ metricName: 'requests', aggregationLevel: 'daily' }), ['api_usage requests']);
  t.same(await names({ to: Date.now() - 60_000 }), []);
  t.equal((await names({ from: Date.now() - 60_000 })).length, 3);
  t.match((await as(admin, (db) => listAnalytics(db, { aggregationLevel: 'daily' }))).items, [
    { metricValue: '12345678901234567890.5', dimensions: null },
  ]);
  t.same((await as(ada, (db) => listAnalytics(db, {}))).items, []);
});
