import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import type { Stopper } from './stopper.js';

/** What a check found; `mend` says what to do, and its absence that nothing need be done. */
export interface Finding {
  readonly fact: string;
  readonly mend?: string;
  /** The server runs all the same. */
  readonly isAdvice?: boolean;
}

/** Looks at one thing that a server needs; what it starts it leaves to the stopper. @throws OperatorError if it is not right */
export type Check = (config: Config, logger: Logger, stopper: Stopper) => Finding | Promise<Finding>;
