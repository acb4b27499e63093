import type { PerformanceFigures } from '../../src/engine/analysis/signals/performance.js';
import type { RandomFigures, Spread } from './random-entries.js';

/** A table in Markdown. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export const FIGURE_HEAD = [
  'signals',
  'hit rate',
  'won after fees',
  'average return',
  'profit factor',
  'average R',
  'max drawdown',
];

/** Cells of `FIGURE_HEAD`. */
export function figureCells(figures: PerformanceFigures): readonly string[] {
  return [
    String(figures.count),
    percent(figures.hitRate === null ? null : 100 * figures.hitRate, 1),
    percent(figures.winRate === null ? null : 100 * figures.winRate, 1),
    percent(figures.averageReturnPct, 2),
    number(figures.profitFactor, 2),
    number(figures.averageR, 3),
    percent(figures.maxDrawdownPct, 1),
  ];
}

export const RANDOM_HEAD = ['average R', 'average return', 'hit rate', 'profit factor', 'max drawdown'];

/** Cells of `RANDOM_HEAD`: the mean of the runs and, in brackets, the range of nine out of ten. */
export function randomCells(random: RandomFigures | null): readonly string[] {
  if (random === null) return RANDOM_HEAD.map(() => '–');
  const range = ({ mean, low, high }: Spread, digits: number, scale = 1, unit = ''): string =>
    `${number(scale * mean, digits)}${unit} (${number(scale * low, digits)} to ${number(scale * high, digits)})`;
  return [
    range(random.averageR, 3),
    range(random.averageReturnPct, 2, 1, ' %'),
    range(random.hitRate, 1, 100, ' %'),
    range(random.profitFactor, 2),
    range(random.maxDrawdownPct, 1, 1, ' %'),
  ];
}

export function percent(value: number | null, digits: number): string {
  return value === null ? '–' : `${number(value, digits)} %`;
}

export function number(value: number | null, digits: number): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return '∞';
  // A minus sign, and not a hyphen, before a number in a text.
  return value
    .toFixed(digits)
    .replace(/^-(?=0\.?0*$)/, '')
    .replace('-', '−');
}
