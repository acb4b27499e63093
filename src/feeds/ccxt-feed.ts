import { messageOf, OperatorError } from '../errors.js';
import type { FeedSink } from '../events.js';
import type { Candle, Market } from '../market.js';
import { nearestNames } from '../nearest.js';
import { MINUTE_MS, type Timeframe } from '../timeframe.js';
import { CandleTrack } from './candle-track.js';
import { type CcxtClient, closeCcxtClient, createCcxtClient, pageLimit } from './ccxt-client.js';
import { newCounters } from './counters.js';
import { DueMinutes } from './due-minutes.js';
import { ExchangeClock } from './exchange-clock.js';
import type { Feed, FeedConfig, FeedCounters, FeedStatus, UnknownSymbol, WatchedAsset } from './feed.js';
import { GapRepair } from './gap-repair.js';
import { History } from './history.js';
import { MarketWatch } from './market-watch.js';
import { type CcxtMarket, countsInBase, normalizeMarket } from './normalize.js';
import { Rest } from './rest.js';
import { streamLimits } from './stream-limits.js';
import { TradeTrack } from './trade-track.js';

const TICK_MS = 100;
const SYNC_EVERY_MS = 5 * MINUTE_MS;
const CONNECT_RETRIES = 4;
const DEFAULT_CONCURRENCY = 6;

type Track = TradeTrack | CandleTrack;
type Mode = 'trades' | 'ohlcv';

/** Markets that may share a client. */
interface Group {
  readonly type: string;
  readonly mode: Mode;
}

/** Makes the feed of an exchange; nothing is opened before `connect`. */
export function createFeed(config: FeedConfig): Feed {
  return new CcxtFeed(config);
}

/** Driver: a ccxt.pro exchange. Wires the parts; the rules are in theirs. */
class CcxtFeed implements Feed {
  readonly exchange: string;
  private readonly counters: FeedCounters = newCounters();
  private readonly closing = new AbortController();
  private readonly clock: () => number;
  private readonly random: () => number;
  private readonly exchangeClock: ExchangeClock;
  private readonly rest: Rest;
  private readonly due: DueMinutes;
  private readonly tracks = new Map<number, Track>();
  private watches: (Group & { readonly watch: MarketWatch })[] = [];
  private client: CcxtClient | null = null;
  private historyOf: History | null = null;
  private repair: GapRepair | null = null;
  private isMarkedSimulated: boolean;
  private timer: NodeJS.Timeout | null = null;
  private syncedAt = 0;
  private mode: Mode;

  constructor(private readonly config: FeedConfig) {
    this.exchange = config.exchange;
    this.isMarkedSimulated = config.exchange === 'demo';
    this.clock = config.clock ?? Date.now;
    this.random = config.random ?? Math.random;
    this.mode = config.mode === 'ohlcv' ? 'ohlcv' : 'trades';
    this.exchangeClock = new ExchangeClock(this.clock);
    this.due = new DueMinutes(config.closeGraceMs);
    this.rest = new Rest({
      concurrency: config.maxConcurrentRequests ?? DEFAULT_CONCURRENCY,
      clock: this.clock,
      random: this.random,
      counters: this.counters,
      logger: config.logger,
      signal: this.closing.signal,
    });
  }

  get simulated(): boolean {
    return this.isMarkedSimulated;
  }

  get dataSource(): string {
    return this.simulated && this.exchange !== 'demo' ? `${this.exchange}-simulated` : this.exchange;
  }

  async connect(): Promise<void> {
    const client = await this.makeClient();
    this.client = client;
    try {
      // Without `true` ccxt hands out the promise of its first attempt for ever, failed or not.
      await this.rest.run(() => client.loadMarkets(true), { retries: CONNECT_RETRIES });
    } catch (error) {
      throw new OperatorError(
        `${this.exchange} cannot be reached${this.config.url === undefined ? '' : ` at ${this.config.url}`}: ${messageOf(error).slice(0, 300)}; check the way there, or name another --exchange${this.config.url === undefined ? '' : ' or --exchange-url'}`,
      );
    }
    this.mode = this.chooseMode(client);
    this.exchangeClock.mayJump = this.simulated;
    client.enableRateLimit = !this.simulated;
    const limitOf = (symbol: string): number => pageLimit(client, this.market(symbol).type);
    const history = new History({
      client,
      rest: this.rest,
      exchangeClock: this.exchangeClock,
      clock: this.clock,
      closeGraceMs: this.config.closeGraceMs,
      pageLimit: limitOf,
      amountDecimals: (symbol) => this.describe(this.market(symbol)).amountDecimals,
    });
    this.historyOf = history;
    this.repair = new GapRepair({
      history,
      closeGraceMs: this.config.closeGraceMs,
      pageLimit: limitOf,
      clock: this.clock,
      logger: this.config.logger,
      signal: this.closing.signal,
      onFatal: (error) => this.fatal(error),
    });
    await this.syncClock(history);
    if (this.closing.signal.aborted) return;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  markets(symbols: readonly string[]): { found: Market[]; unknown: UnknownSymbol[] } {
    const found: Market[] = [];
    const unknown: UnknownSymbol[] = [];
    const listed = this.listed();
    for (const symbol of symbols) {
      const market = this.find(symbol);
      if (market === undefined) unknown.push({ symbol, nearest: nearestNames(symbol, listed) });
      else found.push(this.describe(market));
    }
    return { found, unknown };
  }

  listed(): readonly string[] {
    return (this.connectedClient().symbols ?? []).filter((symbol) => this.find(symbol) !== undefined);
  }

  watch(assets: readonly WatchedAsset[], sink: FeedSink): void {
    for (const { symbol, asset } of assets) {
      this.market(symbol);
      if (this.tracks.has(asset)) throw new RangeError(`asset ${asset} is watched already`);
    }
    const groups = new Map<string, Group & { readonly tracks: Track[] }>();
    for (const { symbol, asset } of assets) {
      const market = this.market(symbol);
      const { type } = market;
      const mode = this.modeOf(market);
      const options = {
        symbol,
        asset,
        sink,
        counters: this.counters,
        exchangeClock: this.exchangeClock,
        closeGraceMs: this.config.closeGraceMs,
        random: this.random,
      };
      const track = mode === 'trades' ? new TradeTrack(options) : new CandleTrack(options);
      this.tracks.set(asset, track);
      const key = `${type} ${mode}`;
      const same = groups.get(key);
      if (same === undefined) groups.set(key, { type, mode, tracks: [track] });
      else same.tracks.push(track);
    }
    for (const { tracks, ...group } of groups.values()) this.spread(group, tracks);
  }

  async history(
    symbol: string,
    timeframe: Timeframe,
    from: number,
    to: number,
    onPage?: (page: readonly Candle[]) => void,
  ): Promise<readonly Candle[]> {
    if (this.historyOf === null) throw new Error(`${this.exchange} is not connected`);
    this.market(symbol);
    return this.historyOf.closed(symbol, timeframe, from, to, onPage);
  }

  release(asset: number, from: number): void {
    const track = this.tracks.get(asset);
    if (track === undefined) throw new RangeError(`asset ${asset} is not watched`);
    if (from % MINUTE_MS !== 0) throw new RangeError(`${from} is not the start of a minute`);
    track.release(from, this.watchOf(track)?.upSince ?? null);
  }

  unwatch(asset: number): void {
    const track = this.tracks.get(asset);
    if (track === undefined) return;
    track.end();
    this.tracks.delete(asset);
    const watch = this.watchOf(track);
    if (watch === undefined) return;
    watch.remove(track);
    if (watch.size > 0) return;
    this.watches = this.watches.filter((entry) => entry.watch !== watch);
    watch.close().catch((error: unknown) => this.fatal(error));
  }

  now(): number {
    return this.exchangeClock.now();
  }

  status(): FeedStatus {
    const retries = this.watches.flatMap(({ watch }) => watch.nextRetryAt ?? []);
    return {
      exchange: this.exchange,
      connected: this.watches.length > 0 && this.watches.every(({ watch }) => watch.connected),
      mode: this.mode,
      sockets: this.watches.reduce((sum, { watch }) => sum + watch.sockets, 0),
      clockOffsetMs: this.exchangeClock.offsetMs,
      nextRetryAt: retries.length === 0 ? null : Math.min(...retries),
      counters: { ...this.counters },
      restErrors: this.rest.errors,
      symbols: [...this.tracks.values()].map((track) => track.status()),
    };
  }

  async close(): Promise<void> {
    this.closing.abort(new Error(`the feed of ${this.exchange} is closed`));
    if (this.timer !== null) clearInterval(this.timer);
    for (const track of this.tracks.values()) track.end();
    const clients = this.client === null ? [] : [closeCcxtClient(this.client)];
    await Promise.all([...this.watches.map(({ watch }) => watch.close()), ...clients]);
  }

  /** Puts tracks on clients that have room, and opens as few more as the limits allow. */
  private spread({ type, mode }: Group, tracks: readonly Track[]): void {
    const client = this.connectedClient();
    const hasManyCall =
      client.has[mode === 'trades' ? 'watchTradesForSymbols' : 'watchOHLCVForSymbols'] === true;
    const limits = streamLimits(client.id, hasManyCall);
    let rest = tracks;
    while (rest.length > 0) {
      let entry = this.watches.find(
        (one) => one.type === type && one.mode === mode && one.watch.size < limits.perClient,
      );
      if (entry === undefined) {
        entry = { watch: this.makeWatch(mode, type === 'spot', limits.perCall), type, mode };
        this.watches.push(entry);
      }
      const room = limits.perClient - entry.watch.size;
      entry.watch.add(rest.slice(0, room));
      rest = rest.slice(room);
    }
  }

  private makeWatch(mode: Mode, isSpot: boolean, symbolsPerCall: number): MarketWatch {
    return new MarketWatch({
      mode,
      symbolsPerCall,
      isSpot,
      stallMs: this.config.stallSeconds * 1_000,
      makeClient: async () => {
        const client = await this.makeClient();
        client.setMarketsFromExchange(this.connectedClient());
        client.enableRateLimit = !this.simulated;
        return client;
      },
      counters: this.counters,
      exchangeClock: this.exchangeClock,
      clock: this.clock,
      random: this.random,
      logger: this.config.logger,
      onFatal: (error) => this.fatal(error),
    });
  }

  private makeClient(): Promise<CcxtClient> {
    return createCcxtClient({
      exchange: this.exchange,
      url: this.config.url,
      derivatives: this.config.derivatives === true,
      logger: this.config.logger,
      signal: this.closing.signal,
      onResponse: (note) => {
        this.rest.noteResponse(note);
        if (note.headers['X-Simulated'] === 'true') this.isMarkedSimulated = true;
        this.noteDate(note.headers.Date);
      },
    });
  }

  /** An exchange that cannot be asked for its time still dates its answers. */
  private noteDate(header: unknown): void {
    if (this.client === null || this.client.has.fetchTime === true) return;
    const date = typeof header === 'string' ? Date.parse(header) : Number.NaN;
    if (date > 0) this.exchangeClock.hear(date, this.clock());
  }

  /** A market whose trades are counted in contracts is streamed as candles, so that all its volumes have one unit. */
  private modeOf(market: CcxtMarket): Mode {
    if (this.mode === 'ohlcv' || countsInBase(market)) return this.mode;
    return this.connectedClient().has.watchOHLCV === true ? 'ohlcv' : 'trades';
  }

  private chooseMode(client: CcxtClient): Mode {
    const hasTrades = client.has.watchTrades === true;
    const hasCandles = client.has.watchOHLCV === true;
    if (this.config.mode !== 'ohlcv' && hasTrades) return 'trades';
    if (this.config.mode !== 'trades' && hasCandles) return 'ohlcv';
    throw new OperatorError(
      `${this.exchange} cannot stream ${this.config.mode === 'auto' ? 'trades or candles' : this.config.mode} through ccxt; choose another --exchange or --feed-mode`,
    );
  }

  private tick(): void {
    const at = this.clock();
    const due = this.due.sample(this.now(), at);
    for (const { watch } of this.watches) watch.tick(at);
    if (this.repair !== null) {
      for (const track of this.tracks.values()) this.repair.check(track, due);
    }
    if (at - this.syncedAt >= SYNC_EVERY_MS && this.historyOf !== null) {
      this.syncClock(this.historyOf).catch((error: unknown) => this.fatal(error));
    }
  }

  private async syncClock(history: History): Promise<void> {
    this.syncedAt = this.clock();
    if (this.client?.has.fetchTime !== true) return;
    try {
      await history.askTime();
    } catch (error) {
      if (this.closing.signal.aborted) return;
      this.config.logger.warn(
        { error: messageOf(error).slice(0, 300) },
        'the exchange did not tell its time',
      );
    }
  }

  private watchOf(track: Track): MarketWatch | undefined {
    return this.watches.find(({ watch }) => watch.has(track))?.watch;
  }

  private find(symbol: string): CcxtMarket | undefined {
    const markets = this.connectedClient().markets ?? {};
    const market = Object.hasOwn(markets, symbol) ? markets[symbol] : undefined;
    return market === undefined || market.active === false ? undefined : market;
  }

  private market(symbol: string): CcxtMarket {
    const market = this.find(symbol);
    if (market === undefined) throw new RangeError(`${this.exchange} does not list ${symbol}`);
    return market;
  }

  private describe(market: CcxtMarket): Market {
    const { precisionMode } = this.connectedClient();
    return normalizeMarket(market, { exchange: this.exchange, precisionMode, simulated: this.simulated });
  }

  private connectedClient(): CcxtClient {
    if (this.client === null) throw new Error(`${this.exchange} is not connected`);
    return this.client;
  }

  private fatal(error: unknown): void {
    if (this.config.onFatal !== undefined) {
      this.config.onFatal(error);
      return;
    }
    // On a fresh stack nobody between here and the process can swallow it.
    setImmediate(() => {
      throw error;
    });
  }
}
