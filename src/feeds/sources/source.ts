import type { ExternalSink, ExternalSource } from '../../external-events.js';
import type { Logger } from '../../logger.js';

/** A request of ours to a provider and what came of it: a row of `external_api_logs`. */
export interface ApiCall {
  readonly apiProvider: string;
  /** Path and query, without keys; 500 characters at most. */
  readonly endpoint: string;
  readonly httpMethod: 'GET' | 'WS';
  /** HTTP status, 101 for a stream that was opened; null: no answer came. */
  readonly responseStatus: number | null;
  /** Until the last byte, ms. */
  readonly responseTimeMs: number;
}

/** What every source is given. */
export interface SourceContext {
  readonly sink: ExternalSink;
  readonly onCall: (call: ApiCall) => void;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** True: prices are simulated, and only figures that are marked so are taken; false: only those that are not. */
  readonly isSimulated: boolean;
  /** Makes all pauses shorter, for tests: 1 in life. */
  readonly pace: number;
}

/** How a source stands. Times are our clock's, ms; null: never, or not known. */
export interface SourceStats {
  readonly source: ExternalSource;
  /** Who is asked, as in `external_api_logs`; null: nobody, it is off. */
  readonly provider: string | null;
  readonly isOn: boolean;
  /** Why it brings nothing now; null: it works, or has not been asked yet. */
  readonly fault: string | null;
  readonly calls: number;
  readonly failures: number;
  readonly lastSuccessAt: number | null;
  /** The last failure, which may be over. */
  readonly lastFault: string | null;
  readonly lastFaultAt: number | null;
  readonly nextTryAt: number | null;
}

/** A running source. It begins when it is made and never throws. */
export interface Source {
  readonly stats: SourceStats;
  /** Cancels what is under way and tells nothing more. */
  stop(): Promise<void>;
}

/** What a provider answers with cannot be used; the message says why. */
export class BadAnswer extends Error {
  override readonly name: string = 'BadAnswer';
}

/** The provider wants to be left in peace for a while. */
export class Refused extends BadAnswer {
  override readonly name = 'Refused';
  constructor(
    message: string,
    /** From now, ms; null: it did not say. */
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }
}
