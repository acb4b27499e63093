import type { DailyClose } from '../../external-events.js';
import { DAY_MS } from '../../timeframe.js';
import { BadAnswer } from './source.js';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Which cells of a table of days are read. */
export interface DailyColumns {
  /** Names of the first column, one of which must be there. */
  readonly date: readonly string[];
  readonly close: string;
  /** Texts that stand for a day without a value. */
  readonly none: readonly string[];
  readonly min: number;
  readonly max: number;
}

/**
 * Reads the daily closes of a CSV text, oldest first. Days that are not over at `now` (ms) are left out: their close is
 * still to come.
 *
 * @throws BadAnswer for any row that is not as expected, or if there is none
 */
export function readDailyCsv(text: string, columns: DailyColumns, now: number): readonly DailyClose[] {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim());
  const place = names.indexOf(columns.close);
  if (!columns.date.includes(names[0] ?? '') || place < 1)
    throw new BadAnswer(
      `answered with something else than a table of days: ${JSON.stringify(head.slice(0, 80))}`,
    );
  const closes: DailyClose[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const cells = line.split(',');
    const [date = ''] = cells;
    const cell = (cells[place] ?? '').trim();
    const day = DATE.test(date) ? Date.parse(date) : Number.NaN;
    if (cells.length !== names.length || Number.isNaN(day))
      throw new BadAnswer(`has a bad row: ${quote(line)}`);
    if (columns.none.includes(cell)) continue;
    const close = cell === '' ? Number.NaN : Number(cell);
    if (!(close >= columns.min && close <= columns.max))
      throw new BadAnswer(`has a close that is not within ${columns.min} … ${columns.max}: ${quote(line)}`);
    if (day <= (closes.at(-1)?.day ?? Number.NEGATIVE_INFINITY))
      throw new BadAnswer(`has rows that are not in order: ${quote(line)}`);
    if (day + DAY_MS <= now) closes.push({ day, close });
  }
  if (closes.length === 0) throw new BadAnswer('answered without a single day');
  return closes;
}

function quote(line: string): string {
  return JSON.stringify(line.slice(0, 80));
}
