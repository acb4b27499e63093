/** Gives a table as Markdown; a `|` in a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/**
 * Gives a document with a table in its place: between `<!-- name: … -->` and `<!-- /name -->`, instead of what is there.
 *
 * @throws Error if the document has no such place
 */
export function withTable(document: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name}:[^>]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(document)) {
    throw new Error(`the document has no <!-- ${name}: … --> and <!-- /${name} -->`);
  }
  return document.replace(place, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}
