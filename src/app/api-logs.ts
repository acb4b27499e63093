import type { Metrics } from '../metrics.js';
import { logLane } from '../store/lanes/table-lanes.js';
import { insertApiLogs } from '../store/repositories/api-logs.js';
import type { NewApiLog } from '../store/system-records.js';
import type { StoreWriter } from '../store/writer.js';
import type { RequestLog } from '../ws/request-log.js';
import { ApiLogSampler } from './api-log-sampler.js';

/**
 * Gives what takes answered requests on their way to `api_request_logs`: by the writer's lane that goes last, and of
 * which rows are the first to be given up.
 *
 * @param now our clock, ms
 */
export function apiLogs(writer: StoreWriter, metrics: Metrics, now: () => number): RequestLog {
  const sampler = new ApiLogSampler();
  let requests = 0;
  const push = writer.addLane(
    logLane<NewApiLog>('api_request_logs', async (connection, rows) => {
      await insertApiLogs(connection, rows);
      return rows.length;
    }),
  );
  metrics.counter({
    name: 'cryptopredict_gateway_requests_total',
    help: 'REST requests and queries that were answered',
    read: () => requests,
  });
  metrics.counter({
    name: 'cryptopredict_gateway_requests_unlogged_total',
    help: 'Of these, those that no row of api_request_logs stands for',
    read: () => sampler.leftOut,
  });
  return (request) => {
    requests += 1;
    const row = sampler.take(request, now());
    if (row !== null) push(row);
  };
}
