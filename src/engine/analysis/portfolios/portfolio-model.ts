import type { Contexts } from '../contexts.js';
import { type Frame, isCurrent } from '../frame.js';
import type { AnalysisMarket } from '../market.js';
import { Directions } from './direction.js';
import type { ActiveSignals, PortfolioInput, Position } from './inputs.js';
import { MarketHistories } from './market-histories.js';
import { analysePortfolio, type PortfolioFrame } from './portfolio-frame.js';
import { type AssetNumbers, assetNumbers, positionOf } from './position-of.js';
import type { AnalysisPeriod } from './rows.js';
import { type PortfolioValue, valuePortfolio } from './valuation.js';

interface Held {
  readonly input: PortfolioInput;
  readonly positions: readonly Position[];
  value: PortfolioValue | null;
}

const NO_SLOTS = new Int32Array(0);

/**
 * Values all portfolios as prices move, and analyses them when candles close. A tick does a store and a flag per
 * portfolio that holds the asset, and allocates nothing; a value is computed when it is asked for.
 */
export class PortfolioModel {
  /** Null: the slot is free. */
  #held: (Held | null)[] = [];
  readonly #slots = new Map<number, number>();
  #free: number[] = [];
  /** Made again when a portfolio comes or goes. */
  #ids: readonly number[] | null = null;
  #numbers: { readonly of: AnalysisMarket['assets']; readonly numbers: AssetNumbers } | null = null;
  /** Portfolios by the number of an asset that moves them: one that is held, or that their quotes are converted by. */
  #moves: Int32Array[] = [];
  #prices = new Float64Array(0);
  #isDirty = new Uint8Array(0);
  #dirty = new Int32Array(0);
  #dirtyCount = 0;
  #histories: MarketHistories | null = null;
  #directions: Directions | null = null;

  /**
   * Takes the portfolios as they are now, in the place of all before; closed and empty holdings are left out. Prices stay.
   * O(all holdings), in one piece: it is for a start.
   */
  set(portfolios: readonly PortfolioInput[], market: AnalysisMarket): void {
    const numbers = this.#numbersOf(market);
    const moves: number[][] = [];
    this.#slots.clear();
    this.#free = [];
    this.#ids = null;
    this.#held = portfolios
      .toSorted((a, b) => a.id - b.id)
      .map((input, slot) => {
        this.#slots.set(input.id, slot);
        const held = heldOf(input, market, numbers);
        for (const asset of moversOf(held)) {
          const slots = moves[asset] ?? [];
          slots.push(slot);
          moves[asset] = slots;
        }
        return held;
      });
    this.#moves = Array.from(moves, (slots) => (slots === undefined ? NO_SLOTS : Int32Array.from(slots)));
    this.#grow(Math.max(moves.length, ...market.assets.map(({ asset }) => asset + 1)));
    this.#isDirty = new Uint8Array(this.#held.length).fill(1);
    this.#dirty = Int32Array.from(this.#held.keys());
    this.#dirtyCount = this.#held.length;
  }

  /**
   * Takes some portfolios as they are now, and leaves the others as they are: positions of those are in the market that
   * they were taken in. O(their holdings, and for assets that come or go the portfolios that hold them).
   */
  update(portfolios: readonly PortfolioInput[], market: AnalysisMarket): void {
    const numbers = this.#numbersOf(market);
    for (const input of portfolios) {
      const slot = this.#slots.get(input.id) ?? this.#takeSlot(input.id);
      const held = heldOf(input, market, numbers);
      this.#move(slot, this.#held[slot] ?? null, held);
      this.#held[slot] = held;
      this.#markDirty(slot);
    }
  }

  /** Forgets a portfolio, if there is one of this id. */
  remove(portfolioId: number): void {
    const slot = this.#slots.get(portfolioId);
    if (slot === undefined) return;
    this.#move(slot, this.#held[slot] ?? null, null);
    this.#held[slot] = null;
    this.#slots.delete(portfolioId);
    this.#free.push(slot);
    this.#ids = null;
  }

  /** Takes the newest price of an asset, in its quote: O(portfolios that hold it), nothing is allocated. */
  ticked(asset: number, price: number): void {
    if (asset >= this.#prices.length) this.#grow(asset + 1);
    if (this.#prices[asset] === price) return;
    this.#prices[asset] = price;
    const slots = this.#moves[asset];
    if (slots === undefined) return;
    for (let place = 0; place < slots.length; place++) {
      this.#markDirty(slots[place] as number);
    }
  }

  /** Newest price of an asset, in its quote; NaN: none is known. */
  price(asset: number): number {
    return this.#priceOf(asset);
  }

  /** Portfolios whose value may have changed since `takeMoved`. */
  get moved(): number {
    return this.#dirtyCount;
  }

  /** Names the portfolios whose value may have changed since the last call, at most so many. */
  takeMoved(limit: number, visit: (portfolioId: number) => void): void {
    for (let taken = 0; taken < limit && this.#dirtyCount > 0; taken++) {
      this.#dirtyCount -= 1;
      const slot = this.#dirty[this.#dirtyCount] as number;
      this.#isDirty[slot] = 0;
      const held = this.#held[slot] ?? null;
      if (held === null) continue;
      held.value = null;
      visit(held.input.id);
    }
  }

  /** In ascending order, in which they are analysed. */
  get portfolioIds(): readonly number[] {
    this.#ids ??= [...this.#slots.keys()].toSorted((a, b) => a - b);
    return this.#ids;
  }

  /** Values a portfolio by the newest prices; null: there is none of this id. Kept until a price moves it. */
  value(portfolioId: number): PortfolioValue | null {
    const slot = this.#slots.get(portfolioId);
    if (slot === undefined) return null;
    const held = this.#held[slot] as Held;
    const isKept = this.#isDirty[slot] === 0 && held.value !== null;
    if (!isKept) held.value = valuePortfolio(held.input, held.positions, this.#priceOf);
    return held.value;
  }

  /** Gives what is in a portfolio: what users set, and the positions in the order of `value`; null: there is none of this id. */
  held(portfolioId: number): Pick<Held, 'input' | 'positions'> | null {
    const slot = this.#slots.get(portfolioId);
    return slot === undefined ? null : (this.#held[slot] as Held);
  }

  /**
   * Analyses one portfolio as of a frame, by the frame's closes and not by ticks: the same in a replay. Call it for one
   * after another; what they share of a frame is computed once.
   *
   * @param period `1h`, `4h`, `1d` with a frame of that timeframe, `7d` and `30d` with one of `1d`
   * @returns null: there is no portfolio of this id, or nothing is in it
   */
  analyse(
    portfolioId: number,
    frame: Frame,
    contexts: Contexts,
    period: AnalysisPeriod,
    signals: ActiveSignals,
  ): PortfolioFrame | null {
    const slot = this.#slots.get(portfolioId);
    const held = slot === undefined ? null : (this.#held[slot] ?? null);
    if (held === null || held.positions.length === 0) return null;
    if (this.#histories?.frame !== frame) this.#histories = new MarketHistories(frame);
    if (this.#directions?.frame !== frame || this.#directions.contexts !== contexts) {
      this.#directions = new Directions(frame, contexts);
    }
    const value = valuePortfolio(held.input, held.positions, (asset) => closeOf(frame, asset));
    return analysePortfolio({
      input: held.input,
      positions: held.positions,
      value,
      frame,
      contexts,
      period,
      signals,
      histories: this.#histories,
      directions: this.#directions,
    });
  }

  readonly #priceOf = (asset: number): number => this.#prices[asset] ?? Number.NaN;

  #markDirty(slot: number): void {
    if (this.#isDirty[slot] === 1) return;
    this.#isDirty[slot] = 1;
    this.#dirty[this.#dirtyCount] = slot;
    this.#dirtyCount += 1;
  }

  /** Changes which assets move a slot; what moves it before and after stays untouched. */
  #move(slot: number, before: Held | null, after: Held | null): void {
    const [old, now] = [moversOf(before), moversOf(after)];
    for (const asset of old) {
      if (!now.has(asset)) this.#moves[asset] = withoutSlot(this.#moves[asset] ?? NO_SLOTS, slot);
    }
    for (const asset of now) {
      if (old.has(asset)) continue;
      while (this.#moves.length <= asset) this.#moves.push(NO_SLOTS);
      this.#moves[asset] = withSlot(this.#moves[asset] ?? NO_SLOTS, slot);
    }
  }

  #takeSlot(portfolioId: number): number {
    const slot = this.#free.pop() ?? this.#held.length;
    if (slot === this.#held.length) this.#held.push(null);
    this.#slots.set(portfolioId, slot);
    this.#ids = null;
    if (slot < this.#isDirty.length) return slot;
    const [isDirty, dirty] = [new Uint8Array(2 * slot + 8), new Int32Array(2 * slot + 8)];
    isDirty.set(this.#isDirty);
    dirty.set(this.#dirty);
    this.#isDirty = isDirty;
    this.#dirty = dirty;
    return slot;
  }

  #numbersOf(market: AnalysisMarket): AssetNumbers {
    if (this.#numbers?.of !== market.assets) {
      this.#numbers = { of: market.assets, numbers: assetNumbers(market) };
    }
    return this.#numbers.numbers;
  }

  #grow(length: number): void {
    if (length <= this.#prices.length) return;
    const prices = new Float64Array(Math.max(length, 2 * this.#prices.length)).fill(Number.NaN);
    prices.set(this.#prices);
    this.#prices = prices;
  }
}

/** A portfolio ready for arithmetic; closed and empty holdings are left out. */
function heldOf(input: PortfolioInput, market: AnalysisMarket, numbers: AssetNumbers): Held {
  const positions = input.holdings
    .filter(({ tradeStatus, quantity }) => tradeStatus !== 'closed' && Number(quantity) > 0)
    .toSorted((a, b) => a.id - b.id)
    .map((holding) => positionOf(holding, market, numbers));
  return { input, positions, value: null };
}

function withSlot(slots: Int32Array, slot: number): Int32Array {
  const more = new Int32Array(slots.length + 1);
  more.set(slots);
  more[slots.length] = slot;
  return more;
}

function withoutSlot(slots: Int32Array, slot: number): Int32Array {
  return slots.filter((one) => one !== slot);
}

/** Numbers of the assets whose prices move a portfolio; null: none do. */
function moversOf(held: Held | null): ReadonlySet<number> {
  const assets = new Set<number>();
  for (const { asset, quoteAsset } of held?.positions ?? []) {
    if (asset >= 0) assets.add(asset);
    if (quoteAsset >= 0) assets.add(quoteAsset);
  }
  return assets;
}

/** NaN: the asset has not closed the frame's candle. */
function closeOf(frame: Frame, asset: number): number {
  return isCurrent(frame, asset) ? frame.series.close(asset, frame.timeframe, 0) : Number.NaN;
}
