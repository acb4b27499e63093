import type { Kernel } from './kernel.js';
import {
  CLOSE,
  HIGH,
  type Layout,
  LOTS,
  LOW,
  OPEN,
  outputAt,
  PART_HIGH,
  PART_LOTS,
  PART_LOW,
  PART_OPEN,
  PART_TIME,
  PREVIOUS_CLOSE,
  PREVIOUS_HIGH,
  PREVIOUS_LOW,
  SCALE,
  TIME,
  VOLUME,
} from './layout.js';

/** Advances series `series` by the candle in the input, counts it, and keeps its values in the past. */
export type CommitFunction = (
  slab: Float64Array,
  past: Float64Array,
  counts: Int32Array,
  series: number,
  input: Float64Array,
) => void;

/**
 * Computes the values of the series from `begin` up to `end` as if their forming candles closed now, each its closed part
 * and the piece in the input, and writes them to `values` from place `to` on, one series after the other.
 */
export type PeekFunction = (
  slab: Float64Array,
  counts: Int32Array,
  begin: number,
  end: number,
  input: Float64Array,
  values: Float64Array,
  to: number,
) => void;

/** The functions of one configuration. */
export interface Fused {
  readonly commit: CommitFunction;
  readonly peek: PeekFunction;
  /** Their text, which says all that they do: constants and places are in it, and nothing from outside. */
  readonly source: string;
}

type Fields = Readonly<Record<string, string>>;

/** How the fields of `KernelCandle` come about when a candle is committed … */
const COMMITTED: Fields = {
  time: `input[${TIME}]`,
  open: `input[${OPEN}]`,
  high: `input[${HIGH}]`,
  low: `input[${LOW}]`,
  close: `input[${CLOSE}]`,
  volume: `input[${VOLUME}]`,
};

/** … and when it is peeked. */
const PEEKED: Fields = {
  time: `slab[base + ${PART_TIME}]`,
  open: `slab[base + ${PART_OPEN}] === slab[base + ${PART_OPEN}] ? slab[base + ${PART_OPEN}] : input[${OPEN}]`,
  high: `input[${HIGH}] > slab[base + ${PART_HIGH}] ? input[${HIGH}] : slab[base + ${PART_HIGH}]`,
  low: `input[${LOW}] < slab[base + ${PART_LOW}] ? input[${LOW}] : slab[base + ${PART_LOW}]`,
  close: `input[${CLOSE}]`,
  // The piece's own volume may have digits that lots have not.
  volume:
    `slab[base + ${PART_LOTS}] === 0 ? input[${VOLUME}] : ` +
    `(slab[base + ${PART_LOTS}] + input[${LOTS}]) / input[${SCALE}]`,
};

/** What is the same for both; each after those that it reads. */
const DERIVED: Fields = {
  previousHigh: `slab[base + ${PREVIOUS_HIGH}]`,
  previousLow: `slab[base + ${PREVIOUS_LOW}]`,
  previousClose: `slab[base + ${PREVIOUS_CLOSE}]`,
  typical: '(candle_high + candle_low + candle_close) / 3',
  trueRange:
    '(candle_high > candle_previousClose ? candle_high : candle_previousClose) - ' +
    '(candle_low < candle_previousClose ? candle_low : candle_previousClose)',
};

const PARAMETERS = {
  peek: 'slab, base, candle, k',
  advance: 'slab, base, past, from, candle, k',
};

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** Gives a kernel function's body with its constants in place. @throws Error if it is not of the form that `Kernel` asks */
function pasteBody(role: keyof typeof PARAMETERS, body: unknown, { constants }: Kernel): string {
  const text = String(body);
  const name = /^function (\w*)/.exec(text)?.[1];
  // The compiled text leaves out what TypeScript does not need: trailing parameters that the body never uses.
  const [, parameters, inner] = /^function \w*\(([^)]*)\)\s*\{([\s\S]*)\}$/.exec(text) ?? [];
  if (name === undefined || parameters === undefined || inner === undefined) {
    throw new Error(`a kernel's ${role} must be a function declaration: ${text.slice(0, 60)}`);
  }
  // An underscore marks a parameter that the body does not use.
  if (!PARAMETERS[role].startsWith(parameters.replace(/\b_/g, ''))) {
    throw new Error(`${name}: its parameters must be (${PARAMETERS[role]}), not (${parameters})`);
  }
  const code = inner.replace(COMMENTS, '');
  if (/\breturn\b/.test(code)) throw new Error(`${name}: a kernel's function cannot return`);
  const constantOf = (constant: string): number => {
    const value = constants[constant];
    if (value === undefined || !Number.isFinite(value)) {
      throw new Error(`${name}: its constant "${constant}" is ${value}`);
    }
    return value;
  };
  return code
    .replace(/\bcandle\.(\w+)/g, 'candle_$1')
    .replace(/\bslab\[base \+ k\.(\w+)(?: \+ (\d+))?\]/g, (_, constant: string, further = '0') => {
      const place = constantOf(constant) + Number(further);
      const output = outputAt(place);
      return output === -1 ? `slab[base + ${place}]` : `out_${output}`;
    })
    .replace(/\bk\.(\w+)/g, (_, constant: string) => {
      const value = constantOf(constant);
      if (outputAt(value) !== -1) {
        throw new Error(`${name}: the output "${constant}" must be named as slab[base + k.${constant}]`);
      }
      return value < 0 ? `(${value})` : String(value);
    })
    .trim();
}

function block(condition: string, code: string): string {
  return code === '' ? '' : `${condition}{\n${code}\n}\n`;
}

/** Declares the fields of the candle that the code reads. */
function candleFor(code: string, fields: Fields): string {
  const lines = ['const candle_count = counts[series];'];
  let rest = code;
  for (const [field, expression] of Object.entries({ ...fields, ...DERIVED }).toReversed()) {
    if (!new RegExp(`\\bcandle_${field}\\b`).test(rest)) continue;
    lines.splice(1, 0, `const candle_${field} = ${expression};`);
    rest += expression;
  }
  return lines.join('\n');
}

/** The peeks in order: without a question where the series is long enough for all of them, else one by one. */
function peeks(kernels: readonly Kernel[]): string {
  const last = Math.max(-1, ...kernels.map(({ first }) => first));
  let short = '';
  let long = '';
  for (const kernel of kernels) {
    const peek = pasteBody('peek', kernel.peek, kernel);
    const seed = kernel.seed === undefined ? peek : pasteBody('peek', kernel.seed, kernel);
    long += block('', peek);
    short +=
      seed === peek
        ? block(`if (candle_count >= ${kernel.first}) `, peek)
        : block(`if (candle_count > ${kernel.first}) `, peek) +
          block(`else if (candle_count === ${kernel.first}) `, seed);
  }
  return `if (candle_count > ${last}) {\n${long}} else {\n${short}}\n`;
}

function advances(kernels: readonly Kernel[]): string {
  return kernels
    .map((kernel) =>
      kernel.advance === undefined ? '' : block('', pasteBody('advance', kernel.advance, kernel)),
    )
    .join('');
}

/** Keeps the closed values, the rings' newest entry, and the candle as the previous one. */
function keep(layout: Layout, outputs: readonly number[], closed: number): string {
  const lines = outputs.map((output, column) => `past[from + ${closed + column}] = out_${outputAt(output)};`);
  for (const [field, { place, mask }] of layout.rings) {
    lines.push(`past[from + ${place} + (candle_count & ${mask})] = candle_${field};`);
  }
  lines.push(
    `slab[base + ${PREVIOUS_HIGH}] = candle_high;`,
    `slab[base + ${PREVIOUS_LOW}] = candle_low;`,
    `slab[base + ${PREVIOUS_CLOSE}] = candle_close;`,
    'counts[series] = candle_count + 1;',
  );
  return lines.join('\n');
}

/**
 * Makes the two functions of a configuration out of the bodies of its kernels. A commit runs the very code of the peek
 * before it advances, so both give the same bits.
 *
 * @param kernels in an order in which each finds the outputs that it reads
 * @param outputs places of the columns' values
 * @param closed where they are kept in the past as of the last commit
 */
export function fuse(
  kernels: readonly Kernel[],
  layout: Layout,
  outputs: readonly number[],
  closed: number,
): Fused {
  const locals = Array.from({ length: layout.outputCount }, (_, i) => `let out_${i} = NaN;`).join(' ');
  const peekCode = peeks(kernels);
  const commitCode = peekCode + advances(kernels) + keep(layout, outputs, closed);
  const shown = outputs.map((output, column) => `values[to + ${column}] = out_${outputAt(output)};`);
  const size = layout.slabSize;
  const source = `'use strict';
return {
  commit(slab, past, counts, series, input) {
    const base = series * ${size};
    const from = series * ${layout.pastSize};
    ${candleFor(commitCode, COMMITTED)}
    ${locals}
    ${commitCode}
  },
  peek(slab, counts, begin, end, input, values, to) {
    for (let series = begin, base = begin * ${size}; series < end; series++, base += ${size}) {
      ${candleFor(peekCode, PEEKED)}
      ${locals}
      ${peekCode}
      ${shown.join('\n')}
      to += ${outputs.length};
    }
  },
};
//# sourceURL=cryptopredict:indicators`;
  return { ...(new Function(source) as () => Pick<Fused, 'commit' | 'peek'>)(), source };
}
