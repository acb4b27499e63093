/**
 * Plays the recorded candles through the signals, and writes what came of it to docs/SIGNAL-PERFORMANCE.md.
 *
 *   node dist/bench/signals/report.js
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { performanceOf } from '../../src/engine/analysis/signals/performance.js';
import { SIGNAL_DEFAULTS } from '../../src/engine/analysis/signals/signal-options.js';
import { packageRoot } from '../../src/package-root.js';
import { TIMEFRAMES } from '../../src/timeframe.js';
import { tryOptions } from './choose-options.js';
import { playSignals } from './play-signals.js';
import { perpetualRecording, spotRecording } from './recorded-series.js';
import {
  compare,
  comparisonTables,
  groupTable,
  headlineOf,
  holdTable,
  outcomesOf,
  type Part,
  signalsOf,
  trialTable,
  verdictOf,
} from './report-sections.js';
import { number, percent } from './report-tables.js';

const FIRST = Date.UTC(2020, 8, 20);
const HALF = Date.UTC(2023, 2, 20);
const LAST = Date.UTC(2025, 8, 20);
const HALVES: readonly Part[] = [
  { name: 'first half', from: FIRST, until: HALF },
  { name: 'second half', from: HALF, until: LAST },
];
const MONTH: readonly Part[] = [
  { name: 'thirty days', from: Date.UTC(2025, 4, 1), until: Date.UTC(2025, 6, 1) },
];

const { feePerSide, minConfidence, minStopPct, minRiskReward } = SIGNAL_DEFAULTS;

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const spot = spotRecording();
const trials = tryOptions(spot, HALF);
const best = trials.reduce((a, b) => ((b.tValue ?? -Infinity) > (a.tValue ?? -Infinity) ? b : a));
const isBest =
  best.options.minConfidence === minConfidence &&
  best.options.minStopPct === minStopPct &&
  best.options.minRiskReward === minRiskReward;

const played = playSignals(spot, {});
const compared = compare(played, HALVES);
const outcomes = outcomesOf(signalsOf(played, { from: FIRST, until: LAST }));
const perpetuals = playSignals(perpetualRecording(), {});
const month = compare(perpetuals, MONTH);
const total = performanceOf(outcomes, feePerSide);
const given = played.signals.length;

const unseen = compared.find(({ part, timeframe }) => part === HALVES[1] && timeframe === 'all');

const text = `# Performance of the signals on recorded candles

Written by \`npm run signals\`; not to be edited. It says what became of every signal, whatever it says. **Past figures
promise nothing, and these are no advice.** How signals are made is in [analysis/signals.md](analysis/signals.md).

## In short

${unseen === undefined ? '' : headlineOf(unseen)}

Second half, which nothing was chosen on:

${compared
  .filter(({ part }) => part.name === 'second half')
  .map(verdictOf)
  .join('\n')}

First half, on which the options were chosen, so its figures flatter:

${compared
  .filter(({ part }) => part.name === 'first half')
  .map(verdictOf)
  .join('\n')}

${month.map(verdictOf).join('\n')}

## What was played

- Spot: BTC, ETH, SOL and BNB in USDT, ${day(FIRST)} to ${day(LAST)}: recorded 1h, 4h, 1d and 1w candles; 15m of BNB alone,
  since no others are recorded. Perpetuals: twelve markets, thirty days of recorded 1m candles, longer ones added up.
- Candles go through series, structure, regime and signals in the order in which they close, as on a live server. The
  regime is that of BTC, from its candles alone: breadth, sentiment, sectors and figures from outside are not recorded, and
  those factors are left out of the confidence.
- Entry: the first open after the signal. Stop: its price, or the open of a candle that opens beyond it. Target: its price. A
  candle that touches both counts as a loss. Which came first is told by 1h candles (BNB: 15m; perpetuals: 1m).
- Fees: ${percent(100 * feePerSide, 2)} at entry and at exit. No slippage beyond the next open, no funding, no cost of borrowing: shorts on
  spot are hypothetical.
- Return: percent of the entry. R: the return in multiples of the planned risk. Drawdown: of a capital that risks 1 % of itself
  on each signal, in the order in which they end. Hit rate: targets among targets and stops.
- Random entries: for each signal the same asset, timeframe and direction at a random candle of the same half, stop and
  target as many ATRs away, the same time to expire; they have no invalidation. Seeded.
- ${given} signals were given on spot; ${total.count} were entered and have ended.

## How the options were chosen

On the first half alone, by the t-value of the average R; weights, scores and paces were set beforehand by judgement and
not changed after. ${
  isBest
    ? 'The best one is the default.'
    : `The best one would be ${best.options.minConfidence}, ${best.options.minStopPct} %, ${best.options.minRiskReward}; the default is ${minConfidence}, ${minStopPct} %, ${minRiskReward}.`
} The grid has ${trials.length} points, so the best t-value (${number(best.tValue, 1)}) is partly luck.
The rules of the regime were made with an eye on the whole record, so what this one factor knows is not unseen in either half.

${trialTable(trials)}

## Spot

${comparisonTables(compared)}

### By year

${groupTable('year', outcomes, ({ openedAt }) => day(openedAt).slice(0, 4))}

### By regime at the signal

${groupTable('regime', outcomes, ({ regime }) => regime ?? 'not known')}

### By timeframe and direction

${groupTable(
  'timeframe, direction',
  outcomes,
  ({ timeframe, signalType }) => `${TIMEFRAMES.indexOf(timeframe) - 1}. ${timeframe} ${signalType}`,
)}

### By risk level

${groupTable('risk level', outcomes, ({ riskLevel }) => riskLevel ?? 'not known')}

### Buying and holding instead

After fees, all the money at all times; the signals above are in the market a part of the time, with 1 % at risk each: in
all, that capital changed by ${percent(total.totalReturnPct, 1)}, with a drawdown of ${percent(total.maxDrawdownPct, 1)}.

${holdTable(played, HALVES)}

## Perpetuals

${comparisonTables(month)}

${holdTable(perpetuals, MONTH)}
`;

const path = fileURLToPath(new URL('docs/SIGNAL-PERFORMANCE.md', packageRoot()));
writeFileSync(path, text);
process.stdout.write(text);
