import type { IndicatorKind, Parameters } from './indicator.js';
import { macdKind } from './momentum/macd.js';
import { rsiKind } from './momentum/rsi.js';
import { emaKind } from './trend/ema.js';
import { smaKind } from './trend/sma.js';
import { bollingerKind } from './volatility/bollinger.js';

/** Every kind there is: a new indicator is a new file and a line here. */
export const KINDS: readonly IndicatorKind[] = [smaKind, emaKind, rsiKind, macdKind, bollingerKind];

/** One configured indicator: the kind's name and its parameters, `{name: 'rsi', period: 9}`. */
export interface IndicatorSpec {
  readonly name: string;
  readonly [parameter: string]: string | number;
}

/** What runs unless configured otherwise. */
export const DEFAULT_INDICATORS: readonly IndicatorSpec[] = [
  ...[20, 50, 100, 200].map((period) => ({ name: 'sma', period })),
  ...[12, 20, 26, 50, 100, 200].map((period) => ({ name: 'ema', period })),
  ...[7, 14, 21].map((period) => ({ name: 'rsi', period })),
  { name: 'macd', fast: 12, slow: 26, signal: 9 },
  { name: 'bb', period: 20, width: 2 },
];

/** The parameter sets configured for one kind. */
export interface KindInUse {
  readonly kind: IndicatorKind;
  readonly sets: readonly Parameters[];
}

/**
 * Checks a configuration and groups it by kind, in the order in which kinds first appear.
 *
 * @throws RangeError that names the indicator, the parameter, the value and what is allowed
 */
export function resolveIndicators(specs: readonly IndicatorSpec[]): readonly KindInUse[] {
  const groups = new Map<IndicatorKind, Parameters[]>();
  const seen = new Set<string>();
  for (const spec of specs) {
    const kind = KINDS.find((candidate) => candidate.name === spec.name);
    if (kind === undefined) {
      throw new RangeError(
        `"${spec.name}" is not an indicator; allowed: ${KINDS.map((known) => known.name).join(', ')}`,
      );
    }
    const parameters = checkParameters(kind, spec);
    for (const column of kind.columns(parameters)) {
      if (seen.has(column)) throw new RangeError(`indicator ${column} is configured twice`);
      seen.add(column);
    }
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [parameters]);
    else group.push(parameters);
  }
  return [...groups].map(([kind, sets]) => ({ kind, sets }));
}

function checkParameters(kind: IndicatorKind, spec: IndicatorSpec): Parameters {
  const allowed = kind.parameters.map((known) => known.name);
  for (const name of Object.keys(spec)) {
    if (name !== 'name' && !allowed.includes(name)) {
      throw new RangeError(`${kind.name} has no parameter "${name}"; allowed: ${allowed.join(', ')}`);
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
