/**
 * Alerts on the way of a tick: a million of them over 500 symbols, or on one, while 10,000 a second of market time are
 * created, changed and deleted. If this worsens, every price comes later to everybody, because some users set alerts.
 * The limit is the same without alerts.
 */
import { AlertBook, type AlertInput, type AlertSink } from '../src/engine/alerts/alert-book.js';
import type { Engine, EngineSink } from '../src/engine/engine.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import { MINUTE_MS } from '../src/timeframe.js';
import type { BenchResult } from './bench.js';
import { BEGIN, makeRandom, populate } from './populated-engine.js';

const ALERTS = 1_000_000;
const CHANGES_PER_SECOND = 10_000;
/** Trades a second over all symbols: ten each, as on a lively day, and two hundred each, as in a crash. */
const LIVELY = 5_000;
const CRASH = 100_000;
/** Trades between two batches of changes. */
const BATCH = 1_000;
const BATCHES = 200;
/** Standard deviation of one tick: 0.01 %, half a percent in a few minutes. */
const STEP = 0.0001;

/** CPU time of this process. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}

class CountingSink implements AlertSink, EngineSink {
  fireds = 0;
  /** Ids of alerts that are gone. */
  readonly gone: number[] = [];

  fired(alert: AlertInput): void {
    this.fireds += 1;
    if (!alert.repeating) this.gone.push(alert.id);
  }

  expired(alert: AlertInput): void {
    this.gone.push(alert.id);
  }

  closed(): void {
    // Not what is measured.
  }

  moved(): void {
    // As `closed`.
  }

  ticked(): void {
    // As `closed`.
  }

  dropped(_asset: number, reason: string): void {
    throw new Error(`the benchmark's own trade was dropped as ${reason}`);
  }
}

/** Prices that walk at random, and alerts around them as users set them. */
class Market {
  readonly prices: Float64Array;
  readonly #random: () => number;

  constructor(assets: number, seed: number) {
    this.#random = makeRandom(seed);
    // Not on round numbers, where many alerts are.
    this.prices = Float64Array.from(
      { length: assets },
      (_, i) => 60_000 * (1 + i) * (0.9 + 0.2 * this.#random()),
    );
  }

  /** Moves one asset; gives which. */
  step(): number {
    const random = this.#random;
    const asset = Math.floor(random() * this.prices.length);
    // The sum of three has nearly the shape of a bell.
    const bell = (random() + random() + random() - 1.5) * 2;
    this.prices[asset] = (this.prices[asset] as number) * (1 + STEP * bell);
    return asset;
  }

  /** Gives a number below `count`. */
  pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /**
   * Gives an alert: 0.25–30 % from the price, two of three at a round number; one in ten each relative, volume, signal.
   */
  alert(id: number, now: number): AlertInput {
    const random = this.#random;
    const asset = this.pick(this.prices.length);
    const kind = random();
    const repeating = random() < 0.3;
    const expiresAt = random() < 0.3 ? now + random() * 30 * 86_400_000 : null;
    const common = { id, asset, repeating, expiresAt };
    if (kind < 0.1) {
      const value = 1 + this.pick(20);
      return { ...common, type: 'price_target', condition: 'percentage_change', value };
    }
    if (kind < 0.2)
      return { ...common, type: 'volume_spike', condition: 'above', value: 2 + this.pick(16) / 2 };
    if (kind < 0.3) {
      return { ...common, type: 'signal_generated', condition: 'above', value: this.pick(101) / 100 };
    }
    const last = this.prices[asset] as number;
    const isAbove = random() < 0.5;
    const exact = last * (1 + (isAbove ? 1 : -1) * (0.0025 + random() * 0.2975));
    const round = Number(exact.toPrecision(2 + this.pick(2)));
    const value = random() < 0.67 && round > last === isAbove ? round : exact;
    const condition = random() < 0.15 ? 'equals' : isAbove ? 'above' : 'below';
    return { ...common, type: 'price_target', condition, value };
  }
}

interface Setting {
  readonly assets: number;
  readonly alerts: number;
  /** Whose book it is; null: a book alone. */
  readonly engine: Engine | null;
  readonly tradesPerSecond: number;
}

interface Figures {
  readonly nsPerTick: number;
  readonly nsPerChange: number;
  readonly bytesPerAlert: number;
  readonly firedPerTick: number;
}

/** The median over batches of ticks, with a batch of changes after each. */
function measure({ assets, alerts, engine, tradesPerSecond }: Setting): Figures {
  const market = new Market(assets, 5);
  const book = engine?.alerts ?? new AlertBook();
  const sink = new CountingSink();
  for (const [asset, price] of market.prices.entries()) book.arm(asset, price);
  const before = heldBytes();
  for (let id = 1; id <= alerts; id++) book.add(market.alert(id, BEGIN));
  const bytesPerAlert = (heldBytes() - before) / Math.max(alerts, 1);
  const ticks = BATCH;
  const batchMs = (1_000 * BATCH) / tradesPerSecond;
  const changes = alerts === 0 ? 0 : (CHANGES_PER_SECOND * batchMs) / 1_000;
  const moved = new Uint32Array(ticks);
  const prices = new Float64Array(ticks);
  const tickNs: number[] = [];
  const changeNs: number[] = [];
  const trade = {
    type: 'trade' as const,
    asset: 0,
    id: '',
    time: 0,
    price: 0,
    // So little that no hour becomes a spike: what is measured is the price of watching.
    amount: 0.005,
    side: null,
    receivedAt: 0,
  };
  let nextId = alerts + 1;
  let tradeId = 1_000_000;
  for (let batch = 0; batch < BATCHES; batch++) {
    const from = BEGIN + batch * batchMs;
    for (let i = 0; i < ticks; i++) {
      moved[i] = market.step();
      prices[i] = market.prices[moved[i] as number] as number;
    }
    const ids = Array.from({ length: ticks }, () => String(tradeId++));
    const begun = cpuNs();
    for (let i = 0; i < ticks; i++) {
      const asset = moved[i] as number;
      const price = prices[i] as number;
      const time = from + Math.floor((i * batchMs) / ticks);
      if (engine === null) book.price(asset, price, time, sink);
      else {
        trade.asset = asset;
        trade.id = ids[i] as string;
        trade.time = time;
        trade.receivedAt = time;
        trade.price = price;
        engine.process(trade, sink);
      }
    }
    const ticked = cpuNs();
    const planned: AlertInput[] = [];
    for (let i = 0; i < changes; i++) {
      const id = i % 3 === 0 ? nextId++ : 1 + market.pick(nextId - 1);
      planned.push(market.alert(id, from));
    }
    const planning = cpuNs();
    for (let i = 0; i < changes; i++) {
      const alert = planned[i] as AlertInput;
      if (i % 3 === 0) book.add(alert);
      else if (i % 3 === 1) book.update(alert);
      else if (book.size > alerts) book.remove(alert.id);
    }
    book.expire(from, sink);
    const changed = cpuNs();
    tickNs.push((ticked - begun) / ticks);
    changeNs.push((changed - planning) / Math.max(changes, 1));
  }
  return {
    nsPerTick: median(tickNs.slice(BATCHES / 5)),
    nsPerChange: median(changeNs.slice(BATCHES / 5)),
    bytesPerAlert,
    firedPerTick: sink.fireds / (BATCHES * ticks),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Bytes that are held after a collection, typed arrays included. */
function heldBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export async function run(): Promise<readonly BenchResult[]> {
  if ((BATCHES * BATCH * 1_000) / LIVELY > MINUTE_MS)
    throw new RangeError('the trades must be of one minute');
  const results: BenchResult[] = [];
  for (const assets of [500, 1]) {
    const symbols = assets === 1 ? '1 symbol' : `${assets} symbols`;
    const through = (alerts: number, hasEngine: boolean, tradesPerSecond: number): Figures => {
      const engine = hasEngine ? populate(DEFAULT_INDICATORS, assets) : null;
      return measure({ assets, alerts, engine, tradesPerSecond });
    };
    const engineAlone = through(0, true, LIVELY);
    for (const tradesPerSecond of [LIVELY, CRASH]) {
      const both = through(ALERTS, true, tradesPerSecond);
      const rate = tradesPerSecond.toLocaleString('en');
      const fired = `${(both.firedPerTick * 100).toFixed(1)} alerts fire in 100 trades`;
      results.push({
        name: `trades through the engine, 1,000,000 alerts on ${symbols}, ${rate} trades a second`,
        unit: 'trades/s',
        ours: 1e9 / both.nsPerTick,
        limit: 1e9 / engineAlone.nsPerTick,
        limitName: 'the engine without alerts',
        note: `${Math.round(both.nsPerTick)} ns a trade; ${fired}; 10,000 created, changed, deleted a second`,
      });
    }
    const alone = through(0, false, LIVELY);
    const full = through(ALERTS, false, LIVELY);
    results.push(
      {
        name: `prices through the alert book, 1,000,000 alerts on ${symbols}`,
        unit: 'prices/s',
        ours: 1e9 / full.nsPerTick,
        limit: 1e9 / alone.nsPerTick,
        limitName: 'the book without alerts',
        note: `${Math.round(full.nsPerTick)} ns a price, ${Math.round(alone.nsPerTick)} ns without alerts`,
      },
      {
        name: `alerts created, changed, deleted, among 1,000,000 on ${symbols}`,
        unit: 'changes/s',
        ours: 1e9 / full.nsPerChange,
        note: `${Math.round(full.nsPerChange)} ns each`,
      },
      {
        name: `memory of an alert, 1,000,000 on ${symbols}`,
        unit: 'bytes',
        ours: full.bytesPerAlert,
      },
    );
  }
  return results;
}
