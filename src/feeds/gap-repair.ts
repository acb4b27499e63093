import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { MINUTE_MS } from '../timeframe.js';
import type { History } from './history.js';
import type { Answer } from './sealer.js';

/** Rows asked for beyond the minutes in question, so that a later row can prove the last of them finished. */
const ROWS_BEHIND = 3;

/** What is repaired: see `SymbolTrack`. */
export interface Repairable {
  readonly symbol: string;
  ask(due: number, at: number): { readonly from: number; readonly to: number } | null;
  answered(answer: Answer): void;
  unanswered(to: number, at: number): number;
}

export interface GapRepairOptions {
  readonly history: History;
  readonly closeGraceMs: number;
  readonly pageLimit: (symbol: string) => number;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Takes what the sink threw. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Asks history about the minutes that a symbol cannot vouch for, several at once, one question per symbol at a time.
 * A failure is told to the symbol, which asks again later, for as long as it takes.
 */
export class GapRepair {
  constructor(private readonly options: GapRepairOptions) {}

  /** Asks whatever must be asked now. Never throws. */
  check(track: Repairable, due: number): void {
    const range = track.ask(due, this.options.clock());
    if (range === null) return;
    this.question(track.symbol, range.from, range.to)
      .then(
        (answer) => {
          if (!this.options.signal.aborted) track.answered(answer);
        },
        (error: unknown) => this.failed(track, range, error),
      )
      // What the sink throws is a programming error, not a failure of history.
      .catch(this.options.onFatal);
  }

  private failed(
    track: Repairable,
    range: { readonly from: number; readonly to: number },
    error: unknown,
  ): void {
    if (this.options.signal.aborted) return;
    const retryMs = track.unanswered(range.to, this.options.clock());
    this.options.logger.warn(
      { symbol: track.symbol, ...range, retryMs, error: messageOf(error).slice(0, 300) },
      'history did not answer; minutes stay open',
    );
  }

  private async question(symbol: string, from: number, to: number): Promise<Answer> {
    const { history, closeGraceMs, pageLimit, clock } = this.options;
    // Asked before the rows: what the exchange had reached by then, the rows must hold.
    const reached = await history.reached(to + closeGraceMs);
    // Not even the first minute is over: the exchange stands still, or our idea of its time ran ahead.
    if (reached < from + MINUTE_MS) return { to, rows: [], reached, receivedAt: clock() };
    const limit = Math.min((to - from) / MINUTE_MS + ROWS_BEHIND, pageLimit(symbol));
    const rows = await history.page(symbol, '1m', from, limit);
    return { to, rows, reached, receivedAt: clock() };
  }
}
