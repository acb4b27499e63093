import type { Rate } from '../channels.js';
import type { Timeframe } from '../timeframe.js';
import type { AnyChannel, DataOf, MetricsTimeframe, RegimeTimeframe, StateOf } from './channel-types.js';
import { type CandleSource, closedCandles } from './closed-candles.js';
import type { CandleItem } from './methods.js';
import type { Change } from './types.js';

export type ChannelStream<C extends AnyChannel> = AsyncGenerator<
  Change<DataOf<C>, StateOf<C>>,
  void,
  undefined
>;

function rated<C extends string>(channel: C, rate: Rate | undefined): C {
  return (rate === undefined ? channel : `${channel}@${rate}`) as C;
}

/** Streams of channels by name; `rate`: at most one update in that time. */
export abstract class Streams {
  abstract stream<C extends AnyChannel>(channel: C): ChannelStream<C>;

  /** Gives the figures of the whole market as they move. */
  metrics(timeframe: MetricsTimeframe, rate?: Rate): ChannelStream<`metrics:${MetricsTimeframe}`> {
    return this.stream(rated(`metrics:${timeframe}`, rate));
  }

  /** Gives the market's regime as it is found. */
  regime(timeframe: RegimeTimeframe, rate?: Rate): ChannelStream<`regime:${RegimeTimeframe}`> {
    return this.stream(rated(`regime:${timeframe}`, rate));
  }

  /** Gives all sectors, the best first. */
  sectors(rate?: Rate): ChannelStream<'sectors'> {
    return this.stream(rated('sectors', rate));
  }

  /** Gives one sector, by its name or id. */
  sector(nameOrId: string | number, rate?: Rate): ChannelStream<`sectors:${string}`> {
    return this.stream(rated(`sectors:${nameOrId}`, rate));
  }

  /**
   * Gives the signals that are active, and from then on each new one and each that ends, none left out, over reconnects
   * too. If one must begin anew, a snapshot says again which are active: one that it does not have has ended meanwhile.
   *
   * @param symbol only its signals; default: all
   */
  signals(symbol?: string): ChannelStream<'signals'> {
    return this.stream(symbol === undefined ? 'signals' : (`signals:${symbol}` as 'signals'));
  }

  /** Gives the user's alerts as they fire, none left out; first those of the last 24 hours, the newest first. */
  alerts(): ChannelStream<'alerts'> {
    return this.stream('alerts');
  }

  /** Gives the user's notifications, none left out; first those that are unread. */
  notifications(): ChannelStream<'notifications'> {
    return this.stream('notifications');
  }

  /** Gives the user's portfolio as it stands. */
  portfolio(rate?: Rate): ChannelStream<'portfolio'> {
    return this.stream(rated('portfolio', rate));
  }

  /** Gives a list as it stands: the user's own or a default one. */
  watchlist(id: number, rate?: Rate): ChannelStream<`watchlist:${number}`> {
    return this.stream(rated(`watchlist:${id}`, rate));
  }

  /** Gives the user's dashboard as it stands. */
  dashboard(rate?: Rate): ChannelStream<'dashboard'> {
    return this.stream(rated('dashboard', rate));
  }

  /** Gives the review queue as it changes, none left out. For admins. */
  recommendations(): ChannelStream<'recommendations'> {
    return this.stream('recommendations');
  }

  /** Gives how the server's parts stand, at most once a second, and each change of a state. For admins. */
  system(): ChannelStream<'system-status'> {
    return this.stream('system-status');
  }

  /**
   * Gives every closed candle from now on exactly once, in order: what closed while the connection was away comes from
   * the server's memory, or by `candles.list`, before the stream goes on.
   */
  closedCandles(
    this: CandleSource,
    symbol: string,
    timeframe: Timeframe,
  ): AsyncGenerator<CandleItem, void, undefined> {
    return closedCandles(this, symbol, timeframe);
  }
}
