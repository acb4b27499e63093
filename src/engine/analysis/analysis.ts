import { bucketEnd, bucketStart, TIMEFRAMES, type Timeframe, timeframeIndex } from '../../timeframe.js';
import type { ClosedCandle } from './candle-ring.js';
import { CatchUp } from './catch-up.js';
import type { Contexts } from './contexts.js';
import { ExternalBook, type ExternalEvent } from './external-book.js';
import { type FormingCandles, FormingReader } from './forming-reader.js';
import type { Frame } from './frame.js';
import { FrameClock, type FrameMoment } from './frame-clock.js';
import { type FrameResult, lookAt } from './look.js';
import { type AnalysisAsset, AnalysisMarket, type AnalysisSector } from './market.js';
import { MetricsModel } from './metrics/metrics-model.js';
import { PortfolioModel } from './portfolios/portfolio-model.js';
import { RegimeModel, SHORTEST_REGIME } from './regime/regime-model.js';
import { type IndexAnchor, SectorModel } from './sectors/sector-model.js';
import { SeriesFeed } from './series-feed.js';
import type { SeriesReader } from './series-reader.js';
import type { SignalDraft, SignalSink } from './signals/signal.js';
import { SignalModel } from './signals/signal-model.js';
import type { SignalOptions } from './signals/signal-options.js';
import { UnseenPrices } from './unseen-prices.js';
import type { ActiveSignal, ActiveSignals } from './watchlists/signal-reader.js';
import { TierAdvisor } from './watchlists/tier-advisor.js';
import { WatchlistModel } from './watchlists/watchlist-model.js';

/** Who hears of the analyses. Called synchronously, in order. */
export interface AnalysisSink extends SignalSink {
  looked(result: FrameResult): void;
}

/** A candle that closes live. */
export interface LiveCandle extends ClosedCandle {
  /** Exchange time of the event that closed it, ms; null: it comes from history. */
  readonly exchangeTime: number | null;
  /** 0–1. */
  readonly coverage: number;
}

export interface AnalysisOptions {
  readonly sink: AnalysisSink;
  /** Candles that form, for live values. */
  readonly forming: FormingCandles;
  readonly signals?: Partial<SignalOptions>;
  /** Gives the row of a signal that is stored, and null before. */
  readonly signalId?: (signal: SignalDraft) => number | null;
  /** Where an asset comes from, by its row in `assets`. */
  readonly dataSourceOf?: (assetId: number) => string | undefined;
}

export interface AnalysisStats {
  /** Closes at which the market was looked at. */
  readonly looks: number;
  /** Candles that closed after their look. */
  readonly lateCandles: number;
}

const MINUTE = timeframeIndex('1m');
/** Less of a candle than this was seen: no new signal is given at its close. */
const MIN_COVERAGE = 0.9;
/** A candle that is told of so long after its end, ms, is history: who would act on its signal is late. */
const MAX_LATE_MS = 5 * 60_000;

/**
 * The four layers on top of the candles. Fed by the engine's sink, by history at a start, or by files; pure as the engine
 * is, so the same candles, prices and figures give the same answers bit for bit, live or replayed.
 *
 * Signals are looked for and followed within the call that brings the candle or the price. What looks at the whole market
 * waits in line, to be done piece by piece by `step`, so that a minute's close of two hundred symbols does not hold the
 * ticks up; before anything reads it, it is done.
 */
export class Analysis {
  readonly market = new AnalysisMarket();
  readonly external = new ExternalBook();
  readonly metrics = new MetricsModel();
  readonly regimes = new RegimeModel();
  readonly sectors = new SectorModel();
  readonly watchlists = new WatchlistModel();
  readonly tiers = new TierAdvisor();
  readonly portfolios = new PortfolioModel();
  readonly signals: SignalModel;
  /** What signals and layer 3 read of layers 1 and 2. */
  readonly contexts: Contexts = {
    regimeBefore: (timeframe, time) => this.regimes.before(timeframe, time),
    sectorBefore: (sectorId, time) => this.sectors.before(sectorId, time),
  };
  /** Signals that are live, as lists and portfolios read them. */
  readonly activeSignals: ActiveSignals = { activeOf: (asset) => this.#activeOf(asset) };
  readonly #feed = new SeriesFeed();
  readonly #forming: FormingCandles;
  readonly #clock = new FrameClock();
  readonly #sink: AnalysisSink;
  readonly #signalId: (signal: SignalDraft) => number | null;
  readonly #dataSourceOf: (assetId: number) => string | undefined;
  readonly #unseen = new UnseenPrices();
  /** By number of the asset; true: prices flow, and signals may be given. */
  readonly #live = new Map<number, boolean>();
  /** The work that has begun. */
  #work: { readonly time: number; readonly steps: Iterator<unknown> } | null = null;
  /** Exchange time of the newest price or close, ms. */
  #now = Number.NEGATIVE_INFINITY;
  #looks = 0;
  #isSettled = false;

  constructor(options: AnalysisOptions) {
    const { sink, forming, signals, signalId = () => null, dataSourceOf = () => undefined } = options;
    this.#sink = sink;
    this.#signalId = signalId;
    this.#dataSourceOf = dataSourceOf;
    this.#forming = forming;
    this.signals = new SignalModel(this.market, sink, signals);
  }

  /** Closed candles of all series and their indicators. */
  get closes(): SeriesReader {
    return this.#feed.book;
  }

  /** Says which assets and sectors there are; those that are new have no candles yet. */
  setMarket(assets: readonly AnalysisAsset[], sectors: readonly AnalysisSector[]): void {
    const numbers = new Set(assets.map(({ asset }) => asset));
    for (const asset of [...this.#live.keys()]) if (!numbers.has(asset)) this.#remove(asset);
    for (const asset of numbers) {
      if (this.#live.has(asset)) continue;
      this.#feed.add(asset);
      this.#live.set(asset, false);
      this.#unseen.begin(asset, 'history');
    }
    this.market.setAssets(assets);
    this.market.setSectors(sectors);
  }

  /**
   * Takes closed history of one timeframe in, oldest first, before `goLive`.
   *
   * @throws RangeError if there is no such asset, or a candle does not follow the one before
   */
  seed(asset: number, timeframe: number, candles: readonly ClosedCandle[]): void {
    for (const candle of candles) this.#enter(asset, timeframe, candle);
    const newest = candles.at(-1);
    if (newest === undefined) return;
    const end = this.#end(timeframe, newest);
    this.#clock.seeded(asset, timeframe, end);
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Ends the history of an asset: signals of before are held against what the price did since, and new ones are given.
   *
   * @param minute start of the next minute that it closes, ms: looks wait for it in timeframes of which it has no history
   */
  goLive(asset: number, minute?: number): void {
    new CatchUp(this.#feed.book, this.signals).run(asset);
    this.#live.set(asset, true);
    if (minute !== undefined) {
      for (const [timeframe, name] of TIMEFRAMES.entries())
        this.#clock.awaited(asset, timeframe, bucketStart(name, minute));
    }
    this.#unseen.end(asset, 'history');
    // Until it trades its last close is its price; trades may have come while history was read.
    if (Number.isNaN(this.portfolios.price(asset))) {
      const close = this.#newestClose(asset);
      if (!Number.isNaN(close)) this.portfolios.ticked(asset, close);
    }
  }

  /** Takes in a candle that has just closed; at one boundary 1m first, 1M last. */
  closed(asset: number, timeframe: number, candle: LiveCandle): void {
    if (this.#live.get(asset) !== true) {
      this.seed(asset, timeframe, [candle]);
      return;
    }
    const end = this.#end(timeframe, candle);
    this.#now = Math.max(this.#now, end);
    const isInTime = this.#clock.closed(asset, timeframe, candle.time, end);
    // Looks see the candles of their moment: those that wait and must not see this one are done before it is entered.
    while (isInTime ? this.#nextTime() < end : this.#nextTime() <= end) this.step();
    this.#feed.push(asset, timeframe, candle);
    // What has missed its look tells nobody of a new regime, but the next look goes on from there.
    if (!isInTime) this.#followRegime(asset, timeframe, candle);
    if (timeframe === MINUTE) this.#tellUnseen(asset, candle, end);
    const isWithheld = this.#withhold(asset, candle, end);
    const { book, structures } = this.#feed;
    this.signals.closed(asset, timeframe, book, structures, this.contexts, end);
    if (isWithheld) this.signals.release(asset, 'candle');
  }

  /** Takes in a trade at `time`, ms of the exchange. On the tick path. */
  ticked(asset: number, price: number, time: number): void {
    if (time > this.#now) this.#now = time;
    if (this.#unseen.isFollowed(asset)) this.signals.ticked(asset, price, time);
    else this.#unseen.passOver(asset, time);
    this.portfolios.ticked(asset, price);
  }

  /** Takes in a minute as far as it is known, of an asset whose trades are not seen. On the tick path. */
  ranged(asset: number, candle: ClosedCandle, time: number, isClosed: boolean): void {
    if (time > this.#now) this.#now = time;
    if (this.#unseen.isFollowed(asset)) this.#rangeSignals(asset, candle, isClosed);
    else this.#unseen.passOver(asset, time);
    this.portfolios.ticked(asset, candle.close);
  }

  /** Takes in what a source from outside tells. */
  apply(event: ExternalEvent): void {
    this.external.apply(event);
    if (event.type === 'liquidation') this.metrics.liquidation(event.liquidation);
  }

  /**
   * Says that an asset's stream has a hole, or has none any more: meanwhile no new signals are given, and those that are
   * live follow closed minutes, in which the hole is filled, rather than what has come behind it.
   */
  gap(asset: number, isOpen: boolean): void {
    if (isOpen) {
      this.signals.withhold(asset, 'gap');
      this.#unseen.begin(asset, 'gap');
    } else {
      this.signals.release(asset, 'gap');
      this.#unseen.end(asset, 'gap');
    }
  }

  /**
   * Has the sectors' indices rebuilt from the candles that are kept: once the history of all assets is there. From then
   * on lists, portfolios and tiers are analysed too: among the few that come first nobody has a rank.
   *
   * @param anchors values that were told before a restart, which the indices go through
   */
  settle(anchors: readonly IndexAnchor[] = []): void {
    this.drain();
    this.#isSettled = true;
    const { market, external } = this;
    const input = { market, external, series: this.#feed.book, until: this.#now };
    this.#work = { time: this.#now, steps: this.sectors.seed(input, anchors) };
  }

  /** Counters since the start. */
  get stats(): AnalysisStats {
    return { looks: this.#looks, lateCandles: this.#clock.late };
  }

  /** Does the next piece of what waits, some ms at most; false: nothing waits. */
  step(): boolean {
    if (this.#work === null) {
      const moment = this.#clock.take();
      if (moment === undefined) return false;
      this.#work = { time: moment.time, steps: this.#look(moment) };
    }
    if (this.#work.steps.next().done === true) this.#work = null;
    return this.#work !== null || this.#clock.next !== undefined;
  }

  /** Does all that waits. */
  drain(): void {
    while (this.step());
  }

  /** Counts the candles that were entered: live frames of before must not be read any more. */
  get version(): number {
    return this.#feed.book.pushes;
  }

  /**
   * Gives the market with its forming candles, as of the newest price, by timeframe: frames of one call share one moment.
   * Before any price is known their times are NaN.
   */
  liveFrames(): (timeframe: number) => Frame {
    const { market, external } = this;
    const { book, structures } = this.#feed;
    const time = Number.isFinite(this.#now) ? this.#now : Number.NaN;
    const series = new FormingReader(book, this.#forming);
    const frames = TIMEFRAMES.map((name, timeframe): Frame => {
      const candleTime = Number.isNaN(time) ? Number.NaN : bucketStart(name, time);
      return { timeframe, time, candleTime, isForming: true, market, series, structures, external };
    });
    return (timeframe) => {
      const frame = frames[timeframe];
      if (frame === undefined) throw new RangeError(`${timeframe} is not the index of a timeframe`);
      return frame;
    };
  }

  *#look(moment: FrameMoment): Generator<undefined, void> {
    const { timeframe, candleTime, time } = moment;
    const result = yield* lookAt(this.#closedFrame(timeframe, candleTime, time), moment, {
      layers: this,
      dataSourceOf: this.#dataSourceOf,
      isSettled: this.#isSettled,
    });
    this.#looks += 1;
    this.#sink.looked(result);
  }

  #closedFrame(timeframe: number, candleTime: number, time: number): Frame {
    const { market, external } = this;
    const { book: series, structures } = this.#feed;
    return { timeframe, candleTime, time, isForming: false, market, series, structures, external };
  }

  #activeOf(asset: number): readonly ActiveSignal[] {
    return this.signals.liveOf(asset).map(({ draft }) => ({
      id: this.#signalId(draft),
      type: draft.signalType,
      confidence: draft.confidenceScore,
      entryPrice: draft.entryPrice,
      quality: draft.signalQuality,
    }));
  }

  /** When the next piece of work is of, ms; infinity: none waits. */
  #nextTime(): number {
    return this.#work?.time ?? this.#clock.next?.time ?? Number.POSITIVE_INFINITY;
  }

  /** Enters a candle of the past: what follows closes in order follows it, and nothing is given. */
  #enter(asset: number, timeframe: number, candle: ClosedCandle): void {
    this.#feed.push(asset, timeframe, candle);
    this.signals.observe(asset, timeframe, this.#feed.book);
    this.#followRegime(asset, timeframe, candle);
  }

  #followRegime(asset: number, timeframe: number, candle: ClosedCandle): void {
    if (timeframe < SHORTEST_REGIME || this.market.reference('BTC')?.asset !== asset) return;
    this.regimes.follow(this.#closedFrame(timeframe, candle.time, this.#end(timeframe, candle)));
  }

  /** Close of the candle that ended last; NaN: none is known. */
  #newestClose(asset: number): number {
    const { book } = this.#feed;
    let newest = Number.NEGATIVE_INFINITY;
    let close = Number.NaN;
    for (const [timeframe, name] of TIMEFRAMES.entries()) {
      if (book.count(asset, timeframe) === 0) continue;
      const end = bucketEnd(name, book.time(asset, timeframe, 0));
      if (end <= newest) continue;
      newest = end;
      close = book.close(asset, timeframe, 0);
    }
    return close;
  }

  /** Tells signals what a minute held of which not all prices were followed. */
  #tellUnseen(asset: number, candle: ClosedCandle, end: number): void {
    if (this.#unseen.isFollowed(asset)) return;
    this.#rangeSignals(asset, candle, true);
    this.#unseen.closed(asset, end);
  }

  #rangeSignals(asset: number, candle: ClosedCandle, isClosed: boolean): void {
    const { open, high, low, close, time } = candle;
    this.signals.ranged(asset, open, high, low, close, time, isClosed);
  }

  /** Holds new signals back at the close of a candle that was seen in part, or is told of late. */
  #withhold(asset: number, { coverage, exchangeTime }: LiveCandle, end: number): boolean {
    const isLate = exchangeTime !== null && exchangeTime - end > MAX_LATE_MS;
    if (!isLate && coverage >= MIN_COVERAGE) return false;
    this.signals.withhold(asset, 'candle');
    return true;
  }

  #remove(asset: number): void {
    this.#live.delete(asset);
    this.#feed.remove(asset);
    this.#clock.remove(asset);
    this.#unseen.forget(asset);
    this.signals.remove(asset);
  }

  #end(timeframe: number, { time }: ClosedCandle): number {
    return bucketEnd(this.#name(timeframe), time);
  }

  #name(timeframe: number): Timeframe {
    const name = TIMEFRAMES[timeframe];
    if (name === undefined) throw new RangeError(`${timeframe} is not the index of a timeframe`);
    return name;
  }
}
