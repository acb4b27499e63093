import {
  bucketEnd,
  bucketStart,
  FIXED_TIMEFRAME_MS,
  isTimeframe,
  momentText,
  type Timeframe,
} from '../../timeframe.js';
import { Cells, plainText, timeOf } from './cells.js';
import { REQUIRED_COLUMNS, type RecordedFile } from './recorded-file.js';
import { type Fault, type OnProblem, problemAt, type RowProblem } from './row-problem.js';

/** Rows whose steps tell the timeframe of a file. */
const JUDGED_ROWS = 1_000;
const [TIME, OPEN, HIGH, LOW, CLOSE, VOLUME] = [0, 1, 2, 3, 4, 5] as const;
const MONTH_DAYS = [28, 29, 30, 31];

/** A candle of a file. */
export interface FileCandle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** The volume as the file writes it. */
  readonly volumeText: string;
}

/** Holes in time between the rows that were taken: what an outage of the exchange leaves. */
export interface FileGaps {
  gaps: number;
  /** Candles that are not there. */
  missing: number;
}

/** Where a series of files stands: the row that was taken last. */
export interface LastRow {
  time: number;
  /** File and line. */
  at: string;
}

/** Gives a place before any row. */
export function beforeFirstRow(): LastRow {
  return { time: Number.NEGATIVE_INFINITY, at: '' };
}

/**
 * Tells the timeframe of a candle file by the smallest step among its first 1,000 rows that is one; null if no step
 * is, as with a single row.
 */
export async function detectTimeframe(file: RecordedFile): Promise<Timeframe | null> {
  const steps = new Set(await firstSteps(file));
  for (const [name, length] of Object.entries(FIXED_TIMEFRAME_MS)) {
    if (steps.has(length) && isTimeframe(name)) return name;
  }
  return MONTH_DAYS.some((days) => steps.has(days * FIXED_TIMEFRAME_MS['1d'])) ? '1M' : null;
}

/** Gives the steps in time between the first 1,000 rows of a candle file, ms; without those beside a bad time. */
export async function firstSteps(file: RecordedFile): Promise<readonly number[]> {
  const place = file.place(REQUIRED_COLUMNS.candles[TIME]);
  const times = (await file.peek(JUDGED_ROWS)).map((row) => timeOf(plainText(row[place] ?? '')));
  const steps = times.slice(1).map((time, index) => time - (times[index] as number));
  return steps.filter((step) => !Number.isNaN(step));
}

/** Gives what is wrong with the first time that is none, among the first 1,000 rows; null if nothing is. */
export async function firstBadTime(file: RecordedFile): Promise<RowProblem | null> {
  const cells = cellsOf(file);
  for (const [index, row] of (await file.peek(JUDGED_ROWS)).entries()) {
    cells.take(row);
    cells.time(TIME);
    if (cells.fault !== null) return problemAt(file.name, file.peekedLine(index), cells.fault);
  }
  return null;
}

function cellsOf(file: RecordedFile): Cells {
  const columns = REQUIRED_COLUMNS.candles;
  const places = columns.map((column) => file.place(column));
  return new Cells(columns, places, file.columns.length);
}

/**
 * Reads the candles of a file, in batches; times ascend strictly and lie on the timeframe's grid. What is wrong with a
 * row goes to `onProblem`, and the row is left out if that returns. A hole in time is no fault; it is counted.
 *
 * @param last where the file before ended, and afterwards this one; several files make one series
 * @param maxStepMs a step in time from one row to the next is no longer than this; default: any
 */
export async function* readCandles(
  file: RecordedFile,
  timeframe: Timeframe,
  onProblem: OnProblem,
  counted: FileGaps = { gaps: 0, missing: 0 },
  last: LastRow = beforeFirstRow(),
  maxStepMs = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly FileCandle[], void, undefined> {
  const cells = cellsOf(file);
  for await (const { lines, rows } of file.rows()) {
    const candles: FileCandle[] = [];
    for (const [index, row] of rows.entries()) {
      cells.take(row);
      const candle = readCandle(cells);
      const line = lines[index] as number;
      const fault = cells.fault ?? placeFault(candle.time, timeframe, last, maxStepMs);
      if (fault !== null) {
        onProblem(problemAt(file.name, line, fault));
        continue;
      }
      if (Number.isFinite(last.time)) countGap(last.time, candle.time, timeframe, counted);
      last.time = candle.time;
      last.at = `${file.name} line ${line}`;
      candles.push(candle);
    }
    if (candles.length > 0) yield candles;
  }
}

function readCandle(cells: Cells): FileCandle {
  const time = cells.time(TIME);
  const open = cells.price(OPEN);
  const high = cells.price(HIGH);
  const low = cells.price(LOW);
  const close = cells.price(CLOSE);
  const volume = cells.volume(VOLUME);
  const volumeText = cells.text(VOLUME);
  if (high < low) cells.contradict(HIGH, `high ${high} is below low ${low}`);
  else if (open > high) cells.contradict(OPEN, `open ${open} is above high ${high}`);
  else if (open < low) cells.contradict(OPEN, `open ${open} is below low ${low}`);
  else if (close > high) cells.contradict(CLOSE, `close ${close} is above high ${high}`);
  else if (close < low) cells.contradict(CLOSE, `close ${close} is below low ${low}`);
  return { time, open, high, low, close, volume, volumeText };
}

function placeFault(time: number, timeframe: Timeframe, last: LastRow, maxStepMs: number): Fault | null {
  const column = REQUIRED_COLUMNS.candles[TIME];
  if (bucketStart(timeframe, time) !== time) {
    const words = `${column} ${time} (${momentText(time)}) is not the start of a ${timeframe} candle`;
    return { column, value: String(time), rule: 'grid', words };
  }
  return orderFault(time, column, last) ?? stepFault(time, column, last, maxStepMs);
}

function orderFault(time: number, column: string, last: LastRow): Fault | null {
  if (time > last.time) return null;
  const value = String(time);
  const moment = `${column} ${value} (${momentText(time)})`;
  return time === last.time
    ? { column, value, rule: 'duplicate', words: `${moment} was there before, in ${last.at}` }
    : {
        column,
        value,
        rule: 'order',
        words: `${moment} goes back behind ${momentText(last.time)} of ${last.at}`,
      };
}

/** Gives the fault of a time that lies too far behind the row before. */
export function stepFault(time: number, column: string, last: LastRow, maxStepMs: number): Fault | null {
  if (!Number.isFinite(last.time) || time - last.time <= maxStepMs) return null;
  const days = maxStepMs / FIXED_TIMEFRAME_MS['1d'];
  const words = `${column} ${time} (${momentText(time)}) is more than ${days} days after ${last.at}`;
  return { column, value: String(time), rule: 'ahead', words };
}

function countGap(before: number, time: number, timeframe: Timeframe, counted: FileGaps): void {
  let expected = bucketEnd(timeframe, before);
  if (expected === time) return;
  counted.gaps += 1;
  if (timeframe !== '1M') {
    counted.missing += (time - expected) / FIXED_TIMEFRAME_MS[timeframe];
    return;
  }
  for (; expected < time; expected = bucketEnd(timeframe, expected)) counted.missing += 1;
}
