import type { CandleEvent, TradeEvent } from '../../events.js';
import { MINUTE_MS, TIMEFRAME_COUNT } from '../../timeframe.js';
import type { AssetSeries } from '../asset-series.js';
import type { CandleBuilder, SavedMinute } from '../candle-builder.js';
import { toLots } from '../lots.js';
import type { AlertSink, SeenCandle, VolumeReading } from './alert.js';
import type { AlertBook } from './alert-book.js';

/**
 * How long after its time an alert is taken for expired without an event that says so: events of another asset may be
 * behind this one's, and what they cross before that time fires.
 */
const EXPIRY_GRACE_MS = MINUTE_MS;

/** Closed candles whose mean a volume is compared with. */
const MEAN_OF = 20;

/** Hands what happens to one asset to the book of alerts: its prices, and the volumes that an alert watches. */
export class AssetAlerts {
  readonly #book: AlertBook;
  readonly #asset: number;
  readonly #series: AssetSeries;
  /** Mean volume of the newest 20 closed candles, by timeframe, and how many candles had closed when it was made. */
  readonly #means = new Float64Array(TIMEFRAME_COUNT);
  readonly #meanCounts = new Float64Array(TIMEFRAME_COUNT).fill(-1);
  /** The same before the candle that closes. */
  readonly #meansBefore = new Float64Array(TIMEFRAME_COUNT);
  /** Volumes of candles that closed, until the event has closed all that it closes: alerts are told last. */
  #closings: VolumeReading[] = [];
  readonly #reading: { -readonly [K in keyof VolumeReading]: VolumeReading[K] } = {
    timeframeIndex: 0,
    candleTime: Number.NaN,
    volume: Number.NaN,
    meanVolume: Number.NaN,
    time: Number.NaN,
    closed: false,
  };

  constructor(book: AlertBook, asset: number, series: AssetSeries) {
    this.#book = book;
    this.#asset = asset;
    this.#series = series;
  }

  /**
   * Says where the price stands at the start.
   *
   * @param price close of the newest closed minute; NaN: none is known
   * @param open the open minutes, by ascending time, as far as they have been seen
   */
  arm(price: number, open: readonly SavedMinute[] = []): void {
    const seen = open.filter(({ content }) => content !== 'nothing').map(seenOf);
    const from = Number.isNaN(price) ? seen[0]?.close : price;
    if (from !== undefined) this.#book.arm(this.#asset, from, seen);
  }

  /** Takes a trade in whose price is the last one. */
  traded(trade: TradeEvent, sink: AlertSink): void {
    this.#book.price(this.#asset, trade.price, trade.time, sink);
  }

  /** Takes the exchange's own minute in. */
  ranged(candle: CandleEvent, sink: AlertSink): void {
    this.#book.range(this.#asset, candle, sink);
  }

  /** True if an alert watches a volume: then `moved` must be told. */
  get watchesVolume(): boolean {
    return this.#book.volumeTimeframes(this.#asset) !== 0;
  }

  /** Takes in that the forming candles changed. */
  moved(head: CandleBuilder, time: number, sink: AlertSink): void {
    const watched = this.#book.volumeTimeframes(this.#asset);
    const reading = this.#reading;
    reading.time = time;
    reading.closed = false;
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      if ((watched & (1 << timeframe)) === 0 || !this.#series.isForming(timeframe)) continue;
      reading.timeframeIndex = timeframe;
      reading.candleTime = this.#series.start(timeframe);
      reading.volume = toLots(this.#series.formingVolume(timeframe, head), this.#series.scale);
      reading.meanVolume = this.#meanVolume(timeframe);
      this.#book.volume(this.#asset, reading, sink);
    }
  }

  /** Remembers the means of before, because a candle is about to close and enter them. */
  closing(): void {
    const watched = this.#book.volumeTimeframes(this.#asset);
    for (let timeframe = 0; watched >> timeframe > 0; timeframe++) {
      this.#meansBefore[timeframe] = this.#meanVolume(timeframe);
    }
  }

  /** Takes in that a candle closed, whose last ms is `time`; `closing` came before, `tellClosed` must follow. */
  closed(timeframe: number, time: number): void {
    if ((this.#book.volumeTimeframes(this.#asset) & (1 << timeframe)) === 0) return;
    const candle = this.#series.lastClosed(timeframe);
    if (candle === null) return;
    this.#closings.push({
      timeframeIndex: timeframe,
      candleTime: candle.time,
      volume: toLots(candle.volume, this.#series.scale),
      meanVolume: this.#meansBefore[timeframe] as number,
      time,
      closed: true,
    });
  }

  /** Hands the volumes of the candles that closed to the book, in the order in which they did. */
  tellClosed(sink: AlertSink): void {
    if (this.#closings.length === 0) return;
    const closings = this.#closings;
    this.#closings = [];
    for (const reading of closings) this.#book.volume(this.#asset, reading, sink);
  }

  /** Removes the alerts, of any asset, whose time is over everywhere. */
  expire(time: number, sink: AlertSink): void {
    this.#book.expire(time - EXPIRY_GRACE_MS, sink);
  }

  #meanVolume(timeframe: number): number {
    const { recent, scale } = this.#series;
    const count = recent.count(timeframe);
    if (this.#meanCounts[timeframe] !== count) {
      this.#meanCounts[timeframe] = count;
      this.#means[timeframe] = recent.meanLots(timeframe, MEAN_OF, scale);
    }
    return this.#means[timeframe] as number;
  }
}

function seenOf({ time, content, low, high, close, exchangeTime }: SavedMinute): SeenCandle {
  return {
    time,
    low,
    high,
    close,
    closed: content === 'final',
    exchangeTime,
    isTraded: content === 'trades',
  };
}
