import t from 'tap';
import {
  insertExternalApiLogs,
  listExternalApiLogs,
} from '../../../src/store/repositories/external-api-logs.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, as, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];

t.test('gives requests to others to admins, also those that nobody answered', async (t) => {
  t.same(await as(admin, (db) => listExternalApiLogs(db, {})), { items: [], nextCursor: null });
  const log = (apiProvider: string, responseStatus: number | null) =>
    ({ apiProvider, endpoint: '/v1', httpMethod: 'GET', responseStatus, responseTimeMs: 1 }) as const;
  await insertExternalApiLogs(engine, [log('a', 200), log('a', null), log('b', 503), log('b', 301)]);
  const statuses = async (filter: Parameters<typeof listExternalApiLogs>[1]): Promise<readonly unknown[]> =>
    (
      await as(admin, (db) =>
        readAll((cursor) =>
          listExternalApiLogs(db, { limit: 1, ...filter, ...(cursor === undefined ? {} : { cursor }) }),
        ),
      )
    ).map(({ responseStatus }) => responseStatus);
  t.same(await statuses({}), [301, 503, null, 200]);
  t.same(await statuses({ apiProvider: 'a' }), [null, 200]);
  t.same(await statuses({ failedOnly: true }), [503, null]);
  t.same((await as(ada, (db) => listExternalApiLogs(db, {}))).items, []);
});
