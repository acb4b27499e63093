import { columnOf } from '../columns.js';
import type { RegimeState } from '../contexts.js';
import { Gaps } from '../gaps.js';
import { correlation } from '../statistics.js';
import { NO_OUTLOOK, narrativeOf, noDuration, percent } from './describe-sector.js';
import { rotationFlow } from './measures.js';
import { type OutlookComponent, outlookOf, regimeScore, trendScore } from './outlook.js';
import type { OutlookSpells } from './outlook-spells.js';
import type { Measured, SectorMeasure } from './sector-measures.js';
import type { CrossSectorAnalysis, RankedSector, RotationFlow } from './sector-rows.js';
import type { SectorView } from './sector-view.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
/** Flows that the rationale names. */
const NAMED_FLOWS = 3;

/** Key of the whole market's outlooks among the spells. */
export function crossKey(period: string): string {
  return `${period} market`;
}

/** Gives the flow of every ordered pair of sectors whose pressures are known. */
export function rotationFlows({ sectors }: Measured): readonly RotationFlow[] {
  const known = sectors.filter(({ pressure }) => !Number.isNaN(pressure));
  return known.flatMap((from) =>
    known
      .filter((to) => to !== from)
      .map((to) => ({
        fromSectorId: from.sector.id,
        toSectorId: to.sector.id,
        score: rotationFlow(from.pressure, to.pressure),
      })),
  );
}

/** Gives the row of what lies between the sectors. */
export function describeCross(
  view: SectorView,
  measured: Measured,
  flows: readonly RotationFlow[],
  regime: RegimeState | null,
  spells: OutlookSpells,
): CrossSectorAnalysis {
  const gaps = new Gaps();
  const { period, grid } = measured.rule;
  const { sectors } = measured;
  const { time, candleTime } = view.frame;
  const names = new Map(sectors.map(({ sector }) => [sector.id, sector.name]));
  const named = flows
    .filter(({ score }) => score > 0)
    .map(({ fromSectorId, toSectorId, score }) => ({
      pair: `${names.get(fromSectorId)}→${names.get(toSectorId)}`,
      score,
    }));
  const components = marketComponents(view, measured, regime);
  const found = outlookOf(components);
  const ranking = rankingOf(measured);
  const duration = found === null ? null : spells.remaining(crossKey(period), found.outlook, time);
  const row = {
    timeframe: period,
    candleTime,
    analysisTime: time,
    sectorRotationFlows: gaps.value(
      'sector_rotation_flows',
      flows.length === 0 ? null : Object.fromEntries(named.map(({ pair, score }) => [pair, score])),
      'strength and volume of fewer than two sectors are known over the window',
    ),
    sectorPerformanceRanking: gaps.value(
      'sector_performance_ranking',
      ranking.length === 0 ? null : ranking,
      'no index has a history of the whole window',
    ),
    liquidityComparison: gaps.value(
      'liquidity_comparison',
      byName(sectors, ({ liquidityScore }) => liquidityScore),
      'no sector has a week of volume before the newest day',
    ),
    volatilityComparison: gaps.value(
      'volatility_comparison',
      byName(sectors, ({ volatilityScore }) => volatilityScore),
      `no index has ${grid.least} returns (${grid.timeframe})`,
    ),
    dominanceDistribution: gaps.value(
      'dominance_distribution',
      byName(sectors, ({ dominance }) => dominance),
      'neither market caps nor volumes are known',
    ),
    correlationMatrix: gaps.value(
      'correlation_matrix',
      matrixOf(measured),
      `no two indices that vary have ${grid.least} returns (${grid.timeframe}) in common`,
    ),
    narrativeTrends: gaps.value(
      'narrative_trends',
      sectors.some(({ relativeStrength }) => !Number.isNaN(relativeStrength)) ? narratives(measured) : null,
      `no index has ${grid.least} returns (${grid.timeframe})`,
    ),
    riskRewardMap: gaps.value(
      'risk_reward_map',
      riskReward(sectors),
      `no index has ${grid.least} returns (${grid.timeframe}) and a return of a day`,
    ),
    aiMarketOutlook: gaps.value('ai_market_outlook', found?.outlook ?? null, NO_OUTLOOK),
    aiConfidenceScore: gaps.number('ai_confidence_score', found?.confidence ?? null, NO_OUTLOOK),
    signalAgreementScore: gaps.number(
      'signal_agreement_score',
      found?.agreement ?? null,
      found === null ? NO_OUTLOOK : 'nothing pulls either way',
    ),
    outlookDurationEstimate: gaps.value(
      'outlook_duration_estimate',
      duration,
      found === null ? NO_OUTLOOK : noDuration(spells, crossKey(period), found),
    ),
  };
  const analysisData = {
    rationale: [...flowTexts(named), ...rankTexts(ranking)],
    notes:
      found === null
        ? NO_OUTLOOK
        : `The market: ${found.outlook}, score ${found.score.toFixed(2)} of −1 to 1. A score of prices and volumes, no advice.`,
    dominance_of: measured.dominanceOf,
    outlook_score: found?.score ?? null,
    components: Object.fromEntries(
      components.map(({ name, score }) => [name, Number.isNaN(score) ? null : score]),
    ),
    unmeasured: sectors.filter(({ now }) => Number.isNaN(now)).map(({ sector }) => sector.name),
    missing: gaps.missing,
  };
  return { ...row, analysisData };
}

function marketComponents(
  view: SectorView,
  { market, sectors }: Measured,
  regime: RegimeState | null,
): readonly OutlookComponent[] {
  const { slot } = market.slot;
  const { timeframe } = view.frame;
  const rising = sectors.filter(({ windowReturn }) => windowReturn > 0).length;
  const falling = sectors.filter(({ windowReturn }) => windowReturn < 0).length;
  const known = sectors.filter(({ windowReturn }) => !Number.isNaN(windowReturn)).length;
  const trend = trendScore(
    market.now,
    view.candles.value(slot, timeframe, EMA_20),
    view.candles.value(slot, timeframe, EMA_50),
  );
  return [
    { name: 'momentum', weight: 0.3, score: market.momentum },
    { name: 'breadth', weight: 0.25, score: (rising - falling) / known },
    { name: 'trend', weight: 0.25, score: trend },
    { name: 'market_regime', weight: 0.2, score: regimeScore(regime) },
  ];
}

/** The best one first; of equals the one with the lower id. */
function rankingOf({ sectors }: Measured): readonly RankedSector[] {
  return sectors
    .filter(({ rank }) => !Number.isNaN(rank))
    .toSorted((a, b) => a.rank - b.rank || a.sector.id - b.sector.id)
    .map(({ sector, rank, windowReturn, returns }) => ({
      sector: sector.name,
      sector_id: sector.id,
      rank,
      return: percent(windowReturn),
      return_24h: knownPercent(returns[0]),
      return_7d: knownPercent(returns[1]),
      return_30d: knownPercent(returns[2]),
    }));
}

function byName(
  sectors: readonly SectorMeasure[],
  figure: (sector: SectorMeasure) => number,
): Readonly<Record<string, number>> | null {
  const entries = sectors
    .map((sector) => [sector.sector.name, figure(sector)] as const)
    .filter(([, value]) => Number.isFinite(value));
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function matrixOf({ sectors, rule }: Measured): Readonly<Record<string, Record<string, number>>> | null {
  const matrix: Record<string, Record<string, number>> = {};
  for (const one of sectors) {
    const row: Record<string, number> = {};
    for (const other of sectors) {
      if (other === one) continue;
      const value = matrix[other.sector.name]?.[one.sector.name];
      const found = value ?? correlation(one.steps, other.steps, rule.grid.least);
      if (!Number.isNaN(found)) row[other.sector.name] = found;
    }
    if (Object.keys(row).length > 0) matrix[one.sector.name] = row;
  }
  return Object.keys(matrix).length === 0 ? null : matrix;
}

function narratives(measured: Measured): CrossSectorAnalysis['narrativeTrends'] {
  return measured.sectors.flatMap((sector) => {
    const narrative = narrativeOf(sector, measured);
    if (narrative === null) return [];
    return [{ sector: sector.sector.name, narrative, strength: sector.relativeStrength }];
  });
}

/** Risk: volatility on its scale. Reward: momentum on a scale of 0–1. */
function riskReward(sectors: readonly SectorMeasure[]): CrossSectorAnalysis['riskRewardMap'] {
  const known = sectors.flatMap(({ sector, volatilityScore, momentum }) => {
    const reward = (momentum + 1) / 2;
    if (!Number.isFinite(volatilityScore + reward)) return [];
    return [{ sector: sector.name, risk: volatilityScore, reward }];
  });
  return known.length === 0 ? null : known;
}

function flowTexts(flows: readonly { readonly pair: string; readonly score: number }[]): readonly string[] {
  return flows
    .toSorted((a, b) => b.score - a.score)
    .slice(0, NAMED_FLOWS)
    .map(({ pair, score }) => `Rotation ${pair}: ${score.toFixed(2)}`);
}

function rankTexts(ranking: readonly RankedSector[]): readonly string[] {
  const texts = [ranking[0], ranking.length > 1 ? ranking.at(-1) : undefined].map((one, i) =>
    one === undefined ? '' : `${i === 0 ? 'Best' : 'Worst'}: ${one.sector}, ${one.return.toFixed(2)} %`,
  );
  return texts.filter((text) => text !== '');
}

function knownPercent(logReturn: number): number | null {
  return Number.isFinite(logReturn) ? percent(logReturn) : null;
}
