import { TIMEFRAMES } from '../../timeframe.js';
import type { Alert } from './alert.js';
import { LevelList } from './level-list.js';
import { SignalLevels } from './signal-levels.js';
import { VolumeLevels } from './volume-levels.js';

/** All thresholds of one asset. An alert that has fired for good, or is gone, is in none of the lists. */
export class AssetLevels {
  /** Prices whose alerts fire when the price rises to them, and when it falls to them. */
  readonly up = new LevelList();
  readonly down = new LevelList();
  readonly signals = new SignalLevels();
  /** Ids of `percentage_change` alerts that count from the first price, which is not known yet. */
  readonly waiting = new Set<number>();
  /** Bit i: there is a `volume_spike` of timeframe i. */
  volumeTimeframes = 0;
  /** By timeframe; made by the first alert, so that where volume stands is never an old candle's. */
  readonly #volumes: (VolumeLevels | undefined)[] = [];

  volume(timeframeIndex: number): VolumeLevels | undefined {
    return this.#volumes[timeframeIndex];
  }

  add(alert: Alert): void {
    if (alert.type === 'signal_generated') this.signals.add(alert);
    else if (alert.type === 'volume_spike') this.#addVolume(alert);
    else {
      const { id } = alert;
      const { rise, fall } = priceLevelsOf(alert);
      if (Number.isNaN(rise) && Number.isNaN(fall)) this.waiting.add(id);
      if (!Number.isNaN(rise)) this.up.add(rise, id);
      if (!Number.isNaN(fall)) this.down.add(fall, id);
    }
  }

  remove(alert: Alert): void {
    if (alert.type === 'signal_generated') this.signals.remove(alert);
    else if (alert.type === 'volume_spike') this.#removeVolume(alert);
    else {
      const { id } = alert;
      const { rise, fall } = priceLevelsOf(alert);
      if (Number.isNaN(rise) && Number.isNaN(fall)) this.waiting.delete(id);
      if (!Number.isNaN(rise)) this.up.remove(rise, id);
      if (!Number.isNaN(fall)) this.down.remove(fall, id);
    }
  }

  #addVolume(alert: Alert): void {
    const index = timeframeOf(alert);
    this.#volumes[index] ??= new VolumeLevels();
    this.#volumes[index].add(alert);
    this.volumeTimeframes |= 1 << index;
  }

  #removeVolume(alert: Alert): void {
    const index = timeframeOf(alert);
    const volume = this.#volumes[index];
    volume?.remove(alert);
    if (volume?.isEmpty !== true) return;
    this.#volumes[index] = undefined;
    this.volumeTimeframes &= ~(1 << index);
  }
}

/**
 * Gives the prices at which a `price_target` fires, rising and falling; NaN: at none. Both NaN: its reference is not
 * known. The same alert always gives the same bits.
 */
export function priceLevelsOf(alert: Alert): { readonly rise: number; readonly fall: number } {
  const { condition, value, reference } = alert;
  if (condition === 'above') return { rise: value, fall: Number.NaN };
  if (condition === 'below') return { rise: Number.NaN, fall: value };
  if (condition === 'equals') return { rise: value, fall: value };
  if (reference === null) return { rise: Number.NaN, fall: Number.NaN };
  // No price falls by 100 %.
  const fall = value < 100 ? percentOf(reference, 100 - value) : Number.NaN;
  return { rise: percentOf(reference, 100 + value), fall };
}

/** Rounded to 15 digits: a price that is just 10 % higher reaches its level, though 50 · 1.1 is more than 55 in binary. */
function percentOf(reference: number, percent: number): number {
  return Number(((reference * percent) / 100).toPrecision(15));
}

function timeframeOf({ timeframe }: Alert): number {
  return timeframe === null ? -1 : TIMEFRAMES.indexOf(timeframe);
}
