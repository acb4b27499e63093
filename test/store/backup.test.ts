import t, { type Test } from 'tap';
import { writeBackup } from '../../src/store/backup.js';
import { BACKUP_MARK } from '../../src/store/backup-format.js';
import { errorCode } from '../../src/store/error-code.js';
import { readMigrations } from '../../src/store/migrate.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { type Pool, transaction } from '../../src/store/pool.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { readBackup } from '../../src/store/restore.js';
import { candle, fromDocument, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { insertRow, type TableCase } from '../support/schema-cases.js';
import { ALL_CASES } from './schema/all-cases.js';

/** Gives the backup of a database as the pieces that it was written in. */
async function backup(pool: Pool): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  await writeBackup(pool, {
    version: 'test',
    signal: new AbortController().signal,
    take: async (piece) => void pieces.push(piece),
  });
  return pieces;
}

async function* stream(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

function* parts(whole: Buffer, bytes: number): Generator<Buffer> {
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

/** Everything that a backup promises to bring back: rows as text by table, sequences, and the shape of the schema. */
async function contents(pool: Pool): Promise<Record<string, readonly unknown[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
       AND relname NOT IN ('schema_migrations', 'outbox', 'outbox_channels', 'audit_log_id_seq') ORDER BY 1`,
  );
  const found: Record<string, readonly unknown[]> = {};
  for (const { name } of tables) {
    // Of a sequence, how many values are written ahead is of no account.
    const { rows } = await pool.query(
      // A restored database has a name of its own, and the audit tells of it.
      `SELECT row FROM (SELECT to_jsonb(x) - 'log_cnt' AS row FROM (SELECT * FROM "${name}") x) AS rows
       WHERE coalesce(row ->> 'row_id', row ->> 'key', '') <> 'database.id' ORDER BY 1`,
    );
    found[name] = rows;
  }
  const shape = async (sql: string): Promise<readonly unknown[]> => (await pool.query(sql)).rows;
  // A partition that was made anew has other names for what it has of its parent.
  found.constraints = await shape(
    `SELECT c.relname, CASE WHEN c.relispartition AND contype <> 'c' THEN '' ELSE conname END AS name,
       pg_get_constraintdef(k.oid) AS definition, convalidated, coninhcount
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3`,
  );
  found.triggers = await shape(
    `SELECT tgrelid::regclass::text AS table, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
     WHERE NOT tgisinternal ORDER BY 1, 2`,
  );
  found.indexes = await shape(
    `SELECT c.relname, CASE WHEN c.relispartition THEN regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON')
       ELSE indexdef END AS definition
     FROM pg_indexes i JOIN pg_class c ON c.oid = format('public.%I', i.tablename)::regclass
     WHERE schemaname = 'public' ORDER BY 1, 2`,
  );
  found.partitions = await shape(
    `SELECT c.relname, h.inhparent::regclass::text, pg_get_expr(relpartbound, c.oid) FROM pg_class c
     JOIN pg_inherits h ON h.inhrelid = c.oid WHERE c.relkind = 'r' ORDER BY 1`,
  );
  return found;
}

/** Inserts two rows of a table, with numbers that neither the seeds nor other tables' rows have taken. */
async function insertTwo(pool: Pool, of: TableCase): Promise<void> {
  for (let n = 1, inserted = 0; inserted < 2; n++) {
    try {
      await transaction(pool, async (connection) => {
        await insertRow(connection, of.table, await of.valid(connection, n));
      });
      inserted += 1;
    } catch (error) {
      if (errorCode(error) !== '23505') throw error;
    }
  }
}

/** A database with rows in every table: candles in three partitions, an archived month, values that are hard to write. */
async function filled(t: Test): Promise<Pool> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  for (const of of ALL_CASES) await insertTwo(pool, of);
  const [asset = 0] = await makeAssets(pool, 1);
  const candles = new CandleRepository(pool, { toDocument, fromDocument });
  await ensurePartitions(pool, START, START + 1);
  const records = [START, START - 400 * 86_400_000, START + 40 * 86_400_000].flatMap((time) =>
    Array.from({ length: 3_000 }, (_, i) =>
      candle({
        assetId: asset,
        time: time + i * MINUTE,
        volume: i / 7,
        indicators: { 'tab\tline\nback\\slash "\\.': i },
      }),
    ),
  );
  await candles.bulkUpsert(records, {
    computedAtMs: 0,
    onRejected: (_, error) => {
      throw error;
    },
  });
  await pool.query(`SELECT archive_old_data('2023-06-01')`);
  await pool.query(
    `UPDATE assets SET description = E'\\\\.\\n\\\\.\\n\\t\\\\N "ü" €', links = '{"a": "\\u00e9\\\\\\\\"}'`,
  );
  return pool;
}

t.test(
  'a backup that is restored into an empty database brings back every row and the whole schema',
  async (t) => {
    const pool = await filled(t);
    const before = await contents(pool);
    const pieces = await backup(pool);
    const whole = Buffer.concat(pieces);
    // As it was written; and cut anywhere, as a file is read, the first part into tiny pieces.
    const cut = [...parts(whole.subarray(0, 40_000), 4), ...parts(whole.subarray(40_000), 1_777)];
    for (const read of [pieces, cut]) {
      const empty = await createTestDatabase({ empty: true });
      t.teardown(() => empty.drop());
      const rows = await readBackup(empty.pool, stream(read));
      t.ok(rows > 9_000);
      const after = await contents(empty.pool);
      t.same(Object.keys(after), Object.keys(before));
      for (const [name, wanted] of Object.entries(before)) {
        if (JSON.stringify(after[name]) !== JSON.stringify(wanted)) t.same(after[name], wanted, name);
      }
      const [first] = ALL_CASES;
      if (first === undefined) throw new Error('no case');
      await t.resolves(insertTwo(empty.pool, first), 'new rows have new ids');
    }
  },
);

t.test('positions of lossless channels that were handed out before are not valid afterwards', async (t) => {
  const { pool } = await createTestDatabase();
  t.teardown(() => pool.end());
  await pool.query(`INSERT INTO outbox_channels (channel, last_offset) VALUES ('signals', 7)`);
  const { rows: before } = await pool.query<{ epoch: string }>('SELECT epoch FROM outbox_channels');
  const empty = await createTestDatabase({ empty: true });
  t.teardown(() => empty.drop());
  await readBackup(empty.pool, stream(await backup(pool)));
  const { rows } = await empty.pool.query<{ epoch: string }>(
    'SELECT epoch, last_offset FROM outbox_channels',
  );
  t.match(rows, [{ last_offset: 0 }]);
  t.not(rows[0]?.epoch, before[0]?.epoch);
});

t.test('a backup is of one moment, whatever is written meanwhile', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  const pieces: Buffer[] = [];
  let isWritten = false;
  await writeBackup(database.pool, {
    version: 'test',
    signal: new AbortController().signal,
    async take(piece) {
      pieces.push(piece);
      if (isWritten) return;
      isWritten = true;
      await database.pool.query(`UPDATE assets SET name = 'later'`);
      await makeAssets(database.pool, 3);
    },
  });
  const empty = await createTestDatabase({ empty: true });
  t.teardown(() => empty.drop());
  await readBackup(empty.pool, stream(pieces));
  const { rows } = await empty.pool.query(
    `SELECT name FROM assets WHERE symbol IN ('C0/USDT', 'C1/USDT', 'C2/USDT') ORDER BY id`,
  );
  t.same(rows, [{ name: 'C0' }, { name: 'C1' }]);
});

t.test('what is not whole, not ours, or not for this database leaves nothing behind', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  const whole = Buffer.concat(await backup(database.pool));
  const text = whole.toString();
  const empty = await createTestDatabase({ empty: true });
  t.teardown(() => empty.drop());
  const refused = async (bytes: Buffer | string, message: RegExp): Promise<void> => {
    await t.rejects(readBackup(empty.pool, stream([Buffer.from(bytes)])), { name: 'OperatorError', message });
    const { rows } = await empty.pool.query(
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    );
    t.same(rows, [{ n: 0 }]);
  };
  for (const share of [0.1, 0.9]) {
    await refused(whole.subarray(0, Math.floor(whole.length * share)), /cut off/);
  }
  await refused('', /cut off/);
  await refused(text.replace(BACKUP_MARK, 'cryptopredict backup 9'), /a later version/);
  await refused(text.replace(/^\d+\tC1\/USDT.*\n/m, ''), /damaged: \d+ rows of assets instead of \d+/);
  await refused(`${text}more`, /something follows its end/);
  await refused(text.replace(/^\{"table":"assets"/m, '{"table":assets'), /damaged: .*JSON/);
  const [first] = await readMigrations();
  await refused(
    text.replace(first?.checksum ?? '', 'another'),
    /whose migration 0001_assets\.sql is not ours/,
  );
  await t.rejects(readBackup(database.pool, stream([whole])), {
    name: 'OperatorError',
    message: /is not empty/,
  });
  t.same(
    (await database.pool.query(`SELECT FROM assets WHERE symbol IN ('C0/USDT', 'C1/USDT')`)).rowCount,
    2,
  );
  await t.rejects(
    writeBackup(empty.pool, {
      version: 'test',
      signal: new AbortController().signal,
      take: () => Promise.resolve(),
    }),
    { name: 'OperatorError', message: /nothing to back up/ },
  );
});

t.test('a backup ends when it may not be written, or is not wanted any more', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  const controller = new AbortController();
  const options = { version: 'test', signal: controller.signal };
  await t.rejects(
    writeBackup(database.pool, {
      ...options,
      async take(piece) {
        if (piece.toString().includes('C1/USDT')) throw new Error('disk full');
      },
    }),
    { message: 'disk full' },
  );
  controller.abort(new Error('stopped'));
  await t.rejects(writeBackup(database.pool, { ...options, take: () => Promise.resolve() }), {
    message: 'stopped',
  });
  t.same((await database.pool.query('SELECT 1 AS works')).rows, [{ works: 1 }], 'the pool is as before');
});
