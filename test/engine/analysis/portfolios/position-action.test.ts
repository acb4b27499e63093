import t from 'tap';
import {
  advise,
  type PositionSituation,
  positionStatus,
} from '../../../../src/engine/analysis/portfolios/position-action.js';

const CALM: PositionSituation = {
  direction: 1,
  price: 105,
  entry: 100,
  pnlPct: 5,
  stop: 94,
  target: 130,
  suggestedStop: 95,
  liquidation: Number.NaN,
  atr: 2,
  riskLevel: 0.3,
  exitProbability: 0.2,
  favour: 0.3,
  sharePct: 8,
  maxSharePct: 10,
  quantity: 1,
  optimalSize: 1,
};

/** The same position as a short: all prices mirrored at 100. */
function short(situation: PositionSituation): PositionSituation {
  const { price, entry, stop, target, suggestedStop, liquidation } = situation;
  return {
    ...situation,
    direction: -1,
    price: 200 - price,
    entry: 200 - entry,
    stop: 200 - stop,
    target: 200 - target,
    suggestedStop: 200 - suggestedStop,
    liquidation: 200 - liquidation,
  };
}

const CASES: readonly (readonly [title: string, of: Partial<PositionSituation>, wanted: string])[] = [
  ['calm', {}, 'healthy hold low 0'],
  ['beyond the stop', { stop: 106 }, 'critical full_exit immediate 100'],
  ['at the stop', { stop: 105 }, 'critical full_exit immediate 100'],
  ['margin gone', { liquidation: 105.1 }, 'critical full_exit immediate 100'],
  ['near liquidation', { liquidation: 102 }, 'critical partial_exit_50 high 50'],
  ['high risk', { riskLevel: 0.75 }, 'critical partial_exit_50 high 50'],
  ['exit is very probable', { exitProbability: 0.8 }, 'at_risk full_exit high 100'],
  ['exit is probable', { exitProbability: 0.65 }, 'at_risk partial_exit_75 high 75'],
  ['exit is as probable as not', { exitProbability: 0.5 }, 'at_risk partial_exit_50 medium 50'],
  ['some risk', { riskLevel: 0.5 }, 'at_risk hold low 0'],
  ['near the target', { target: 106 }, 'take_profit_zone partial_exit_25 medium 25'],
  [
    'near the target, conditions against',
    { target: 106, favour: -0.1 },
    'take_profit_zone partial_exit_50 medium 50',
  ],
  ['target reached, conditions for more', { target: 105, favour: 0.6 }, 'take_profit_zone extend_tp low 0'],
  ['a fifth short of the target', { target: 106.3 }, 'healthy hold low 0'],
  ['too large', { sharePct: 13 }, 'healthy partial_exit_25 medium 25'],
  ['twice too large', { sharePct: 20 }, 'healthy partial_exit_50 medium 50'],
  ['much too large', { sharePct: 40 }, 'healthy partial_exit_75 medium 75'],
  ['without a stop', { stop: Number.NaN }, 'healthy tighten_sl medium 0'],
  [
    'without a stop, and none to suggest',
    { stop: Number.NaN, suggestedStop: Number.NaN },
    'healthy hold low 0',
  ],
  ['profit of the risk', { stop: 95 }, 'healthy move_sl_to_be medium 0'],
  ['loose stop', { suggestedStop: 96 }, 'healthy tighten_sl low 0'],
  ['room and wind', { favour: 0.6, quantity: 0.7, sharePct: 7 }, 'healthy add_position low 0'],
  ['wind and no room', { favour: 0.6, quantity: 0.7, sharePct: 9 }, 'healthy hold low 0'],
];

t.test('the first rule that holds decides, for longs and shorts alike', async (t) => {
  for (const [title, different, wanted] of CASES) {
    for (const situation of [{ ...CALM, ...different }, short({ ...CALM, ...different })]) {
      const status = positionStatus(situation);
      const { action, urgency, exitPercentage, reason } = advise(situation, status);
      t.equal(`${status} ${action} ${urgency} ${exitPercentage}`, wanted, `${title}, ${situation.direction}`);
      t.match(reason, /\d|no stop/, 'with its numbers');
    }
  }
});
