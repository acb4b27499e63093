import type { BenchResult } from './bench.js';

const HEADS = ['name', 'ours', 'limit', 'ratio', 'unit', 'note'] as const;
const MAX_NOTE = 110;

/** Gives the results as an aligned table; `ratio` is ours ÷ limit. Notes that are longer than a line go on below. */
export function formatTable(results: readonly BenchResult[]): string {
  const rows = results.map(cellsOf);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (column === 5 ? 0 : (row[column]?.length ?? 0)))),
  );
  const pad = (text: string, column: number): string =>
    column >= 1 && column <= 3 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const indent = ' '.repeat(widths.slice(0, 5).reduce((sum, width) => sum + width + 2, 0));
  const lines = rows.map((row) => {
    const [first = '', ...more] = wrap(row[5] ?? '');
    const cells = row.slice(0, 5).map(pad);
    return [[...cells, first].join('  ').trimEnd(), ...more.map((line) => indent + line)].join('\n');
  });
  return [HEADS.map(pad).join('  ').trimEnd(), ...lines].join('\n');
}

/** Gives the results as a Markdown table, for `bench/README.md`. */
export function formatMarkdown(results: readonly BenchResult[]): string {
  const rows = results.map(cellsOf);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(HEADS), '|---|--:|--:|--:|---|---|', ...rows.map(line)].join('\n');
}

/** Gives ours ÷ limit, or a dash where there is no limit. */
function formatRatio({ ours, limit }: BenchResult): string {
  return limit === undefined || limit === 0 ? '–' : (ours / limit).toFixed(2);
}

function noteOf({ limitName, note }: BenchResult): string {
  const parts = [limitName === undefined ? null : `limit: ${limitName}`, note ?? null];
  return parts.filter((part) => part !== null).join('; ');
}

/** Three digits that count, thousands set apart. */
function formatFigure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= MAX_NOTE) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Cells of a row, in the order of `HEADS`. */
function cellsOf(result: BenchResult): readonly string[] {
  return [
    result.name,
    formatFigure(result.ours),
    result.limit === undefined ? '–' : formatFigure(result.limit),
    formatRatio(result),
    result.unit,
    noteOf(result),
  ];
}
