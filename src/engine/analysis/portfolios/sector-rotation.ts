import type { Contexts } from '../contexts.js';
import type { Frame } from '../frame.js';
import { unit } from '../statistics.js';
import { isStable } from './position-of.js';
import type { WeighedHolding } from './value-path.js';

/** What moves between sectors do to a portfolio. */
export interface SectorRotation {
  readonly benefiting_sectors: readonly string[];
  readonly underperforming_sectors: readonly string[];
  /** Relative strength of the held sectors by their shares, 0–1, 0.5 being the market's; null: none is known. */
  readonly rotation_score: number | null;
  /** Share of the portfolio in sectors whose relative strength is known, percent. */
  readonly covered_pct: number;
}

/**
 * Says which of the held sectors gain (their relative strength is above 0.55, or more flows in than out) and which lose
 * (below 0.45, or more flows out). Strength decides where both are known. Null: nothing is known of any.
 */
export function sectorRotation(
  holdings: readonly WeighedHolding[],
  { time }: Frame,
  contexts: Contexts,
): SectorRotation | null {
  const shares = new Map<number, number>();
  for (const { position, share } of holdings) {
    if (position.sectorId === null || isStable(position.input)) continue;
    shares.set(position.sectorId, (shares.get(position.sectorId) ?? 0) + share);
  }
  const benefiting: string[] = [];
  const underperforming: string[] = [];
  let [strength, covered, seen] = [0, 0, 0];
  for (const [sectorId, share] of [...shares].toSorted(([a], [b]) => a - b)) {
    const sector = contexts.sectorBefore(sectorId, time);
    if (sector === null) continue;
    seen += 1;
    const { relativeStrength, inflow, outflow } = sector;
    const flow = inflow === null || outflow === null ? 0 : Math.sign(inflow - outflow);
    const lean =
      relativeStrength === null || Math.abs(relativeStrength - 0.5) <= 0.05
        ? flow
        : Math.sign(relativeStrength - 0.5);
    if (lean > 0) benefiting.push(sector.name);
    if (lean < 0) underperforming.push(sector.name);
    if (relativeStrength === null) continue;
    strength += share * relativeStrength;
    covered += share;
  }
  if (seen === 0) return null;
  return {
    benefiting_sectors: benefiting,
    underperforming_sectors: underperforming,
    rotation_score: covered > 0 ? unit(strength / covered) : null,
    covered_pct: covered * 100,
  };
}
