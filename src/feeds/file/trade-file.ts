import { momentText } from '../../timeframe.js';
import type { TradeSequence } from '../trade-sequence.js';
import { type LastRow, stepFault } from './candle-file.js';
import { Cells } from './cells.js';
import { REQUIRED_COLUMNS, type RecordedFile } from './recorded-file.js';
import { type Fault, type OnProblem, problemAt } from './row-problem.js';

const COLUMNS = [...REQUIRED_COLUMNS.trades, 'is_buyer_maker'] as const;
const [ID, TIME, PRICE, AMOUNT, MAKER] = [0, 1, 2, 3, 4] as const;
const TRUE = new Set(['1', 'true', 'True', 'TRUE']);
const FALSE = new Set(['0', 'false', 'False', 'FALSE']);

/** A trade of a file. */
export interface FileTrade {
  readonly id: string;
  readonly time: number;
  readonly price: number;
  readonly amount: number;
  /** The taker's side; null where the file has no column `is_buyer_maker`. */
  readonly side: 'buy' | 'sell' | null;
  /** Time of the trade before, where ids are missing between the two; null: none is missing. */
  readonly missingSince: number | null;
}

/**
 * Reads the trades of a file, in batches; times never go back and no id comes twice. What is wrong with a row goes to
 * `onProblem`, and the row is left out if that returns.
 *
 * @param sequence follows the ids, from file to file
 * @param last where the file before ended, and afterwards this one
 * @param maxStepMs a step in time from one trade to the next is no longer than this
 */
export async function* readTrades(
  file: RecordedFile,
  onProblem: OnProblem,
  sequence: TradeSequence,
  last: LastRow,
  maxStepMs: number,
): AsyncGenerator<readonly FileTrade[], void, undefined> {
  const hasMaker = file.place(COLUMNS[MAKER]) !== -1;
  const cells = new Cells(
    COLUMNS,
    COLUMNS.map((column) => file.place(column)),
    file.columns.length,
  );
  for await (const { lines, rows } of file.rows()) {
    const trades: FileTrade[] = [];
    for (const [index, row] of rows.entries()) {
      cells.take(row);
      const id = cells.text(ID);
      const time = cells.time(TIME);
      const price = cells.price(PRICE);
      const amount = cells.amount(AMOUNT);
      const side = hasMaker ? sideOf(cells) : null;
      const line = lines[index] as number;
      let fault = cells.fault ?? timeFault(time, last, maxStepMs);
      const holes = sequence.holes.length;
      const verdict = fault === null ? sequence.offer(id, time, time) : null;
      if (verdict === 'duplicate')
        fault = { column: COLUMNS[ID], value: id, rule: 'duplicate', words: `trade ${id} was there before` };
      if (fault !== null) {
        onProblem(problemAt(file.name, line, fault));
        continue;
      }
      const hole = verdict === 'new' && sequence.holes.length > holes ? sequence.holes.at(-1) : undefined;
      last.time = time;
      last.at = `${file.name} line ${line}`;
      trades.push({ id, time, price, amount, side, missingSince: hole?.after ?? null });
    }
    if (trades.length > 0) yield trades;
  }
}

function sideOf(cells: Cells): 'buy' | 'sell' {
  const text = cells.text(MAKER);
  if (!TRUE.has(text) && !FALSE.has(text))
    cells.contradict(MAKER, `${COLUMNS[MAKER]} is none of 1, 0, true, false`);
  return TRUE.has(text) ? 'sell' : 'buy';
}

function timeFault(time: number, last: LastRow, maxStepMs: number): Fault | null {
  const column = COLUMNS[TIME];
  if (time >= last.time) return stepFault(time, column, last, maxStepMs);
  const words = `${column} ${time} (${momentText(time)}) goes back behind ${momentText(last.time)} of ${last.at}`;
  return { column, value: String(time), rule: 'order', words };
}
