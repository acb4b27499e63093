import type { NewApiLog } from '../store/system-records.js';
import type { AnsweredRequest } from '../ws/request-log.js';

/** Rows a second that requests which went well may make; above it one of several is written. */
const ROWS_PER_SECOND = 20;
/** Rows a second that refusals and failures may make. All are written below it. */
const FAILURES_PER_SECOND = 50;
const SECOND_MS = 1_000;

/** One kind of requests in the present second. */
interface Flow {
  readonly perSecond: number;
  second: number;
  seen: number;
  /** One of how many is written this second. */
  factor: number;
}

/**
 * Decides which requests are written: all while there are few. In a second that follows one with more than may be
 * written, one of so many that it would have been few enough; each row says for how many it stands. What is more than
 * that all the same, in a sudden rush, is left out and counted.
 */
export class ApiLogSampler {
  readonly #well: Flow = flow(ROWS_PER_SECOND);
  readonly #failed: Flow = flow(FAILURES_PER_SECOND);
  /** Requests so far that no row stands for. */
  leftOut = 0;

  /** Gives the row of a request; null: it has none. @param now ms */
  take(request: AnsweredRequest, now: number): NewApiLog | null {
    const at = request.status >= 400 ? this.#failed : this.#well;
    const second = Math.floor(now / SECOND_MS);
    if (second !== at.second) {
      const before = second === at.second + 1 ? at.seen : 0;
      at.factor = Math.max(1, Math.ceil(before / at.perSecond));
      at.second = second;
      at.seen = 0;
    }
    at.seen += 1;
    if (at.seen > at.perSecond * at.factor) {
      this.leftOut += 1;
      return null;
    }
    if (at.seen % at.factor !== 0) return null;
    const { endpoint, httpMethod, status, ms, userId } = request;
    return {
      ...{ endpoint, httpMethod, userId },
      ...{ responseStatus: status, responseTimeMs: ms, sampledOneIn: at.factor },
    };
  }
}

function flow(perSecond: number): Flow {
  return { perSecond, second: 0, seen: 0, factor: 1 };
}
