import { readdirSync, readFileSync } from 'node:fs';

/** A column of a table as `sql/` defines it. */
export interface SqlColumn {
  readonly name: string;
  /** `numeric`, `integer`, `jsonb`, the name of an enum … */
  readonly type: string;
  readonly isRequired: boolean;
  /** Says why a value that is not null would be refused; null: it is taken. */
  readonly refusal: (value: unknown) => string | null;
}

type Rule = (value: unknown) => boolean;

const TABLE = /^CREATE TABLE (\w+) \(\n(.*?)^\)/gms;
const ENUM = /^CREATE TYPE (\w+) AS ENUM\s*\(([^)]*)\)/gms;
const COLUMN = /^ {2}([a-z]\w*) ([a-z]\w*(?:\[\])?)/;

/** Reads the columns of a table, with the ranges that its checks say. @throws Error if a check has a form unknown here */
export function sqlColumns(table: string): readonly SqlColumn[] {
  const texts = readdirSync('sql')
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => readFileSync(`sql/${name}`, 'utf8'));
  const enums = new Map(
    texts.flatMap((text) =>
      [...text.matchAll(ENUM)].map(
        ([, name = '', labels = '']) =>
          [name, [...labels.matchAll(/'(\w+)'/g)].map(([, label]) => label)] as const,
      ),
    ),
  );
  const body = texts.flatMap((text) => [...text.matchAll(TABLE)]).find(([, name]) => name === table)?.[2];
  if (body === undefined) throw new Error(`no table ${table} in sql/`);
  return columnsOf(body.replaceAll(/ *--.*$/gm, '')).map(({ name, type, text }) => {
    const rules = [...checksOf(text)].map((check) => ({ check, rule: ruleOf(check, name, enums.get(type)) }));
    const isOfType = typeRule(type, enums);
    return {
      ...{ name, type, isRequired: / NOT NULL| PRIMARY KEY/.test(text) },
      refusal: (value) => {
        if (!isOfType(value)) return `is no ${type}`;
        return rules.find(({ rule }) => !rule(value))?.check ?? null;
      },
    };
  });
}

/** Parts a table's body into its columns; what holds for whole rows is left out. */
function columnsOf(body: string): readonly { name: string; type: string; text: string }[] {
  const found: { name: string; type: string; text: string }[] = [];
  let isColumn = false;
  for (const line of body.split('\n')) {
    const [, name, type] = COLUMN.exec(line) ?? [];
    if (name !== undefined && type !== undefined) found.push({ name, type, text: line });
    else if (/^ {2}\S/.test(line)) isColumn = false;
    else if (isColumn) {
      const last = found.at(-1);
      if (last !== undefined) last.text += ` ${line.trim()}`;
    }
    if (name !== undefined) isColumn = true;
  }
  return found;
}

/** Gives what stands between the parentheses of each CHECK. */
function* checksOf(text: string): Generator<string> {
  for (const { index } of text.matchAll(/CHECK \(/g)) {
    const begin = index + 'CHECK ('.length;
    let depth = 1;
    let end = begin;
    while (depth > 0 && end < text.length) {
      if (text[end] === '(') depth += 1;
      if (text[end] === ')') depth -= 1;
      end += 1;
    }
    yield text.slice(begin, end - 1).trim();
  }
}

/** Makes a predicate of a check; conditions that hold together are joined by AND. */
function ruleOf(check: string, column: string, labels: readonly (string | undefined)[] = []): Rule {
  const text = check
    .replaceAll(new RegExp(`\\b${column}\\b`, 'g'), '@')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(\S+) BETWEEN (\S+) AND (\S+)/g, '$1 >= $2 AND $1 <= $3');
  const rules = text.split(' AND ').map((part) => conditionOf(part, labels));
  return (value) => rules.every((rule) => rule(value));
}

const NUMBERS: Readonly<Record<string, (value: unknown) => number>> = {
  '@': Number,
  'length(@)': (value) => [...String(value)].length,
};
const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '<>': (left, right) => left !== right,
};

/** What is written in one place only. */
const CONDITIONS: Readonly<Record<string, Rule>> = {
  'isfinite(@)': (value) => Number.isFinite(value),
  "@ !~ '\\s'": (value) => !/\s/.test(String(value)),
  'array_ndims(@) = 1': (value) => (value as readonly unknown[]).every((one) => !Array.isArray(one)),
  'array_position(@, NULL) IS NULL': (value) => !(value as readonly unknown[]).includes(null),
  "array_to_string(@, E'\\n') !~ '[^\\n]{51}'": (value) =>
    (value as readonly string[]).every((one) => one.length <= 50),
};

function conditionOf(text: string, labels: readonly (string | undefined)[]): Rule {
  const json = /^jsonb_typeof\(@\) = '(array|object)'$/.exec(text)?.[1];
  if (json !== undefined) return (value) => Array.isArray(value) === (json === 'array');
  const condition = CONDITIONS[text];
  if (condition !== undefined) return condition;
  const [, what = '', operator = '', bound = ''] = /^(\S+) (\S+) '?(-?[\w.]+)'?$/.exec(text) ?? [];
  const place = labels.indexOf(bound);
  const numberOf = place < 0 ? NUMBERS[what] : (value: unknown) => labels.indexOf(String(value));
  const right = place < 0 ? Number(bound) : place;
  const compare = COMPARISONS[operator];
  if (numberOf === undefined || compare === undefined || Number.isNaN(right)) {
    throw new Error(`what does CHECK (… ${text} …) ask for?`);
  }
  return (value) => compare(numberOf(value), right);
}

const INTEGER_BOUNDS: Readonly<Record<string, number>> = {
  integer: 2 ** 31 - 1,
  bigint: Number.MAX_SAFE_INTEGER,
};

function typeRule(type: string, enums: ReadonlyMap<string, readonly (string | undefined)[]>): Rule {
  const labels = enums.get(type);
  if (labels !== undefined) return (value) => labels.includes(value as string);
  const bound = INTEGER_BOUNDS[type];
  if (bound !== undefined) return (value) => Number.isInteger(value) && Math.abs(value as number) <= bound;
  if (type === 'numeric') return (value) => Number.isFinite(value);
  if (type === 'timestamptz') return (value) => Number.isInteger(value);
  if (type === 'boolean') return (value) => typeof value === 'boolean';
  if (type === 'text') return (value) => typeof value === 'string';
  if (type === 'text[]') {
    return (value) => Array.isArray(value) && value.every((one) => typeof one === 'string');
  }
  if (type === 'jsonb') return isJson;
  throw new Error(`what is a column of type ${type}?`);
}

/** Says whether a value outlives a way through JSON: no number that is none, nothing undefined. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isJson);
  for (const key in value) if (!isJson((value as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}
