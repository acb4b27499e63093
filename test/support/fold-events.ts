import type { FeedEvent } from '../../src/events.js';

const MINUTE_MS = 60_000;

/** A candle as the fold closed it, and out of what. */
export interface FoldedCandle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly from: 'trades' | 'history' | 'stream';
}

interface SeenTrade {
  readonly id: string;
  readonly time: number;
  readonly price: number;
  readonly amount: number;
}

/**
 * Plain reading of a feed's events, one asset at a time: what the events mean, slow and obvious, together with the
 * promises that no event may break. `breaches` names every broken promise.
 */
export class EventFold {
  readonly candles = new Map<number, FoldedCandle>();
  readonly breaches: string[] = [];
  readonly events: FeedEvent[] = [];
  /** Everything before is closed. */
  closedTo: number;
  private readonly trades = new Map<number, SeenTrade[]>();
  private readonly ids = new Set<string>();
  private readonly finals = new Map<number, FoldedCandle>();
  private gaps = 0;

  constructor(
    from: number,
    private readonly amountDecimals: number,
  ) {
    this.closedTo = from;
  }

  get openGaps(): number {
    return this.gaps;
  }

  take(event: FeedEvent): void {
    this.events.push(event);
    switch (event.type) {
      case 'trade':
        if (this.ids.has(event.id)) this.breaches.push(`trade ${event.id} came twice`);
        this.ids.add(event.id);
        if (event.time < this.closedTo) this.breaches.push(`trade ${event.id} is older than the watermark`);
        this.tradesOf(Math.floor(event.time / MINUTE_MS) * MINUTE_MS).push(event);
        return;
      case 'candle': {
        if (!event.closed) return;
        if (event.time < this.closedTo || this.finals.has(event.time)) {
          this.breaches.push(`minute ${event.time} was closed twice`);
        }
        const { time, open, high, low, close, volume, source } = event;
        this.finals.set(time, { time, open, high, low, close, volume, from: source });
        return;
      }
      case 'watermark':
        if (event.time <= this.closedTo) this.breaches.push(`watermark ${event.time} does not rise`);
        for (let minute = this.closedTo; minute < event.time; minute += MINUTE_MS) this.close(minute);
        this.closedTo = event.time;
        return;
      case 'gap':
        this.gaps += event.state === 'opened' ? 1 : -1;
        return;
      default:
        return;
    }
  }

  private tradesOf(minute: number): SeenTrade[] {
    let trades = this.trades.get(minute);
    if (trades === undefined) {
      trades = [];
      this.trades.set(minute, trades);
    }
    return trades;
  }

  private close(minute: number): void {
    const candle = this.finals.get(minute) ?? this.build(minute);
    if (candle !== null) this.candles.set(minute, candle);
  }

  private build(minute: number): FoldedCandle | null {
    const trades = [...(this.trades.get(minute) ?? [])].sort(
      (a, b) => a.time - b.time || Number(a.id) - Number(b.id),
    );
    const [first] = trades;
    const last = trades.at(-1);
    if (first === undefined || last === undefined) return null;
    const unit = 10 ** this.amountDecimals;
    const prices = trades.map((trade) => trade.price);
    return {
      time: minute,
      open: first.price,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: last.price,
      volume: trades.reduce((lots, trade) => lots + Math.round(trade.amount * unit), 0) / unit,
      from: 'trades',
    };
  }
}
