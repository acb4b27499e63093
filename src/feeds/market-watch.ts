import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { GapCause } from '../events.js';
import type { Logger } from '../logger.js';
import { type CcxtClient, type CcxtSocket, closeCcxtClient } from './ccxt-client.js';
import type { ExchangeClock } from './exchange-clock.js';
import type { FeedCounters } from './feed.js';
import { Backoff } from './reconnect.js';
import { closedFlagReader, messageTime } from './stream-message.js';
import type { MessageContext } from './symbol-track.js';
import { TapCache } from './tap-cache.js';
import { Watchdog } from './watchdog.js';

/** ccxt is asked again this often whether everything is subscribed; data does not wait for it. */
const REARM_MS = 1_000;
/** New connections that are made because a symbol is not heard, before it is left to history alone. */
const MAX_DEAF_RESTARTS = 3;
/** Ticks further apart than this mean that the process was held up. */
const MAX_TICK_MS = 500;
/** A connection that held this long was a good one: the next failure waits shortly again. */
const STABLE_MS = 20_000;

/** What a watch feeds: see `SymbolTrack`. */
export interface Watched {
  readonly symbol: string;
  readonly isDeaf: boolean;
  entry(raw: unknown, message: MessageContext): void;
  broke(cause: GapCause, time: number): void;
  restored(time: number): void;
}

export interface MarketWatchOptions {
  readonly mode: 'trades' | 'ohlcv';
  /** Symbols of one subscribe call at most. */
  readonly symbolsPerCall: number;
  /** True for spot markets; binance tells spot from futures by the address, which may be replaced. */
  readonly isSpot: boolean;
  readonly stallMs: number;
  readonly makeClient: () => Promise<CcxtClient>;
  readonly counters: FeedCounters;
  readonly exchangeClock: ExchangeClock;
  readonly clock: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Keeps the streams of a group of symbols alive on one ccxt client: subscribes, takes every entry the moment it
 * arrives, reconnects with one attempt at a time, and replaces the whole client after a stall, because ccxt's dead
 * promises do not come back to life.
 */
export class MarketWatch {
  private readonly tracks = new Map<string, Watched>();
  private client: CcxtClient | null = null;
  private generation = 0;
  private isClosed = false;
  private isUp = false;
  private upAt = 0;
  private upSinceTime: number | null = null;
  private hasFallen = false;
  private retryTime: number | null = null;
  private tickedAt: number | null = null;
  private gate: Promise<void> | null = null;
  private alarm = new AbortController();
  private readonly closing = new AbortController();
  private readonly backoff: Backoff;
  private readonly watchdog: Watchdog;
  private readonly deafRestarts = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();
  private readonly message: MessageContext = { receivedAt: 0, exchangeTime: null, closedTimes: [] };

  constructor(private readonly options: MarketWatchOptions) {
    this.backoff = new Backoff({ baseMs: 500, maxMs: 30_000, random: options.random });
    this.watchdog = new Watchdog(options.stallMs, options.clock());
  }

  get size(): number {
    return this.tracks.size;
  }

  get connected(): boolean {
    return this.isUp;
  }

  /** Exchange time since which the connection is up; null while it is not. */
  get upSince(): number | null {
    return this.upSinceTime;
  }

  get sockets(): number {
    return Object.keys(this.client?.clients ?? {}).length;
  }

  /** Our clock when the next attempt is made; null if none is waiting. */
  get nextRetryAt(): number | null {
    return this.retryTime;
  }

  /** Streams these symbols too. */
  add(tracks: readonly Watched[]): void {
    for (const track of tracks) this.tracks.set(track.symbol, track);
    const { client } = this;
    if (client === null) {
      if (this.running.size === 0) this.spawn(this.start(this.generation));
      return;
    }
    for (const track of tracks) this.tap(client, track);
    this.spawnLoops(client, tracks);
  }

  /**
   * Hands on nothing more for a symbol. Its stream is left subscribed until the connection is made anew: ccxt would
   * open another socket to end it.
   */
  remove(track: Watched): void {
    if (this.has(track)) this.tracks.delete(track.symbol);
  }

  has(track: Watched): boolean {
    return this.tracks.get(track.symbol) === track;
  }

  /** Looks for a silent connection; to be called a few times a second. */
  tick(at: number): void {
    // A process that was busy or asleep did not hear what is waiting in its sockets.
    const deafMs = this.tickedAt === null ? 0 : at - this.tickedAt;
    this.tickedAt = at;
    if (deafMs > MAX_TICK_MS) this.watchdog.deaf(deafMs);
    if (!this.isUp || this.isClosed) return;
    const isStalled = this.watchdog.isStalled(at);
    const deaf = isStalled ? undefined : this.findDeaf();
    if (!isStalled && deaf === undefined) return;
    this.options.counters.stalls++;
    this.options.logger.warn({ symbol: deaf?.symbol }, 'the connection is open but silent; making a new one');
    this.replaceClient();
  }

  /** Gives a track that hears nothing although its symbol trades, unless new connections have not helped it. */
  private findDeaf(): Watched | undefined {
    for (const track of this.tracks.values()) {
      if (!track.isDeaf) continue;
      const tried = this.deafRestarts.get(track.symbol) ?? 0;
      if (tried >= MAX_DEAF_RESTARTS) continue;
      this.deafRestarts.set(track.symbol, tried + 1);
      return track;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.generation++;
    this.closing.abort();
    this.alarm.abort();
    const { client } = this;
    this.client = null;
    if (client !== null) await closeCcxtClient(client);
    await Promise.race([Promise.allSettled(this.running), sleep(300)]);
  }

  private spawn(work: Promise<void>): void {
    const guarded = work
      .catch((error: unknown) => {
        if (!this.isClosed) this.options.onFatal(error);
      })
      .finally(() => this.running.delete(guarded));
    this.running.add(guarded);
  }

  private async start(generation: number): Promise<void> {
    const client = await this.options.makeClient();
    if (generation !== this.generation) {
      await closeCcxtClient(client);
      return;
    }
    this.client = client;
    this.hook(client, generation);
    for (const track of this.tracks.values()) this.tap(client, track);
    this.watchdog.restart(this.options.clock());
    this.spawnLoops(client, [...this.tracks.values()]);
  }

  private replaceClient(): void {
    const old = this.client;
    this.generation++;
    this.client = null;
    this.down('stall');
    if (old !== null) this.spawn(closeCcxtClient(old));
    const generation = this.generation;
    this.spawn(this.pause().then(() => (this.isClosed ? undefined : this.start(generation))));
  }

  private spawnLoops(client: CcxtClient, tracks: readonly Watched[]): void {
    const size = this.options.symbolsPerCall;
    for (let index = 0; index < tracks.length; index += size) {
      const symbols = tracks.slice(index, index + size).map((track) => track.symbol);
      this.spawn(this.keepWatching(client, symbols, this.generation));
    }
  }

  /** Calls ccxt's watch again and again: that is what connects and subscribes. Entries come through the taps. */
  private async keepWatching(
    client: CcxtClient,
    symbols: readonly string[],
    generation: number,
  ): Promise<void> {
    while (generation === this.generation) {
      try {
        await this.callWatch(client, symbols);
        if (generation !== this.generation) return;
        this.retap(client, symbols);
        await this.nap(REARM_MS);
      } catch (error) {
        if (generation !== this.generation) return;
        this.options.logger.debug({ error: messageOf(error).slice(0, 300) }, 'watch ended');
        await this.pause();
      }
      if (this.hasFallen) await this.pause();
    }
  }

  private callWatch(client: CcxtClient, symbols: readonly string[]): Promise<unknown> {
    const [first = ''] = symbols;
    if (this.options.mode === 'trades') {
      return symbols.length === 1 && client.has.watchTradesForSymbols !== true
        ? client.watchTrades(first)
        : client.watchTradesForSymbols(symbols);
    }
    return symbols.length === 1 && client.has.watchOHLCVForSymbols !== true
      ? client.watchOHLCV(first, '1m')
      : client.watchOHLCVForSymbols(symbols.map((symbol) => [symbol, '1m'] as const));
  }

  /** Sleeps, unless the connection falls or all ends. */
  private async nap(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.alarm.signal });
    } catch (error) {
      if (!this.alarm.signal.aborted) throw error;
    }
  }

  /** Waits before the next attempt; all who fail together wait for the same moment. */
  private pause(): Promise<void> {
    this.gate ??= this.waitBackoff().finally(() => {
      this.gate = null;
      this.retryTime = null;
      this.hasFallen = false;
      if (!this.isClosed) this.alarm = new AbortController();
    });
    return this.gate;
  }

  private async waitBackoff(): Promise<void> {
    const waitMs = this.backoff.next();
    this.retryTime = this.options.clock() + waitMs;
    try {
      await sleep(waitMs, undefined, { signal: this.closing.signal });
    } catch (error) {
      if (!this.isClosed) throw error;
    }
  }

  private hook(client: CcxtClient, generation: number): void {
    const { onError, onClose, handleMessage } = client;
    // A socket that failed may be closed much later: it must not take its successor down.
    const lostSockets = new WeakSet<CcxtSocket>();
    const lose = (socket: CcxtSocket, reason: unknown): void => {
      if (lostSockets.has(socket)) return;
      lostSockets.add(socket);
      this.lost(generation, reason);
    };
    const readFlags = this.options.mode === 'ohlcv' ? closedFlagReader(client.id) : null;
    client.onError = (socket, error) => {
      onError.call(client, socket, error);
      lose(socket, error);
    };
    client.onClose = (socket, event) => {
      onClose.call(client, socket, event);
      lose(socket, event);
    };
    client.handleMessage = (socket, message) => {
      if (generation !== this.generation) return;
      const at = this.options.clock();
      try {
        this.spoke(at);
      } catch (error) {
        this.options.onFatal(error);
      }
      if (typeof message === 'string' && /^\s*[{["]/.test(message)) {
        // ccxt could not read it and hands the text on, which its handlers do not expect.
        this.options.counters.malformed++;
        return;
      }
      const context = this.message;
      context.receivedAt = at;
      context.exchangeTime = messageTime(message);
      context.closedTimes.length = 0;
      if (typeof message === 'object' && message !== null) {
        readFlags?.(message as Readonly<Record<string, unknown>>, context.closedTimes);
      }
      this.dispatch(client, handleMessage, socket, message);
    };
    if (client.isSpotUrl !== undefined) client.isSpotUrl = () => this.options.isSpot;
  }

  private dispatch(
    client: CcxtClient,
    handleMessage: CcxtClient['handleMessage'],
    socket: CcxtSocket,
    message: unknown,
  ): void {
    try {
      handleMessage.call(client, socket, message);
    } catch (error) {
      // Thrown on, ccxt would fail every subscription for one bad message.
      this.options.counters.malformed++;
      this.options.logger.debug({ error: messageOf(error).slice(0, 300) }, 'message not understood');
    }
  }

  private spoke(at: number): void {
    this.options.counters.messages++;
    this.watchdog.message(at);
    if (this.isUp || this.gate !== null) return;
    this.isUp = true;
    this.upAt = at;
    const time = this.options.exchangeClock.now();
    this.upSinceTime = time;
    for (const track of this.tracks.values()) track.restored(time);
  }

  private lost(generation: number, reason: unknown): void {
    if (generation !== this.generation || this.isClosed) return;
    this.options.logger.debug({ reason: reasonOf(reason) }, 'connection lost');
    this.down('reconnect');
  }

  private down(cause: GapCause): void {
    this.hasFallen = true;
    this.alarm.abort();
    if (!this.isUp) return;
    const at = this.options.clock();
    this.isUp = false;
    this.upSinceTime = null;
    this.options.counters.reconnects++;
    if (at - this.upAt >= STABLE_MS) this.backoff.reset();
    this.watchdog.restart(at);
    const time = this.options.exchangeClock.now();
    for (const track of this.tracks.values()) track.broke(cause, time);
  }

  /** Puts our tap where ccxt would keep a symbol's entries. */
  private tap(client: CcxtClient, track: Watched): void {
    const cache = new TapCache((entry) => {
      if (client !== this.client) return;
      try {
        // After `remove` nothing is handed on.
        if (this.tracks.get(track.symbol) !== track) return;
        if (this.deafRestarts.size > 0) this.deafRestarts.delete(track.symbol);
        track.entry(entry, this.message);
      } catch (error) {
        this.options.onFatal(error);
      }
    });
    if (this.options.mode === 'trades') client.trades[track.symbol] = cache;
    else client.ohlcvs[track.symbol] = { '1m': cache };
  }

  /** Where an exchange has put a cache of its own in place of ours, takes what it holds and puts ours back. */
  private retap(client: CcxtClient, symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const track = this.tracks.get(symbol);
      const cache = this.options.mode === 'trades' ? client.trades[symbol] : client.ohlcvs[symbol]?.['1m'];
      if (track === undefined || cache instanceof TapCache) continue;
      const kept = Array.isArray(cache) ? [...(cache as unknown[])] : [];
      this.tap(client, track);
      this.message.closedTimes.length = 0;
      for (const entry of kept) track.entry(entry, this.message);
    }
  }
}

/** Says why a socket ended, from an error or from a close event. */
function reasonOf(reason: unknown): string {
  if (typeof reason === 'object' && reason !== null && 'code' in reason && !(reason instanceof Error)) {
    return `closed with code ${String(reason.code)}`;
  }
  return messageOf(reason).slice(0, 200);
}
