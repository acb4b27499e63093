import fc from 'fast-check';
import t from 'tap';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../../src/store/keyset.js';
import { createTestDatabase } from '../support/database.js';

const database = await createTestDatabase({ empty: true });
t.teardown(() => database.drop());
await database.pool.query(`CREATE TABLE item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, score numeric NOT NULL, name text NOT NULL)`);

interface ItemRow extends KeyedRow {
  readonly id: number;
}

const BY_ID = { sql: 'i.id', type: 'integer' } as const;
const ORDERS = {
  newest: new Keyset('newest', 'DESC', [{ sql: 'i.at', type: 'time' }, BY_ID]),
  oldest: new Keyset('oldest', 'ASC', [{ sql: 'i.at', type: 'time' }, BY_ID]),
  best: new Keyset('best', 'DESC', [{ sql: 'i.score', type: 'decimal' }, BY_ID]),
  named: new Keyset('named', 'ASC', [{ sql: 'i.name', type: 'text' }, BY_ID]),
};

async function read(keyset: Keyset, request: PageRequest): Promise<Page<number>> {
  const values: unknown[] = ['%'];
  const { rows } = await database.pool.query<ItemRow>(
    `SELECT i.id, ${keyset.select} FROM item i
     WHERE i.name LIKE $1 AND ${keyset.after(request, values)} ${keyset.orderAndLimit(request, values)}`,
    values,
  );
  return keyset.page(request, rows, ({ id }) => id);
}

async function readAll(keyset: Keyset, limit: number): Promise<number[]> {
  const all: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(keyset, { limit, ...(cursor === undefined ? {} : { cursor }) });
    t.ok(page.items.length > 0 || cursor === undefined, 'a next page is never empty');
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** Of few values, so that many rows are equal; times differ by microseconds within one millisecond. */
const items = fc.array(
  fc.record({
    us: fc.integer({ min: 0, max: 3 }).map((n) => 1_700_000_000_000_000 + n),
    score: fc.constantFrom('-1', '0', '0.1', '0.10000000000000000001', '12345678901234567890.5'),
    name: fc.constantFrom('', 'a', 'b', `"'é\\`, 'ж'),
  }),
  { maxLength: 12 },
);

t.test('pages of any size hold every row once and in order, however many are equal', async (t) => {
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 13 }), async (rows, limit) => {
      await database.pool.query('TRUNCATE item');
      await database.pool.query(
        `INSERT INTO item (at, score, name)
         SELECT timestamptz 'epoch' + us * interval '1 microsecond', score, name
         FROM unnest($1::bigint[], $2::numeric[], $3::text[]) AS n (us, score, name)`,
        [rows.map(({ us }) => us), rows.map(({ score }) => score), rows.map(({ name }) => name)],
      );
      for (const [column, keyset, direction] of [
        ['at', ORDERS.newest, 'DESC'],
        ['at', ORDERS.oldest, 'ASC'],
        ['score', ORDERS.best, 'DESC'],
        ['name', ORDERS.named, 'ASC'],
      ] as const) {
        const { rows: expected } = await database.pool.query<{ id: number }>(
          `SELECT id FROM item ORDER BY ${column} ${direction}, id ${direction}`,
        );
        t.same(
          await readAll(keyset, limit),
          expected.map(({ id }) => id),
        );
      }
    }),
    { numRuns: 40 },
  );
});

t.test('a page that is full to the last row is the last one', async (t) => {
  await database.pool.query('TRUNCATE item');
  await database.pool.query(
    `INSERT INTO item (at, score, name) SELECT now(), 1, 'a' FROM generate_series(1, 4)`,
  );
  t.equal((await read(ORDERS.newest, { limit: 4 })).nextCursor, null);
  t.not((await read(ORDERS.newest, { limit: 3 })).nextCursor, null);
});

t.test('holds 50 items unless asked, and refuses a limit out of its range', async (t) => {
  await database.pool.query('TRUNCATE item');
  await database.pool.query(
    `INSERT INTO item (at, score, name) SELECT now(), 1, 'a' FROM generate_series(1, 51)`,
  );
  t.equal((await read(ORDERS.newest, {})).items.length, 50);
  for (const limit of [0, -1, 501, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(read(ORDERS.newest, { limit }), { name: 'RangeError', message: /^limit: / });
  }
});

function forge(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

t.test('refuses a cursor that another list gave', async (t) => {
  const { nextCursor } = await read(ORDERS.newest, { limit: 1 });
  await t.rejects(read(ORDERS.oldest, { cursor: nextCursor ?? '' }), {
    name: 'RangeError',
    message: /^cursor: /,
  });
});

for (const [what, cursor] of Object.entries({
  'is empty': '',
  'is no JSON': 'AAAA',
  'is no array': forge({ 0: 'newest' }),
  'is too short': forge(['newest', '1']),
  'is too long': forge(['newest', '1', '1', '1']),
  'has numbers': forge(['newest', 1, 1]),
  'has a fraction': forge(['newest', '1', '1.5']),
  'has SQL': forge(['newest', '1', '1) OR true --']),
  'has a number out of range': forge(['newest', '1', '9999999999999999']),
  'is longer than any': forge(['newest', '1', '1'.repeat(3_000)]),
})) {
  t.test(`refuses a cursor that ${what}`, async (t) => {
    await t.rejects(read(ORDERS.newest, { cursor }), { name: 'RangeError', message: /^cursor: / });
  });
}

t.test('takes no cursor that the database would refuse', async (t) => {
  const key = fc.oneof(fc.string(), fc.bigInt().map(String), fc.double().map(String), fc.constant('\0'));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.entries(ORDERS)), key, key, async ([name, keyset], a, b) => {
      try {
        await read(keyset, { cursor: forge([name, a, b]) });
      } catch (error) {
        t.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
