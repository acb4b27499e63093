import type { ParameterSpec } from './indicator.js';
import { DEFAULT_INDICATORS, KINDS, planIndicators } from './registry.js';
import type { IndicatorSpec } from './spec.js';

/** Stands for the built-in set. */
const DEFAULT_WORD = 'default';
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a configuration of indicators as a user writes it: `default,rsi:9,sma:34,macd:5/35/5,bb:width=2.5`. Items are
 * separated by commas; `default` is the built-in set. An item is the kind's name, then, behind a colon, its parameters
 * in the kind's order separated by `/`, or as `name=value`; what is left out has its default.
 *
 * @throws RangeError that names the item, what is wrong with it and what is allowed, also if two items give the same
 *   column
 */
export function parseIndicators(text: string): readonly IndicatorSpec[] {
  const items = text.split(',').map((item) => item.trim());
  const specs: IndicatorSpec[] = [];
  for (const item of items) {
    const added = item === DEFAULT_WORD ? DEFAULT_INDICATORS : [specOf(item)];
    try {
      planIndicators([...specs, ...added]);
    } catch (error) {
      throw explained(item, error);
    }
    specs.push(...added);
  }
  return specs;
}

function specOf(item: string): IndicatorSpec {
  const [name = '', ...rest] = item.split(':');
  const kind = KINDS.find((known) => known.name === name.trim());
  if (kind === undefined) {
    const allowed = [DEFAULT_WORD, ...KINDS.map((known) => known.name)].join(', ');
    throw new RangeError(
      item === ''
        ? `an item is empty; allowed: ${allowed}`
        : `"${item}": there is no indicator "${name.trim()}"; allowed: ${allowed}`,
    );
  }
  const ranges = kind.parameters.map(rangeOf).join('/');
  const usage = `allowed: ${kind.name}${ranges === '' ? ' alone, it has no parameters' : `:${ranges}`}`;
  const refuse = (words: string): RangeError => new RangeError(`"${item}": ${words}; ${usage}`);
  if (rest.length > 1) throw refuse('there is more than one colon');
  const spec: Record<string, number> = {};
  const texts = rest.length === 0 ? [] : (rest[0] as string).split('/');
  for (const [index, part] of texts.entries()) {
    const [, named, value = ''] = /^(?:([^=]*)=)?(.*)$/.exec(part.trim()) ?? [];
    const parameter =
      named === undefined
        ? kind.parameters[index]
        : kind.parameters.find((known) => known.name === named.trim());
    if (parameter === undefined) {
      throw refuse(
        named === undefined
          ? `too many parameters (${texts.length})`
          : `there is no parameter "${named.trim()}"`,
      );
    }
    if (parameter.name in spec) throw refuse(`${parameter.name} is given twice`);
    if (!NUMBER.test(value.trim())) throw refuse(`${parameter.name} "${value.trim()}" is not a number`);
    spec[parameter.name] = Number(value);
  }
  const lacking = kind.parameters.find((known) => known.default === undefined && !(known.name in spec));
  if (lacking !== undefined) throw refuse(`${lacking.name} is missing`);
  return { ...spec, name: kind.name };
}

function rangeOf({ name, min, max, integer, default: preset }: ParameterSpec): string {
  const what = integer ? 'whole ' : '';
  return `${name} (${what}${min}–${max}${preset === undefined ? '' : `, default ${preset}`})`;
}

function explained(item: string, error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  const twice = /^indicator (\S+) is configured twice$/.exec(error.message);
  const words = twice === null ? error.message : `${twice[1]} is configured already; leave it out`;
  return new RangeError(`"${item}": ${words}`);
}
