import type { Plan } from './plan.js';
import type { PortfolioFindings } from './portfolio-frame.js';
import type { PortfolioAction } from './rows.js';
import type { SectorRotation } from './sector-rotation.js';

/** What speaks for a portfolio and against it, in words with their numbers. */
export interface PortfolioRationale {
  readonly strengths: readonly string[];
  readonly weaknesses: readonly string[];
  readonly opportunities: readonly string[];
  readonly threats: readonly string[];
  readonly action_priorities: readonly {
    readonly priority: number;
    readonly action: string;
    readonly timeline: string;
  }[];
}

/** Numbers that the words are made of. NaN: not known, and then nothing is said of it. */
export interface RationaleNumbers {
  readonly diversification: number;
  readonly concentration: number;
  /** Exposure ÷ value. */
  readonly gross: number;
  readonly highPairs: number;
  readonly action: { readonly action: PortfolioAction; readonly reason: string } | null;
  readonly rotation: SectorRotation | null;
}

/** Puts the clearest of what was found into words. */
export function rationale(
  { path, plan, analysed }: Pick<PortfolioFindings, 'path' | 'plan' | 'analysed'>,
  { diversification, concentration, gross, highPairs, action, rotation }: RationaleNumbers,
): PortfolioRationale {
  const strengths: string[] = [];
  const weaknesses: string[] = [];
  const say = (list: string[], isSo: boolean, text: string): void => {
    if (isSo) list.push(text);
  };
  say(strengths, diversification >= 0.5, `diversification score ${two(diversification)}`);
  say(
    weaknesses,
    diversification < 0.2,
    `diversification score ${two(diversification)}: most of it moves as one`,
  );
  say(strengths, path.sharpe >= 1, `Sharpe ratio ${two(path.sharpe)} over ${path.returns} returns`);
  say(weaknesses, path.sharpe < 0, `Sharpe ratio ${two(path.sharpe)} over ${path.returns} returns`);
  say(weaknesses, concentration > 0.5, `concentration ${two(concentration)}`);
  say(weaknesses, path.maxDrawdownPct > 30, `drawdown of ${two(path.maxDrawdownPct)} % in the window`);
  const threats = analysed
    .filter(({ row }) => row.positionStatus === 'critical')
    .map(
      ({ position, row }) => `${position.input.held.symbol} is critical: ${row.recommendationReason ?? ''}`,
    );
  say(threats, gross > 1.5, `exposure is ${two(gross)} times the value`);
  say(threats, highPairs > 0, `${highPairs} pairs correlate by more than 0.8`);
  say(
    threats,
    rotation !== null && rotation.underperforming_sectors.length > 0,
    `weak sectors: ${rotation?.underperforming_sectors.join(', ')}`,
  );
  const opportunities =
    rotation === null || rotation.benefiting_sectors.length === 0
      ? []
      : [`strong sectors: ${rotation.benefiting_sectors.join(', ')}`];
  return { strengths, weaknesses, opportunities, threats, action_priorities: priorities(plan, action) };
}

function priorities(
  { suggestions }: Plan,
  action: RationaleNumbers['action'],
): PortfolioRationale['action_priorities'] {
  const first =
    action === null || action.action === 'hold' || action.action === 'rebalance'
      ? []
      : [{ action: `${action.action.replace('_', ' ')}: ${action.reason}`, timeline: '1 day' }];
  const rest = (suggestions ?? []).slice(0, 3).map((one) => ({
    action: `${one.action} ${one.asset} from ${one.current_pct} % to ${one.target_pct} %`,
    timeline: '1 week',
  }));
  return [...first, ...rest].map((one, place) => ({ priority: place + 1, ...one }));
}

function two(value: number): string {
  return value.toFixed(2);
}
