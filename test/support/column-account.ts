import { type SqlColumn, sqlColumns } from './sql-columns.js';

type Row = Readonly<Record<string, unknown>>;
type Reasons = Readonly<Record<string, unknown>>;

/** What is kept of a column, or of an entry of its JSON. */
interface Tally {
  rows: number;
  filled: number;
}

/** Columns that no analysis writes: keys that only the database knows, and its own times. */
const OF_THE_DATABASE = new Set(['id', 'created_at', 'updated_at', 'metrics_snapshot_id', 'ai_model_id']);

const CROSS_ID = 'sector_rotation_flows.ai_cross_sector_analysis_id';

/** More faults than these are counted and not told. */
const MOST_FAULTS = 40;

/** A column, and what is kept of it. */
interface KeptColumn extends SqlColumn {
  readonly key: string;
  readonly field: string;
}

/** Keeps account of rows: how many have each column filled, what is out of its range, what is null without a reason. */
export class ColumnAccount {
  readonly #tables = new Map<string, readonly KeptColumn[]>();
  readonly #tallies = new Map<string, Tally>();
  readonly #faults = new Map<string, number>();

  /**
   * Takes a row in.
   *
   * @param row as it is written, `camelCase` of the columns
   * @param reasons why columns are null, by column
   */
  row(table: string, row: object, reasons: Reasons): void {
    for (const { name, key, field, isRequired, refusal } of this.#columns(table)) {
      const value = (row as Row)[key];
      if (value === undefined && reasons[name] === undefined) this.#fault(`${field} is not written`);
      this.entry(field, value ?? null, reasons[name]);
      if (value == null) {
        if (isRequired) this.#fault(`${field} is null and must not be`);
        continue;
      }
      const refused = refusal(value);
      if (refused !== null) this.#fault(`${field} = ${JSON.stringify(value)?.slice(0, 80)}: ${refused}`);
    }
  }

  /** Takes an entry of a row's JSON in. @param range bounds of a number */
  entry(field: string, value: unknown, reason: unknown, range?: readonly [number, number]): void {
    let tally = this.#tallies.get(field);
    if (tally === undefined) {
      tally = { rows: 0, filled: 0 };
      this.#tallies.set(field, tally);
    }
    tally.rows += 1;
    if (value === null) {
      if (typeof reason !== 'string' || reason.length < 5) this.#fault(`${field} is null without a reason`);
      return;
    }
    tally.filled += 1;
    if (reason !== undefined) this.#fault(`${field} is filled and has the reason ${String(reason)}`);
    if (range === undefined) return;
    const [least, most] = range;
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      this.#fault(`${field} = ${String(value)} is not within ${least} … ${most}`);
    }
  }

  #columns(table: string): readonly KeptColumn[] {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const columns = sqlColumns(table)
      .filter(({ name }) => !OF_THE_DATABASE.has(name) && `${table}.${name}` !== CROSS_ID)
      .map((column) => ({ ...column, key: camel(column.name), field: `${table}.${column.name}` }));
    this.#tables.set(table, columns);
    return columns;
  }

  #fault(text: string): void {
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  /** What is wrong, each with how often; empty if nothing is. */
  get faults(): readonly string[] {
    const told = [...this.#faults].map(([text, count]) => `${text} (${count} times)`);
    return told.length <= MOST_FAULTS ? told : [...told.slice(0, MOST_FAULTS), `… ${told.length} in all`];
  }

  /** Share of rows in which a field is filled, by field, 0–1. */
  get shares(): ReadonlyMap<string, number> {
    return new Map([...this.#tallies].map(([field, { rows, filled }]) => [field, filled / rows]));
  }

  /** How many rows or entries there were, by field. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#tallies].map(([field, { rows }]) => [field, rows]));
  }
}

function camel(name: string): string {
  return name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
