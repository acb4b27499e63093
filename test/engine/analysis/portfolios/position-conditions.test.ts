import t from 'tap';
import type { Regime } from '../../../../src/engine/analysis/contexts.js';
import { MarketHistories } from '../../../../src/engine/analysis/portfolios/market-histories.js';
import {
  deterioration,
  regimeChange,
} from '../../../../src/engine/analysis/portfolios/position-conditions.js';
import { assetNumbers, positionOf } from '../../../../src/engine/analysis/portfolios/position-of.js';
import { DAY, holding, MadeMarket, START } from './made-market.js';

const time = START + 100 * DAY;
/** Up by 0.1 % a day for 70 days, and down by as much since. */
const closes = Array.from({ length: 2_400 }, (_, n) => {
  const day = Math.floor(n / 24);
  return 100 * 1.001 ** (day < 70 ? day : 140 - day);
});

function worse(
  different: Parameters<typeof holding>[1],
  now: Regime | null,
  timeframe: '1h' | '1d' = '1d',
): number {
  const made = new MadeMarket([{ symbol: 'A0/USDT', closes }], time);
  const frame = made.frame(timeframe, time);
  const position = positionOf(holding(0, different), made.market, assetNumbers(made.market));
  return deterioration(position, now, frame, new MarketHistories(frame));
}

t.test('a regime has changed from what it was at the entry', async (t) => {
  t.equal(regimeChange('Bull', 'Bear'), 'bull_to_bear');
  t.equal(regimeChange('Bear', 'Accumulation'), 'bear_to_sideways');
  t.equal(regimeChange('Distribution', 'Sideways'), 'no_change');
  t.equal(regimeChange('Transition', 'Bull'), null);
  t.equal(regimeChange(null, 'Bull'), null);
  t.equal(regimeChange('Bull', null), null);
});

t.test('conditions are worse by what the regime and the trend have lost', async (t) => {
  t.equal(worse({ regimeAtEntry: 'Bull' }, 'Bear'), 1);
  t.equal(worse({ regimeAtEntry: 'Bull' }, 'Sideways'), 0.5);
  t.equal(worse({ regimeAtEntry: 'Bear' }, 'Bull'), 0, 'better is not worse');
  t.equal(worse({ regimeAtEntry: 'Bear', assetType: 'Short Position' }, 'Bull'), 1);
  t.ok(Number.isNaN(worse({}, 'Bull')));
  const trend = (day: number): number => {
    const of = Array.from({ length: 50 }, (_, k) => closes[(day - k) * 24 + 23] ?? 0);
    const mean = of.reduce((sum, close) => sum + close, 0) / 50;
    return Math.max(-1, Math.min(1, ((of[0] ?? 0) / mean - 1) / 0.1));
  };
  const openedAt = START + 75 * DAY + 5 * 3_600_000;
  const wanted = (trend(74) - trend(99)) / 2;
  t.ok(wanted > 0.05);
  t.ok(Math.abs(worse({ openedAt }, null) - wanted) < 1e-12);
  t.ok(Math.abs(worse({ openedAt, regimeAtEntry: 'Bull' }, 'Bull') - wanted / 2) < 1e-12, 'the mean of both');
  t.ok(
    Math.abs(worse({ openedAt }, null, '1h') - (trend(74) - trend(98)) / 2) < 1e-12,
    'days before the hour',
  );
  t.equal(worse({ openedAt, assetType: 'Short Position' }, null), 0);
  t.ok(Number.isNaN(worse({ openedAt: START + 10 * DAY }, null)), 'fewer than 50 days before the entry');
});
