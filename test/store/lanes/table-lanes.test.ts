import { rm } from 'node:fs/promises';
import t from 'tap';
import { keptLane, logLane, type RowWriter } from '../../../src/store/lanes/table-lanes.js';
import { Spool } from '../../../src/store/spool/spool.js';
import { StoreWriter } from '../../../src/store/writer.js';
import { toDocument } from '../../support/candles.js';
import { createTestDatabase } from '../../support/database.js';
import { makeTestFolder, silent } from '../../support/folder.js';
import { until } from '../../support/until.js';

interface Call {
  readonly endpoint: string;
  readonly ms: number;
}

const writeCalls: RowWriter<Call> = async (connection, rows) => {
  const { rowCount } = await connection.query(
    `INSERT INTO external_api_logs (api_provider, endpoint, http_method, response_time_ms)
     SELECT 'test', endpoint, 'GET'::request_method, ms FROM unnest($1::text[], $2::numeric[]) AS n (endpoint, ms)`,
    [rows.map(({ endpoint }) => endpoint), rows.map(({ ms }) => ms)],
  );
  return rowCount ?? 0;
};

t.test(
  'a table needs a few lines: rows are written together, a bad one is set aside, kept ones outlive a stop',
  async (t) => {
    const database = await createTestDatabase();
    const dir = await makeTestFolder('tables');
    const pool = await database.connect({ role: 'cryptopredict_engine' });
    const start = async (): Promise<StoreWriter> =>
      new StoreWriter({
        ...{ pool, logger: silent, toDocument, retry: { baseMs: 5, maxMs: 50 } },
        spool: await Spool.open({ dir, logger: silent }),
      });
    let writer = await start();
    t.teardown(async () => {
      await writer.close(100);
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    });
    const log = writer.addLane(logLane('calls', writeCalls));
    for (let i = 0; i < 100; i++) log({ endpoint: `/log/${i}`, ms: i === 50 ? -1 : i });
    await until('their age has come', () => writer.stats.lanes.calls?.written === 99);
    t.match(writer.stats.lanes.calls, { refused: 1, dropped: 0, queuedRows: 0 });

    const keep = writer.addLane(keptLane('kept', writeCalls));
    await database.pool.query('ALTER TABLE external_api_logs RENAME TO away');
    for (let i = 0; i < 10; i++) {
      log({ endpoint: '/lost', ms: i });
      keep({ endpoint: `/kept/${i}`, ms: i });
    }
    t.equal(await writer.close(50), 0);
    await until('its last try has failed', () => pool.idleCount === pool.totalCount);
    await database.pool.query('ALTER TABLE away RENAME TO external_api_logs');
    writer = await start();
    writer.addLane(logLane('calls', writeCalls));
    writer.addLane(keptLane('kept', writeCalls));
    await writer.flush();
    const { rows } = await database.pool.query<{ endpoint: string }>(
      `SELECT endpoint FROM external_api_logs WHERE endpoint NOT LIKE '/log/%' ORDER BY id`,
    );
    t.same(
      rows.map(({ endpoint }) => endpoint),
      Array.from({ length: 10 }, (_, i) => `/kept/${i}`),
    );
  },
);
