import { OperatorError } from '../errors.js';
import type { RowProblem } from '../feeds/file/row-problem.js';
import type { Logger } from '../logger.js';

/** So many bad rows are named by themselves; the others only in the debug log. */
const NAMED = 10;

/** What becomes of bad rows: the first one ends the command, or all are left out, counted and named. */
export class RowFaults {
  /** Rows left out so far. */
  skipped = 0;

  constructor(
    private readonly onError: 'stop' | 'skip',
    private readonly logger: Logger,
  ) {}

  /** @throws OperatorError that names the row, if the first bad one is to end all */
  take(problem: RowProblem): void {
    const { message, file, line, column, value, rule } = problem;
    if (this.onError === 'stop') throw new OperatorError(`${message} (--on-error skip leaves such rows out)`);
    this.skipped += 1;
    const level = this.skipped <= NAMED ? 'warn' : 'debug';
    this.logger[level]({ file, line, column, value, rule }, `skipped: ${message}`);
    if (this.skipped === NAMED + 1)
      this.logger.warn('further rows are skipped too; --log-level debug names each');
  }
}
