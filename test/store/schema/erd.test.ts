import { readFileSync } from 'node:fs';
import t from 'tap';
import { packageRoot } from '../../../src/package-root.js';
import { type Column, readColumns, readForeignKeys, readIndexes } from '../../support/catalogue.js';
import { createTestDatabase } from '../../support/database.js';
import { type Erd, type ErdColumn, type ErdTable, readErd, sharedSpec } from '../../support/erd-document.js';

/** Types of the document and what they may be here. An enum is one that says which values it has. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  int: ['integer', 'bigint'],
  serial: ['integer', 'bigint'],
  integer: ['integer', 'bigint'],
  varchar: ['text', 'enum'],
  text: ['text'],
  numeric: ['numeric'],
  boolean: ['boolean'],
  jsonb: ['jsonb'],
  inet: ['inet'],
  timestamp: ['timestamp with time zone'],
  'int[]': ['integer[]'],
  'varchar[]': ['text[]'],
};

/** Names in the document's CHECKs and indexes that none of its columns has, and the columns that are meant. */
const MEANT: Readonly<Record<string, string>> = {
  price: 'btc_price_usd',
  total_samples: 'sample_count',
  valid_predictions: 'sample_count',
  confidence_mean: 'confidence_avg',
  composite_score: 'overall_score',
  evaluation_trigger: 'evaluation_type',
  progress_percentage: 'progress_pct',
  meets_min_threshold: 'meets_threshold',
};

const KEYWORDS = new Set(['AND', 'BETWEEN', 'IN', 'IS', 'NULL', 'OR', 'true']);

const document = sharedSpec('erd-v4-structure.md');
const decisions = sharedSpec('SCHEMA.md');
const skipped =
  document === null || decisions === null
    ? { skip: '../shared/spec is absent: nothing to compare with' }
    : {};
const erd: Erd = readErd(document ?? '');
const listed = readListed(readFileSync(new URL('sql/README.md', packageRoot()), 'utf8'));

const database = await createTestDatabase();
t.teardown(() => database.drop());
const columns = await readColumns(database.pool);
const indexes = await readIndexes(database.pool);
const foreignKeys = await readForeignKeys(database.pool);

t.test('the document is read to its end', skipped, async (t) => {
  const [, names = ''] = /^- \*\*v4, all of them:\*\* (.*)\.$/m.exec(decisions ?? '') ?? [];
  t.same(
    erd.tables.map(({ name }) => name).sort(),
    names.split(/, | · /).sort(),
    'the tables are those that were decided',
  );
  t.equal(erd.tables.flatMap((table) => table.columns).length, 732);
  t.equal(erd.tables.flatMap((table) => table.checks).length, 39);
  t.equal(erd.tables.flatMap((table) => table.indexes).length, 35);
  t.equal(erd.relations.length, 50);
});

for (const table of erd.tables) {
  t.test(`${table.name} is as the document says, or the deviation is listed`, skipped, async (t) => {
    t.same(faults(table), []);
  });
}

t.test('every relation of the diagram is a foreign key', skipped, async (t) => {
  const missing = erd.relations.filter(
    ({ one, many }) =>
      !foreignKeys.some(({ table, target }) => table === many && target === one) && !isListed(many, one),
  );
  t.same(missing, []);
});

t.test('what was kept of former documents is here', skipped, async (t) => {
  const [, kept = ''] = /^- \*\*Kept from earlier revisions\*\*.*?: (.*?)\. /m.exec(decisions ?? '') ?? [];
  const [, made = ''] = /^- \*\*Views and functions\*\*.*?: (.*)\.$/m.exec(decisions ?? '') ?? [];
  const tables = words(kept);
  const views = words(made).filter((name) => name.startsWith('v_'));
  const functions = words(made).filter((name) => !name.startsWith('v_') && name !== 'updated_at');
  t.same([tables.length, views.length, functions.length], [3, 5, 4], 'the names are found');
  t.same(await missing(`to_regclass('public.' || name)`, tables), []);
  t.same(await missing(`(SELECT oid FROM pg_class WHERE relname = name AND relkind = 'v')`, views), []);
  t.same(await missing('(SELECT min(oid) FROM pg_proc WHERE proname = name)', functions), []);
});

async function missing(lookup: string, names: readonly string[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name WHERE ${lookup} IS NULL`,
    [names],
  );
  return rows.map(({ name }) => name);
}

function words(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}

function isListed(table: string, name: string): boolean {
  return listed.get(table)?.has(name) === true;
}

function isLeftOut(table: string, name: string): boolean {
  return listed.get(table)?.get(name) === 'left out';
}

/** Gives what a table lacks or has otherwise, and nobody has listed. */
function faults(table: ErdTable): string[] {
  const here = new Map(
    columns.filter((column) => column.table === table.name).map((column) => [column.name, column]),
  );
  if (here.size === 0) return ['there is no such table'];
  return [
    ...table.columns.flatMap((column) => {
      const met = here.get(column.name);
      if (met === undefined) return isLeftOut(table.name, column.name) ? [] : [`${column.name} is missing`];
      return isListed(table.name, column.name) ? [] : columnFaults(column, met);
    }),
    ...checkFaults(table, here),
    ...indexFaults(table),
  ];
}

function columnFaults(asked: ErdColumn, met: Column): string[] {
  const faults: string[] = [];
  const type = met.labels.length > 0 ? 'enum' : met.type;
  if (!(FAMILIES[asked.type] ?? []).includes(type)) faults.push(`is ${met.type}, not ${asked.type}`);
  const isRequired = asked.isRequired || asked.name === 'id';
  if (isRequired !== met.isRequired) faults.push(`is ${met.isRequired ? 'never' : 'perhaps'} NULL`);
  if (asked.fallback !== null && plain(asked.fallback) !== plain(met.fallback ?? ''))
    faults.push(`has by default ${met.fallback}, not ${asked.fallback}`);
  if (asked.isForeign && !met.isForeign) faults.push('is no foreign key');
  if (asked.isUnique && !met.isUnique) faults.push('is not unique');
  const unknown = type === 'enum' ? asked.quoted.filter((word) => !met.labels.includes(word)) : [];
  if (unknown.length > 0) faults.push(`cannot be ${unknown.join(', ')}`);
  return faults.map((fault) => `${asked.name} ${fault}`);
}

/** A default without its type and quotes. */
function plain(fallback: string): string {
  const value = fallback.replace(/::.*$/, '').replaceAll("'", '').toLowerCase();
  return value !== '' && Number.isFinite(Number(value)) ? String(Number(value)) : value;
}

function checkFaults(table: ErdTable, here: ReadonlyMap<string, Column>): string[] {
  return table.checks.flatMap(({ name, text }) => {
    const bare = text.replace(/'[^']*'/g, '');
    const read = new Set(
      [...bare.matchAll(/\b[A-Za-z_]\w*/g)].map(([word]) => word).filter((word) => !KEYWORDS.has(word)),
    );
    return [...read].flatMap((word) => {
      const column = MEANT[word] ?? word;
      const met = here.get(column);
      if (isListed(table.name, name) || isListed(table.name, column)) return [];
      if (met === undefined) return [`${name} reads ${column}, which is missing`];
      const values = [...text.matchAll(new RegExp(`\\b${word} IN \\(([^)]*)\\)`, 'g'))].flatMap(
        ([, list = '']) => [...list.matchAll(/'([^']*)'/g)].map(([, value = '']) => value),
      );
      if (met.labels.length > 0) {
        const unknown = values.filter((value) => !met.labels.includes(value));
        return unknown.length === 0 ? [] : [`${name}: ${column} cannot be ${unknown.join(', ')}`];
      }
      return met.isChecked ? [] : [`${name}: no CHECK reads ${column}`];
    });
  });
}

function indexFaults(table: ErdTable): string[] {
  return table.indexes.flatMap(({ name, columns, isUnique }) => {
    const asked = [...new Set(columns.map((column) => MEANT[column] ?? column))];
    const isThere = indexes.some((index) => {
      if (index.table !== table.name) return false;
      if (isUnique) return index.isUnique && index.columns.toSorted().join() === asked.toSorted().join();
      return asked.every((column, place) => index.columns[place] === column);
    });
    return isThere || isLeftOut(table.name, name) ? [] : [`${name} (${asked.join(', ')}) is missing`];
  });
}

/**
 * Gives the names that the deviations list, by table: what stands in backticks in the first cell of a row, and
 * `table.column` wherever it stands there. A name that begins with `_` goes on as the indexes of the table do.
 */
function readListed(readme: string): ReadonlyMap<string, ReadonlyMap<string, 'left out' | 'changed'>> {
  const listed = new Map<string, Map<string, 'left out' | 'changed'>>();
  let section = '';
  for (const line of readme.split('\n')) {
    section = /^#+ (.*)$/.exec(line)?.[1] ?? section;
    const [, asked = '', met = ''] = /^\|([^|]*)\|([^|]*)\|/.exec(line) ?? [];
    for (const [, quoted = ''] of asked.matchAll(/`([^`]*)`/g)) {
      for (const [, table = section, word = ''] of quoted.matchAll(/(?:(\w+)\.)?(\w+)/g)) {
        const name = word.startsWith('_') ? `idx_${table}${word}` : word;
        const names = listed.get(table) ?? new Map<string, 'left out' | 'changed'>();
        listed.set(table, names.set(name, met.includes('left out') ? 'left out' : 'changed'));
      }
    }
  }
  return listed;
}
