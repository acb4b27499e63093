import { withTable } from '../marked-table.js';
import type { Queryable } from './pool.js';

interface Entity {
  readonly table: string;
  /** Columns of primary, foreign and unique keys, in the order of the table. */
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly keys: readonly string[];
  }[];
}

interface Relation {
  readonly from: string;
  readonly column: string;
  readonly to: string;
  readonly isOptional: boolean;
  /** The referring column is a key by itself: one row at most. */
  readonly isOne: boolean;
}

const ENTITIES = `
SELECT c.relname AS "table", coalesce(jsonb_agg(
    jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'keys', k.keys) ORDER BY a.attnum
  ) FILTER (WHERE k.keys IS NOT NULL), '[]') AS columns
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN LATERAL (
  SELECT jsonb_agg(DISTINCT CASE n.contype WHEN 'p' THEN 'PK' WHEN 'f' THEN 'FK' ELSE 'UK' END) AS keys
  FROM pg_constraint n
  WHERE n.conrelid = c.oid AND n.contype IN ('p', 'f', 'u') AND a.attnum = ANY (n.conkey)
) k ON true
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname ORDER BY c.relname`;

const RELATIONS = `
SELECT DISTINCT f.relname AS "from", a.attname AS "column", t.relname AS "to", NOT a.attnotnull AS "isOptional",
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.oid AND i.indisunique AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS "isOne"
FROM pg_constraint n
JOIN pg_class f ON f.oid = n.conrelid AND NOT f.relispartition
JOIN pg_class t ON t.oid = n.confrelid AND NOT t.relispartition
JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = n.conkey[1]
WHERE n.contype = 'f' AND f.relnamespace = 'public'::regnamespace
ORDER BY 3, 1, 2`;

/** Gives the entity diagram of the tables as Mermaid: their keys, and who refers to whom. */
export async function entityDiagram(database: Queryable): Promise<string> {
  const entities = await database.query<Entity>(ENTITIES);
  const relations = await database.query<Relation>(RELATIONS);
  const lines = entities.rows.flatMap(({ table, columns }) => [
    `  ${table} {`,
    ...columns.map(({ name, type, keys }) => `    ${type.replaceAll(' ', '_')} ${name} ${keys.join(', ')}`),
    '  }',
  ]);
  const links = relations.rows.map(
    ({ from, column, to, isOptional, isOne }) =>
      `  ${to} ${isOptional ? '|o' : '||'}--${isOne ? 'o|' : 'o{'} ${from} : ${column}`,
  );
  return ['```mermaid', 'erDiagram', ...links, ...lines, '```'].join('\n');
}

/** Gives `sql/README.md` with the diagram of the database in its place. */
export async function withEntityDiagram(document: string, database: Queryable): Promise<string> {
  return withTable(document, 'diagram', await entityDiagram(database));
}
