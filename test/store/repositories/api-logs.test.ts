import t from 'tap';
import { apiLogFigures, insertApiLogs, listApiLogs } from '../../../src/store/repositories/api-logs.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, as, addUser } = await openUserSite(t);
const [admin, ada] = [await addUser('admin'), await addUser()];

t.test('gives requests to admins by what is asked for, and figures of each endpoint', async (t) => {
  t.same(await as(admin, (db) => listApiLogs(db, {})), { items: [], nextCursor: null });
  t.same(await apiLogFigures(engine, 0), []);
  const log = (
    endpoint: string,
    responseStatus: number,
    responseTimeMs: number,
    userId: number | null = null,
    sampledOneIn = 1,
  ) => ({ endpoint, httpMethod: 'WS', responseStatus, responseTimeMs, userId, sampledOneIn }) as const;
  await insertApiLogs(engine, [
    ...[log('candles.list', 200, 10), log('candles.list', 500, 30, ada)],
    ...[log('candles.list', 429, 20), log('assets.get', 404, 1.5, ada)],
  ]);
  const times = async (filter: Parameters<typeof listApiLogs>[1]): Promise<readonly number[]> =>
    (
      await as(admin, (db) =>
        readAll((cursor) =>
          listApiLogs(db, { limit: 1, ...filter, ...(cursor === undefined ? {} : { cursor }) }),
        ),
      )
    ).map(({ responseTimeMs }) => responseTimeMs);
  t.same(await times({}), [1.5, 20, 30, 10]);
  t.same(await times({ userId: ada }), [1.5, 30]);
  t.same(await times({ endpoint: 'candles.list' }), [20, 30, 10]);
  t.same(await times({ statusMin: 429 }), [20, 30]);
  t.same(await as(admin, (db) => apiLogFigures(db, Date.now() - 60_000)), [
    { endpoint: 'candles.list', requests: 3, failures: 1, meanMs: 20, p95Ms: 30 },
    { endpoint: 'assets.get', requests: 1, failures: 0, meanMs: 1.5, p95Ms: 1.5 },
  ]);
  t.same(await apiLogFigures(engine, Date.now() + 60_000), []);
  t.same((await as(ada, (db) => listApiLogs(db, {}))).items, []);
  await t.rejects(
    insertApiLogs(engine, [log('x', 200, 1), log('x', 200, 1, 4_711)]),
    /fk_api_request_logs_user/,
  );
  t.same(await times({ endpoint: 'x' }), [], 'all or none');
  await insertApiLogs(engine, [log('y', 200, 1, null, 97), log('y', 200, 11, null, 2), log('y', 503, 81)]);
  const figures = (await apiLogFigures(engine, 0)).find(({ endpoint }) => endpoint === 'y');
  const expected = { endpoint: 'y', requests: 100, failures: 1, meanMs: 2, p95Ms: 1 };
  t.same(figures, expected, 'a row counts as often as it stands for');
});
