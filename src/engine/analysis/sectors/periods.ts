import { DAY_MS, HOUR_MS, type Timeframe } from '../../../timeframe.js';

/** How far back an analysis looks, as the database's `analysis_period` has it. */
export type SectorPeriod = '1h' | '4h' | '1d' | '7d' | '30d';

/** By which returns spread and correlation are told, and how many of them are needed. */
export interface ReturnGrid {
  readonly timeframe: '1h' | '1d';
  readonly length: number;
  /** Newest returns that are read. */
  readonly count: number;
  /** Fewer pairs say nothing. */
  readonly least: number;
  /** Returns in a year of 365 days. */
  readonly perYear: number;
}

/** Seven days of hours. */
const HOURLY: ReturnGrid = { timeframe: '1h', length: HOUR_MS, count: 168, least: 48, perYear: 24 * 365 };
/** Thirty days. */
const DAILY: ReturnGrid = { timeframe: '1d', length: DAY_MS, count: 30, least: 14, perYear: 365 };

export interface PeriodRule {
  readonly period: SectorPeriod;
  /** Over which return, strength and rotation are told, ms. */
  readonly window: number;
  readonly grid: ReturnGrid;
}

export const PERIOD_RULES: Readonly<Record<SectorPeriod, PeriodRule>> = {
  '1h': { period: '1h', window: HOUR_MS, grid: HOURLY },
  '4h': { period: '4h', window: 4 * HOUR_MS, grid: HOURLY },
  '1d': { period: '1d', window: DAY_MS, grid: DAILY },
  '7d': { period: '7d', window: 7 * DAY_MS, grid: DAILY },
  '30d': { period: '30d', window: 30 * DAY_MS, grid: DAILY },
};

/** What other layers read is told by hourly returns, at whatever hour it is. */
export const STATE_RULES: readonly PeriodRule[] = [
  { period: '7d', window: 7 * DAY_MS, grid: HOURLY },
  { period: '1d', window: DAY_MS, grid: HOURLY },
];

/** Which periods are told at the close of a timeframe. */
export function periodsOf(timeframe: Timeframe): readonly SectorPeriod[] {
  if (timeframe === '1h' || timeframe === '4h') return [timeframe];
  return timeframe === '1d' ? ['1d', '7d', '30d'] : [];
}
