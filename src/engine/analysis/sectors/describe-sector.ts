import { DAY_MS } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { RegimeState } from '../contexts.js';
import { Gaps } from '../gaps.js';
import { type OutlookComponent, type OutlookFound, outlookOf, regimeScore, trendScore } from './outlook.js';
import type { OutlookSpells } from './outlook-spells.js';
import type { Measured, SectorMeasure } from './sector-measures.js';
import type { KeySignal, SectorAnalysis } from './sector-rows.js';
import type { SectorView } from './sector-view.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
const RSI = columnOf('rsi_14');

/** From here on a sector is strong enough to be a narrative, or weak. */
const STRONG = 0.65;
/** Longest tag that the column takes. */
const TAG_LENGTH = 50;
/** US dollars that `numeric(30,2)` cannot hold. */
const TOO_MANY_DOLLARS = 1e28;
const SHORT = 'the history of the index does not reach back so far';

/** Gives the rise of a log return in percent. */
export function percent(logReturn: number): number {
  return Math.expm1(logReturn) * 100;
}

/** Gives dollars as a column takes them, or null with the reason. */
export function dollars(gaps: Gaps, field: string, value: number, reason: string): number | null {
  return gaps.number(field, Math.abs(value) < TOO_MANY_DOLLARS ? value : Number.NaN, reason);
}

/** Says what pulls at a sector. */
export function sectorComponents(
  view: SectorView,
  sector: SectorMeasure,
  regime: RegimeState | null,
): readonly OutlookComponent[] {
  const { timeframe } = view.frame;
  const { slot } = sector.slot;
  const ema20 = view.candles.value(slot, timeframe, EMA_20);
  const ema50 = view.candles.value(slot, timeframe, EMA_50);
  return [
    { name: 'momentum', weight: 0.3, score: sector.momentum },
    { name: 'relative_strength', weight: 0.25, score: 2 * sector.relativeStrength - 1 },
    { name: 'trend', weight: 0.2, score: trendScore(sector.now, ema20, ema50) },
    { name: 'rotation', weight: 0.15, score: sector.inflow - sector.outflow },
    { name: 'market_regime', weight: 0.1, score: regimeScore(regime) },
  ];
}

/** Says whether a sector leads: it is in the better third, and strong. */
function isLeader(sector: SectorMeasure, { sectors }: Measured): boolean {
  const ranked = sectors.filter(({ rank }) => !Number.isNaN(rank)).length;
  return sector.rank <= Math.max(1, Math.floor(ranked / 3)) && sector.relativeStrength >= STRONG;
}

/** Gives a sector's row. */
export function describeSector(
  view: SectorView,
  measured: Measured,
  sector: SectorMeasure,
  regime: RegimeState | null,
  spells: OutlookSpells,
): SectorAnalysis {
  const gaps = new Gaps();
  const { period } = measured.rule;
  const { time, candleTime } = view.frame;
  const { name, id } = sector.sector;
  const components = sectorComponents(view, sector, regime);
  const found = outlookOf(components);
  const none = sector.coins.length === 0 ? 'no coin of the sector is served in dollars' : null;
  const number = (field: string, value: number, reason: string): number | null =>
    gaps.number(field, value, none ?? reason);
  const returns = sector.returns.map(percent);
  const tooFew = `fewer than ${measured.rule.grid.least} returns (${measured.rule.grid.timeframe}) are known`;
  const noFlow = 'strength or volume of the sector, or of every other one, is not known over the window';
  const narrative = narrativeOf(sector, measured);
  const duration = found === null ? null : spells.remaining(`${period} ${id}`, found.outlook, time);
  const row = {
    sectorId: id,
    timeframe: period,
    candleTime,
    analysisTime: time,
    sectorMarketCap: dollars(gaps, 'sector_market_cap', sector.marketCap, none ?? noCap(view, sector)),
    sectorVolume24h: dollars(gaps, 'sector_volume_24h', sector.volume24h, none ?? 'no volume is known yet'),
    sectorDominancePct: number(
      'sector_dominance_pct',
      sector.dominance,
      measured.dominanceOf === 'market_cap' ? noCap(view, sector) : 'nothing was traded',
    ),
    performance24hPct: number('performance_24h_pct', returns[0] as number, SHORT),
    performance7dPct: number('performance_7d_pct', returns[1] as number, SHORT),
    performance30dPct: number('performance_30d_pct', returns[2] as number, SHORT),
    rotationInflowScore: number('rotation_inflow_score', sector.inflow, noFlow),
    rotationOutflowScore: number('rotation_outflow_score', sector.outflow, noFlow),
    relativeStrengthScore: number('relative_strength_score', sector.relativeStrength, tooFew),
    liquidityScore: number(
      'liquidity_score',
      sector.liquidityScore,
      'no coin has a week of volume before the newest day, or nothing was traded',
    ),
    volatilityScore: number('volatility_score', sector.volatilityScore, tooFew),
    correlationWithBtc: number(
      'correlation_with_btc',
      sector.correlationWithBtc,
      `${tooFew} of both, or one of them does not vary`,
    ),
    correlationWithEth: number(
      'correlation_with_eth',
      sector.correlationWithEth,
      `${tooFew} of both, or one of them does not vary`,
    ),
    narrativeTag: gaps.value(
      'narrative_tag',
      narrative === null ? null : [narrative],
      'no narrative: the sector does not lead the others, by prices',
    ),
    institutionalInflow: gaps.value<number>('institutional_inflow', null, 'there is no source of it'),
    tvlTotal: gaps.value<number>('tvl_total', null, 'there is no source of it'),
    activeUsers: gaps.value<number>('active_users', null, 'there is no source of it'),
    activeProtocols: gaps.value<number>('active_protocols', null, 'there is no source of it'),
    keySignals: keySignals(view, sector, measured),
    aiSectorOutlook: gaps.value('ai_sector_outlook', found?.outlook ?? null, none ?? NO_OUTLOOK),
    aiConfidenceScore: number('ai_confidence_score', found?.confidence ?? Number.NaN, NO_OUTLOOK),
    signalAgreementScore: number(
      'signal_agreement_score',
      found?.agreement ?? Number.NaN,
      found === null ? NO_OUTLOOK : 'nothing pulls either way',
    ),
    outlookDurationEstimate: gaps.value(
      'outlook_duration_estimate',
      duration,
      none ?? (found === null ? NO_OUTLOOK : noDuration(spells, `${period} ${id}`, found)),
    ),
  };
  const analysisData = {
    rationale: rationale(name, sector, measured),
    notes: notes(name, found),
    ...details(view, measured, sector, components, found),
    missing: gaps.missing,
  };
  return { ...row, analysisData };
}

/** Why there is no outlook. */
export const NO_OUTLOOK = 'less than half of what the outlook is made of is known';

/** Why there is no estimate of how long an outlook lasts. */
export function noDuration(spells: OutlookSpells, key: string, { outlook }: OutlookFound): string {
  return `${spells.count(key, outlook)} of 3 ${outlook} spells were seen from beginning to end since the start`;
}

/** The sector's own name, if it leads and the name is short enough for a tag. */
export function narrativeOf(sector: SectorMeasure, measured: Measured): string | null {
  return isLeader(sector, measured) && sector.sector.name.length <= TAG_LENGTH ? sector.sector.name : null;
}

function noCap(view: SectorView, { coins }: SectorMeasure): string {
  const { external, time } = view.frame;
  const unknown = coins.filter((coin) => Number.isNaN(view.supply(coin)));
  const [first] = unknown;
  if (first === undefined) return 'a coin has no price';
  return `the supply of ${unknown.length} of ${coins.length} coins is not known; ${external.coinReason(first.asset.base, time)}`;
}

function keySignals(view: SectorView, sector: SectorMeasure, measured: Measured): readonly KeySignal[] {
  const signals: KeySignal[] = [];
  const add = (type: string, holds: boolean, value: number | true): void => {
    if (holds) signals.push({ type, value });
  };
  const rsi = view.candles.value(sector.slot.slot, view.frame.timeframe, RSI);
  add('momentum_leader', sector.rank === 1 && sector.windowReturn > measured.market.windowReturn, true);
  add('relative_strength', sector.relativeStrength >= STRONG, sector.relativeStrength);
  add('relative_weakness', sector.relativeStrength <= 1 - STRONG, sector.relativeStrength);
  add('liquidity_surge', sector.liquidityScore >= 0.6, sector.liquidityScore);
  add('liquidity_drought', sector.liquidityScore <= 0.4, sector.liquidityScore);
  add('rotation_inflow', sector.inflow > sector.outflow && sector.inflow >= 0.15, sector.inflow);
  add('rotation_outflow', sector.outflow > sector.inflow && sector.outflow >= 0.15, sector.outflow);
  add(
    'high_volatility',
    sector.volatilityScore >= 2 * measured.market.volatilityScore,
    sector.volatilityScore,
  );
  add('overbought', rsi >= 70, rsi);
  add('oversold', rsi <= 30, rsi);
  return signals;
}

function rationale(name: string, sector: SectorMeasure, measured: Measured): readonly string[] {
  const { market, sectors } = measured;
  const texts: string[] = [];
  for (const [i, span] of ['24 h', '7 d', '30 d'].entries()) {
    const own = percent(sector.returns[i] as number);
    const all = percent(market.returns[i] as number);
    if (Number.isFinite(own) && Number.isFinite(all)) {
      texts.push(`${name} ${signed(own)} % in ${span}, the market ${signed(all)} %`);
    }
  }
  const volume = sector.volume24h / sector.meanVolume;
  if (Number.isFinite(volume)) texts.push(`Traded volume ${volume.toFixed(2)} × its mean of 30 days`);
  if (Number.isFinite(sector.shareRatio)) {
    texts.push(
      `Its share of traded volume is ${sector.shareRatio.toFixed(2)} × that of the three periods before`,
    );
  }
  if (Number.isFinite(sector.rank)) {
    const ranked = sectors.filter(({ rank }) => Number.isFinite(rank)).length;
    texts.push(`Rank ${sector.rank} of ${ranked} by return over ${measured.rule.period}`);
  }
  return texts;
}

function notes(name: string, found: OutlookFound | null): string {
  if (found === null) return `${name}: ${NO_OUTLOOK}`;
  return `${name}: ${found.outlook}, score ${signed(found.score)} of −1 to 1. A score of prices and volumes, no advice.`;
}

function details(
  view: SectorView,
  measured: Measured,
  sector: SectorMeasure,
  components: readonly OutlookComponent[],
  found: OutlookFound | null,
): Readonly<Record<string, unknown>> {
  const { time, external } = view.frame;
  const { index } = sector.slot;
  const symbols = (which: (coin: SectorMeasure['coins'][number]) => boolean): readonly string[] =>
    sector.coins.filter(which).map(({ asset }) => asset.symbol);
  const category = external.category(sector.sector.coingeckoId, time);
  return {
    index: {
      value: known(sector.now),
      base: 1000,
      weighting: index.weighting,
      covered: index.coins.length,
      members: sector.coins.length,
    },
    rank: known(sector.rank),
    return_pct: known(percent(sector.windowReturn)),
    momentum: known(sector.momentum),
    annual_volatility_pct: known(sector.volatility * 100),
    turnover: known(sector.volume24h / sector.marketCap),
    volume_share_ratio: known(sector.shareRatio),
    rotation_pressure: known(sector.pressure),
    dominance_of: measured.dominanceOf,
    outlook_score: found?.score ?? null,
    components: Object.fromEntries(components.map((one) => [one.name, known(one.score)])),
    weights: Object.fromEntries(components.map((one) => [one.name, one.weight])),
    late: symbols((coin) => view.isLate(coin)),
    volume_incomplete: symbols((coin) => !coin.volumes.reaches(time - DAY_MS)),
    category:
      category === null
        ? null
        : { market_cap: category.marketCap, volume_24h: category.volume24h, as_of: category.asOf },
    // Of the market that it is compared with: a sector without coins stands beside its figures, too.
    simulated: view.frame.market.assets.some(({ simulated }) => simulated),
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}
