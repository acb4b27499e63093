import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A column as the document has it. */
export interface ErdColumn {
  readonly name: string;
  /** Without length and scale: `int`, `varchar[]`. */
  readonly type: string;
  readonly isRequired: boolean;
  /** As written: `Now()`, `'moderate'`; null if there is none. */
  readonly fallback: string | null;
  readonly isUnique: boolean;
  readonly isForeign: boolean;
  /** Words that its description quotes: the values of a fixed set, if it is one. */
  readonly quoted: readonly string[];
}

export interface ErdCheck {
  readonly name: string;
  /** What stands between the parentheses. */
  readonly text: string;
}

export interface ErdIndex {
  readonly name: string;
  /** In order, without direction. */
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

export interface ErdTable {
  readonly name: string;
  readonly columns: readonly ErdColumn[];
  readonly checks: readonly ErdCheck[];
  readonly indexes: readonly ErdIndex[];
}

export interface Erd {
  readonly tables: readonly ErdTable[];
  /** Rows of `many` refer to one row of `one`. */
  readonly relations: readonly { readonly one: string; readonly many: string }[];
}

/** Gives the text of a document under `../shared/spec`; null if absent, as on a plain clone. */
export function sharedSpec(name: string): string | null {
  const path = resolve('..', 'shared', 'spec', name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** Reads the diagram of an ERD document, and the tables, indexes and constraints of the SQL that follows it. */
export function readErd(text: string): Erd {
  const diagram = blocks(text, 'mermaid').join('\n');
  const sql = blocks(text, 'sql').join('\n');
  const drawn = [...diagram.matchAll(/^ {4}(\w+) ?\{\n([\s\S]*?)\n {4}\} *$/gm)].map(
    ([, name = '', body = '']) => readTable(name, statements(body)),
  );
  const created = [...sql.matchAll(/^CREATE TABLE (\w+) \(\n((?: {4}\w.*\n)+)\);/gm)].map(
    ([, name = '', body = '']) =>
      ({
        name,
        columns: body.trimEnd().split('\n').map(readSqlColumn),
        checks: [],
        indexes: [],
      }) satisfies ErdTable,
  );
  const indexes = [...sql.matchAll(/^CREATE INDEX (\w+) ON (\w+)(?: USING GIN)? ?\((.*)\);/gm)];
  const checks = [...sql.matchAll(/^ALTER TABLE (\w+) ADD CONSTRAINT (\w+) CHECK \((.*)\);/gm)];
  return {
    tables: [...drawn, ...created].map((table) => ({
      ...table,
      indexes: [
        ...table.indexes,
        ...indexes
          .filter(([, , on]) => on === table.name)
          .map(([, name = '', , columns = '']) => ({ name, columns: columnsOf(columns), isUnique: false })),
      ],
      checks: [
        ...table.checks,
        ...checks
          .filter(([, on]) => on === table.name)
          .map(([, , name = '', check = '']) => ({ name, text: check })),
      ],
    })),
    relations: [...diagram.matchAll(/^ {4}(\w+) \|\|--o\{ (\w+) :/gm)].map(([, one = '', many = '']) => ({
      one,
      many,
    })),
  };
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, body = '']) => body,
  );
}

/** Gives the lines of a table, each with what follows it up to the end of its quotes and parentheses. */
function statements(body: string): string[] {
  const all: string[] = [];
  let open = '';
  for (const line of body.split('\n')) {
    if (open === '' && /^\s*(--|%%|$)/.test(line)) continue;
    open = open === '' ? line.trim() : `${open}\n${line}`;
    if (!isComplete(open)) continue;
    all.push(open.trimEnd());
    open = '';
  }
  return all;
}

function isComplete(text: string): boolean {
  if ((text.split('"').length - 1) % 2 === 1) return false;
  return !text.startsWith('CONSTRAINT') || text.split('(').length === text.split(')').length;
}

function readTable(name: string, lines: readonly string[]): ErdTable {
  const checks = lines.flatMap((line) => {
    const [, check, text] = /^CONSTRAINT (\w+) CHECK \(([\s\S]*)\)$/.exec(line) ?? [];
    return check === undefined || text === undefined ? [] : [{ name: check, text }];
  });
  const indexes = lines.flatMap((line) => {
    const [, kind, index, columns] = /^(CONSTRAINT|INDEX) (\w+) (?:UNIQUE )?\(([^)]*)\)/.exec(line) ?? [];
    return index === undefined || columns === undefined
      ? []
      : [{ name: index, columns: columnsOf(columns), isUnique: kind === 'CONSTRAINT' }];
  });
  const columns = lines.filter((line) => !/^(CONSTRAINT|INDEX)\b/.test(line)).map(readColumn);
  return { name, columns, checks, indexes };
}

const COLUMN = /^([a-z]+)(?:\([\d,]+\))?(\[\])?\s+(\w+)(\[\])?\s*(PK|FK|UK)?\s*(?:"([\s\S]*)")?,?$/;

function readColumn(line: string): ErdColumn {
  const match = COLUMN.exec(line);
  if (match === null) throw new Error(`this is no column: ${line}`);
  const [, type = '', isArray, name = '', isNamedArray, flag, description = ''] = match;
  const [, fallback] = /(?:^|; ?|NOT NULL )default:? ([^;"]+)/i.exec(description) ?? [];
  return {
    name,
    type: `${type}${isArray ?? isNamedArray ?? ''}`,
    isRequired: /^NOT NULL\b/.test(description),
    fallback: fallback?.trim() ?? null,
    isUnique: flag === 'UK',
    isForeign: flag === 'FK' || description.includes('FK →'),
    quoted: [...description.matchAll(/'([\w ]+)'/g)].map(([, word = '']) => word),
  };
}

function readSqlColumn(line: string): ErdColumn {
  const [, name = '', type = '', rest = ''] = /^\s*(\w+) (\w+)(.*?),?$/.exec(line) ?? [];
  const [, fallback] = /DEFAULT (\S+)/.exec(rest) ?? [];
  return {
    name,
    type: type.toLowerCase(),
    isRequired: rest.includes('PRIMARY KEY') || rest.includes('NOT NULL'),
    fallback: fallback ?? null,
    isUnique: false,
    isForeign: rest.includes('REFERENCES'),
    quoted: [],
  };
}

function columnsOf(list: string): string[] {
  return list.split(',').map((column) => column.trim().replace(/ (ASC|DESC)$/, ''));
}
