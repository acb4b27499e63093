import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { RowProblem } from '../../src/feeds/file/row-problem.js';

export const CANDLE_HEADER = 'timestamp_ms,open,high,low,close,volume';
export const TRADE_HEADER = 'trade_id,trade_time_ms,price,qty,is_buyer_maker';

/** A folder that goes with the test, and how files get into it. */
export interface FileFolder {
  readonly folder: string;
  path(name: string): string;
  /** Writes a file; gives its path. */
  write(name: string, content: string | Buffer): string;
}

/** Makes a folder for the files of a test. */
export function makeFileFolder(t: Test): FileFolder {
  const folder = mkdtempSync(join(tmpdir(), 'cryptopredict-files-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
  };
}

/** Gives rows of flat candles, a minute apart unless `stepMs` says otherwise, from `time` on. */
export function candleRows(count: number, time = 0, stepMs = 60_000): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${time + i * stepMs},10,12,9,${10 + (i % 3)},${i % 7}.5`);
}

/** Joins a header and rows to the text of a file. */
export function csv(header: string, rows: readonly string[]): string {
  return `${[header, ...rows].join('\n')}\n`;
}

/** Keeps the problems of rows in place of ending at the first. */
export function collectProblems(): { problems: RowProblem[]; onProblem: (problem: RowProblem) => void } {
  const problems: RowProblem[] = [];
  return { problems, onProblem: (problem) => problems.push(problem) };
}

/** Gives everything that a stream of batches holds. */
export async function gather<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
