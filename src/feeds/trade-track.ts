import type { GapCause } from '../events.js';
import type { Trade } from '../market.js';
import { MINUTE_MS } from '../timeframe.js';
import { normalizeTrade } from './normalize.js';
import { type MessageContext, SymbolTrack } from './symbol-track.js';
import { TradeIdentity } from './trade-identity.js';
import { TradeSequence } from './trade-sequence.js';

/** A hole in the ids is given this long to be filled by trades that come out of order. */
const SETTLE_MS = 300;
/** A hole older than this is announced as a gap, before its minute is over. */
const ANNOUNCE_MS = 1_000;

/**
 * A symbol whose trades are streamed. A minute closes at the first trade of a later one if the ids prove that
 * nothing is missing before it; else history is asked.
 */
export class TradeTrack extends SymbolTrack<Trade> {
  private readonly sequence = new TradeSequence();
  private readonly identity = new TradeIdentity();
  private missingSoFar = 0;

  protected parse(entry: unknown, message: MessageContext): Trade | null {
    const trade = normalizeTrade(entry, message.receivedAt, this.identity);
    if (trade === null || !this.options.exchangeClock.observe(trade.time, message.receivedAt)) return null;
    this.measureLag(trade.time, message.receivedAt);
    return trade;
  }

  protected take(trade: Trade, isReplay: boolean): void {
    const { counters, sink } = this.options;
    const verdict = this.sequence.offer(trade.id, trade.time, trade.receivedAt);
    if (verdict === 'duplicate') {
      counters.duplicates++;
      return;
    }
    if (verdict === 'reordered') counters.reordered++;
    // The ids tell whether the broken connection lost anything: a hole, if there is one, carries the cause.
    if (this.break !== null && this.sequence.isConsecutive && this.sequence.pendingBreak === null) {
      this.break = null;
    }
    const { sealed } = this.sealer;
    const isLate = trade.time < sealed;
    let frontier = sealed;
    if (trade.time >= sealed + MINUTE_MS || verdict === 'reordered')
      frontier = this.sequence.vouchedTo(sealed);
    // A trade that completes an older minute goes before that minute's end, one of a newer minute after it.
    if (!isLate && trade.time >= frontier) this.sealer.sealTo(frontier, trade.receivedAt);
    if (isLate) {
      if (!isReplay) counters.late++;
    } else {
      counters.trades++;
      this.sealer.note(
        Math.floor(trade.time / MINUTE_MS) * MINUTE_MS,
        trade.price,
        trade.price,
        trade.amount,
      );
      sink({
        type: 'trade',
        asset: this.asset,
        id: trade.id,
        time: trade.time,
        price: trade.price,
        amount: trade.amount,
        side: trade.side,
        receivedAt: trade.receivedAt,
      });
    }
    this.sealer.sealTo(frontier, trade.receivedAt);
  }

  override broke(cause: GapCause, time: number): void {
    this.sequence.broke(cause);
    this.identity.broke();
    super.broke(cause, time);
  }

  protected get newestMinute(): number {
    return this.sequence.newestMinute;
  }

  protected causeBefore(to: number): GapCause | null {
    return this.sequence.holes.find((hole) => hole.after < to)?.cause ?? null;
  }

  protected isUnsettled(at: number): boolean {
    return this.sequence.holes.some((hole) => at - hole.noticedAt < SETTLE_MS);
  }

  protected settled(receivedAt: number): void {
    this.sequence.settle(this.sealer.sealed);
    this.options.counters.missingTrades += this.sequence.missing - this.missingSoFar;
    this.missingSoFar = this.sequence.missing;
    // What came meanwhile may vouch for the minutes that follow.
    const at = this.sealer.sealed;
    this.sealer.sealTo(this.sequence.vouchedTo(at), receivedAt);
  }

  override ask(due: number, at: number): { readonly from: number; readonly to: number } | null {
    const old = this.sequence.holes.find((hole) => at - hole.noticedAt >= ANNOUNCE_MS);
    if (old !== undefined && this.isReleased) {
      const from = Math.floor(old.after / MINUTE_MS) * MINUTE_MS;
      this.sealer.openGap(from, Math.floor(old.before / MINUTE_MS) * MINUTE_MS + MINUTE_MS, old.cause);
    }
    return super.ask(due, at);
  }
}
