import { DAY_MS, TIMEFRAMES } from '../../../timeframe.js';
import { Newest, type RegimeState, type SectorState } from '../contexts.js';
import type { Frame } from '../frame.js';
import { INDEX_BASE } from './chain-index.js';
import { crossKey, describeCross, rotationFlows } from './describe-cross.js';
import { describeSector, percent, sectorComponents } from './describe-sector.js';
import { outlookOf } from './outlook.js';
import { OutlookSpells } from './outlook-spells.js';
import { PERIOD_RULES, periodsOf, STATE_RULES } from './periods.js';
import { historyRow, sectorFigures } from './sector-history.js';
import { type IndexSlot, MARKET_SLOT, SectorIndices, type SeedInput } from './sector-indices.js';
import { type Measured, measure } from './sector-measures.js';
import type { SectorClose, SectorFrame, SectorHistoryRow } from './sector-rows.js';
import { SectorView } from './sector-view.js';

/** A value of a sector's index that was told before a restart. */
export interface IndexAnchor {
  readonly sectorId: number;
  /** End of its candle, ms. */
  readonly time: number;
  readonly value: number;
}

/**
 * Layer 2: indices of sectors, what they do against each other, and their candles. A function of closed frames, in order;
 * forming ones are looked at and leave no trace.
 */
export class SectorModel {
  #indices = new SectorIndices();
  readonly #spells = new OutlookSpells();
  readonly #states = new Map<number, Newest<SectorState>>();
  #stateAt = Number.NEGATIVE_INFINITY;

  /**
   * Rebuilds the indices from the candles that are kept, in place of what there is: days, and hours and shorter ones as
   * far as they reach. Their values differ from those of a server that never stopped by a factor, unless anchors give it,
   * and by weights: the supplies of today stand for those of the past.
   *
   * A generator, so that whoever runs it can let others in between: a step takes under a millisecond with 200 coins, one at a day boundary two.
   *
   * @param anchors values that were told before, one of each sector; the indices go through them
   */
  *seed(input: SeedInput, anchors: readonly IndexAnchor[] = []): Generator<void, void> {
    let bases = new Map<number, number>();
    if (anchors.length > 0) {
      const trial = new SectorIndices();
      yield* trial.seed(input);
      bases = new Map(anchors.flatMap((anchor) => baseOf(trial, anchor)));
    }
    const indices = new SectorIndices(bases);
    yield* indices.seed(input);
    this.#indices = indices;
  }

  /** Takes in a closed frame of any timeframe that `closed` is not called with. Gives the sectors' candles. */
  advance(frame: Frame): readonly SectorHistoryRow[] {
    const closed = this.#indices.advance(frame);
    const view = new SectorView(this.#indices, frame);
    return closed.flatMap((slot) => (isOfSector(slot) ? [historyRow(this.#indices, view, slot)] : []));
  }

  /**
   * Takes in a closed frame and says what it shows: of 1h and 4h one period, of 1d three. Null: no sector has a coin that
   * is served in dollars, or the timeframe is another one.
   *
   * @param regime of the market, as of the same close or before
   */
  closed(frame: Frame, regime: RegimeState | null): SectorClose | null {
    const steps = this.closing(frame, regime);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** As `closed`, in steps, so that whoever runs it can let others in between. The frame must not move on meanwhile. */
  *closing(frame: Frame, regime: RegimeState | null): Generator<undefined, SectorClose | null, void> {
    const periods = periodsOf(TIMEFRAMES[frame.timeframe] ?? '1m');
    const history = this.advance(frame);
    if (periods.length === 0 || !this.#isServed()) return null;
    yield;
    const view = new SectorView(this.#indices, frame);
    const frames: SectorFrame[] = [];
    for (const period of periods) {
      const measured = measure(this.#indices, view, PERIOD_RULES[period]);
      yield;
      const told = this.#describe(view, measured, regime);
      this.#record(told, frame.time);
      frames.push(told);
      yield;
    }
    this.#remember(view, regime);
    yield;
    const figures = this.#indices.sectors.map((sector) => sectorFigures(this.#indices, view, sector));
    return { frames, history, figures };
  }

  /**
   * Says what `closed` would say if the frame closed as it stands, of its first period; of other timeframes what an hour
   * shows. Null as there.
   */
  live(frame: Frame, regime: RegimeState | null): SectorFrame | null {
    if (!this.#isServed()) return null;
    const [period = '1h'] = periodsOf(TIMEFRAMES[frame.timeframe] ?? '1m');
    const view = new SectorView(this.#indices, frame);
    return this.#describe(view, measure(this.#indices, view, PERIOD_RULES[period]), regime);
  }

  /** Newest state of a sector; null: there is none yet. */
  newest(sectorId: number): SectorState | null {
    return this.#states.get(sectorId)?.newest ?? null;
  }

  /** Newest state that is older than a moment, ms. */
  before(sectorId: number, time: number): SectorState | null {
    return this.#states.get(sectorId)?.before(time) ?? null;
  }

  #isServed(): boolean {
    return this.#indices.sectors.some(({ id }) => this.#indices.coins.ofSector(id).length > 0);
  }

  #record({ period, sectors, cross }: SectorFrame, time: number): void {
    for (const { sectorId, aiSectorOutlook } of sectors) {
      this.#spells.record(`${period} ${sectorId}`, aiSectorOutlook, time);
    }
    this.#spells.record(crossKey(period), cross.aiMarketOutlook, time);
  }

  /** Keeps what other layers read: by the seven days up to now, or by one where no more is known. */
  #remember(view: SectorView, regime: RegimeState | null): void {
    const { time } = view.frame;
    if (time <= this.#stateAt) return;
    this.#stateAt = time;
    const rule = STATE_RULES.find(({ window }) => !Number.isNaN(view.logReturn(MARKET_SLOT, window)));
    if (rule === undefined) return;
    for (const sector of measure(this.#indices, view, rule).sectors) {
      const { id, name } = sector.sector;
      const state = this.#states.get(id) ?? new Newest<SectorState>();
      this.#states.set(id, state);
      state.set({
        sectorId: id,
        name,
        time,
        rank: known(sector.rank),
        relativeStrength: known(sector.relativeStrength),
        performance24h: known(percent(sector.returns[0])),
        performance7d: known(percent(sector.returns[1])),
        outlook: outlookOf(sectorComponents(view, sector, regime))?.outlook ?? null,
        inflow: known(sector.inflow),
        outflow: known(sector.outflow),
      });
    }
  }

  #describe(view: SectorView, measured: Measured, regime: RegimeState | null): SectorFrame {
    const flows = rotationFlows(measured);
    return {
      period: measured.rule.period,
      sectors: measured.sectors.map((sector) => describeSector(view, measured, sector, regime, this.#spells)),
      cross: describeCross(view, measured, flows, regime, this.#spells),
      flows,
    };
  }
}

function isOfSector(slot: IndexSlot): slot is IndexSlot & { readonly sectorId: number } {
  return slot.sectorId !== null;
}

/** What an index has to begin with to go through an anchor; nothing, if history does not reach back to it. */
function baseOf(trial: SectorIndices, { sectorId, time, value }: IndexAnchor): readonly [number, number][] {
  const slot = trial.sectors.find(({ id }) => id === sectorId)?.slot;
  if (slot === undefined) return [];
  const found = trial.candles.asOf(slot, time, DAY_MS);
  return found > 0 && value > 0 ? [[sectorId, (INDEX_BASE * value) / found]] : [];
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
