import type { PartState, PartStatus } from '../../api/system-status.js';
import { rankOf } from './part.js';

/** A part and how much it counts, 0–1. */
export interface Weighed {
  readonly weight: number;
  readonly status: PartStatus;
}

/** The server as a whole. */
export interface Overall {
  readonly state: PartState;
  /** 0–1. */
  readonly score: number;
  readonly reason: string | null;
}

/** Parts that count less lower the score and not the state. */
export const STATE_WEIGHT = 0.3;

/**
 * Joins the parts. `score` = worst × mean: the worst is the least `1 − weight × (1 − score)` of a part, the mean that of the
 * scores by weight. The state is `down` while a part of weight 1 is, `degraded` while another of weight `STATE_WEIGHT` or
 * more is not well. The feeds of several exchanges are one part in this: the server is down when all of them are.
 */
export function overall(parts: readonly Weighed[]): Overall {
  let worst = 1;
  let sum = 0;
  let weights = 0;
  for (const { weight, status } of parts) {
    worst = Math.min(worst, 1 - weight * (1 - status.score));
    sum += weight * status.score;
    weights += weight;
  }
  const faulty = parts
    .filter(({ weight, status }) => weight >= STATE_WEIGHT && status.state !== 'ok')
    .sort((a, b) => rankOf(a.status.state) - rankOf(b.status.state) || b.weight - a.weight);
  const feeds = parts.filter(({ status }) => status.name.startsWith('feed:'));
  const areFeedsDown = feeds.length > 0 && feeds.every(({ status }) => status.state === 'down');
  const isDown = areFeedsDown || faulty.some(({ weight, status }) => weight === 1 && status.state === 'down');
  const reasons = faulty.map(({ status }) => `${status.name} is ${status.state}: ${status.reason}`);
  return {
    state: isDown ? 'down' : faulty.length > 0 ? 'degraded' : 'ok',
    score: Math.round(worst * (weights === 0 ? 1 : sum / weights) * 1_000) / 1_000,
    reason: reasons.length === 0 ? null : reasons.slice(0, 5).join('; '),
  };
}
