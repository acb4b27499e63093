import type { IndicatorKind, Parameters } from './indicator.js';
import { cciKind } from './momentum/cci.js';
import { macdKind } from './momentum/macd.js';
import { mfiKind } from './momentum/mfi.js';
import { rocKind } from './momentum/roc.js';
import { rsiKind } from './momentum/rsi.js';
import { stochKind } from './momentum/stoch.js';
import { stochRsiKind } from './momentum/stochrsi.js';
import { willrKind } from './momentum/willr.js';
import type { IndicatorSpec } from './spec.js';
import { adxKind } from './trend/adx.js';
import { emaKind } from './trend/ema.js';
import { ichimokuKind } from './trend/ichimoku.js';
import { linregSlopeKind } from './trend/linreg-slope.js';
import { psarKind } from './trend/psar.js';
import { smaKind } from './trend/sma.js';
import { supertrendKind } from './trend/supertrend.js';
import { pivotKind } from './trend/swing-pivots.js';
import { atrKind } from './volatility/atr.js';
import { bollingerKind } from './volatility/bollinger.js';
import { donchianKind } from './volatility/donchian.js';
import { keltnerKind } from './volatility/keltner.js';
import { realizedVolatilityKind } from './volatility/realized-volatility.js';
import { stddevKind } from './volatility/stddev.js';
import { zscoreKind } from './volatility/zscore.js';
import { obvKind } from './volume/obv.js';
import { rollingVwapKind } from './volume/rolling-vwap.js';
import { volumeSmaKind } from './volume/volume-sma.js';
import { vwapKind } from './volume/vwap.js';

/** Every kind there is: a new indicator is a new file and a line here. */
export const KINDS: readonly IndicatorKind[] = [
  smaKind,
  emaKind,
  rsiKind,
  macdKind,
  bollingerKind,
  atrKind,
  adxKind,
  stochKind,
  stochRsiKind,
  obvKind,
  mfiKind,
  cciKind,
  willrKind,
  rocKind,
  vwapKind,
  volumeSmaKind,
  rollingVwapKind,
  donchianKind,
  stddevKind,
  ichimokuKind,
  supertrendKind,
  psarKind,
  keltnerKind,
  realizedVolatilityKind,
  zscoreKind,
  linregSlopeKind,
  pivotKind,
];

/** What runs unless configured otherwise. */
export const DEFAULT_INDICATORS: readonly IndicatorSpec[] = [
  ...[20, 50, 100, 200].map((period) => ({ name: 'sma', period })),
  ...[12, 20, 26, 50, 100, 200].map((period) => ({ name: 'ema', period })),
  ...[7, 14, 21].map((period) => ({ name: 'rsi', period })),
  { name: 'macd', fast: 12, slow: 26, signal: 9 },
  { name: 'bb', period: 20, width: 2 },
  { name: 'atr', period: 14 },
  { name: 'adx', period: 14 },
  { name: 'stoch', period: 14, slowing: 3, signal: 3 },
  { name: 'stochrsi', period: 14, window: 14, signal: 3 },
  { name: 'obv' },
  { name: 'mfi', period: 14 },
  { name: 'cci', period: 20 },
  { name: 'willr', period: 14 },
  { name: 'roc', period: 10 },
  { name: 'vwap' },
  { name: 'volume_sma', period: 20 },
  { name: 'rolling_vwap', period: 20 },
  { name: 'donchian', period: 20 },
  { name: 'ichimoku', tenkan: 9, kijun: 26, senkou: 52, displacement: 26 },
  { name: 'supertrend', period: 10, width: 3 },
  { name: 'psar', step: 0.02, limit: 0.2 },
  { name: 'keltner', period: 20, range: 10, width: 2 },
  { name: 'realized_volatility', period: 20 },
  { name: 'zscore', period: 20 },
  { name: 'linreg_slope', period: 14 },
  { name: 'pivot', left: 5, right: 5 },
];

/** An indicator to be made. */
export interface PlannedIndicator {
  readonly kind: IndicatorKind;
  readonly parameters: Parameters;
  /** Which entries of the plan, all before this one, it reads. */
  readonly requires: readonly number[];
}

/** A checked configuration. */
export interface IndicatorPlan {
  /** What is to be made, in an order in which each follows those that it requires. */
  readonly all: readonly PlannedIndicator[];
  /** Which of them were configured, in the order of the configuration; the others are only required. */
  readonly shown: readonly number[];
}

/**
 * Checks a configuration and adds what its indicators require.
 *
 * @throws RangeError that names the indicator, the parameter, the value and what is allowed
 */
export function planIndicators(specs: readonly IndicatorSpec[]): IndicatorPlan {
  const all: PlannedIndicator[] = [];
  const places = new Map<string, number>();
  const add = (spec: IndicatorSpec): number => {
    const kind = kindOf(spec);
    const parameters = checkParameters(kind, spec);
    const key = JSON.stringify([kind.name, ...kind.parameters.map(({ name }) => parameters[name])]);
    const known = places.get(key);
    if (known !== undefined) return known;
    const requires = (kind.requires?.(parameters) ?? []).map(add);
    places.set(key, all.length);
    all.push({ kind, parameters, requires });
    return all.length - 1;
  };
  const shown = specs.map(add);
  const seen = new Set<string>();
  for (const place of shown) {
    const { kind, parameters } = all[place] as PlannedIndicator;
    for (const column of kind.columns(parameters)) {
      if (seen.has(column)) throw new RangeError(`indicator ${column} is configured twice`);
      seen.add(column);
    }
  }
  return { all, shown };
}

function kindOf(spec: IndicatorSpec): IndicatorKind {
  const kind = KINDS.find((candidate) => candidate.name === spec.name);
  if (kind === undefined) {
    throw new RangeError(
      `"${spec.name}" is not an indicator; allowed: ${KINDS.map((known) => known.name).join(', ')}`,
    );
  }
  return kind;
}

function checkParameters(kind: IndicatorKind, spec: IndicatorSpec): Parameters {
  const allowed = kind.parameters.map((known) => known.name);
  for (const name of Object.keys(spec)) {
    if (name !== 'name' && !allowed.includes(name)) {
      const known = allowed.length === 0 ? 'it has none' : `allowed: ${allowed.join(', ')}`;
      throw new RangeError(`${kind.name} has no parameter "${name}"; ${known}`);
    }
  }
  const parameters: Record<string, number> = {};
  for (const { name, min, max, integer, default: preset } of kind.parameters) {
    const value = spec[name] ?? preset;
    const fits = typeof value === 'number' && value >= min && value <= max;
    if (!fits || (integer && !Number.isInteger(value))) {
      const what = integer ? 'a whole number' : 'a number';
      throw new RangeError(
        `${kind.name}: ${name} is ${String(value)}; allowed: ${what} from ${min} to ${max}`,
      );
    }
    parameters[name] = value;
  }
  const fault = kind.check?.(parameters) ?? null;
  if (fault !== null) throw new RangeError(`${kind.name}: ${fault}`);
  return parameters;
}
