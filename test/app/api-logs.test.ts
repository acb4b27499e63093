import t from 'tap';
import { apiLogs } from '../../src/app/api-logs.js';
import { toIndicatorDocument } from '../../src/indicator-document.js';
import { createLogger } from '../../src/logger.js';
import { Metrics } from '../../src/metrics.js';
import { StoreWriter } from '../../src/store/writer.js';
import type { AnsweredRequest } from '../../src/ws/request-log.js';
import { openUserSite } from '../support/user-site.js';

const { engine, owner, addUser } = await openUserSite(t);
const ada = await addUser();
const logger = createLogger({ level: 'silent', format: 'json' });

t.test('requests become rows, and a row that is refused takes no other with it', async (t) => {
  const writer = new StoreWriter({ pool: engine, logger, toDocument: toIndicatorDocument });
  t.teardown(() => writer.close());
  const metrics = new Metrics();
  const log = apiLogs(writer, metrics, () => 1_000);
  const request: AnsweredRequest = {
    ...{ endpoint: '/assets/{symbol}', httpMethod: 'GET', status: 200, ms: 1.25, userId: null },
  };
  log(request);
  log({ ...request, httpMethod: 'WS', endpoint: 'alerts.list', status: 401 });
  log({ ...request, userId: 4_711, endpoint: 'of nobody' });
  log({ ...request, userId: ada });
  for (let n = 0; n < 30; n += 1) log({ ...request, endpoint: 'many' });
  await writer.flush();
  const { rows } = await owner.query(
    `SELECT endpoint, http_method, response_status, response_time_ms::float8 AS ms, user_id, sampled_one_in
     FROM api_request_logs WHERE endpoint <> 'many' ORDER BY id`,
  );
  const common = { ms: 1.25, user_id: null, sampled_one_in: 1 };
  t.same(rows, [
    { ...common, endpoint: '/assets/{symbol}', http_method: 'GET', response_status: 200 },
    { ...common, endpoint: 'alerts.list', http_method: 'WS', response_status: 401 },
    { ...common, endpoint: '/assets/{symbol}', http_method: 'GET', response_status: 200, user_id: ada },
  ]);
  const text = await metrics.text();
  t.match(text, /^cryptopredict_gateway_requests_total 34$/m);
  t.match(text, /^cryptopredict_gateway_requests_unlogged_total 13$/m);
});
