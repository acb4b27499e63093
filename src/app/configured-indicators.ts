import { parseIndicators } from '../engine/indicators/indicator-text.js';
import type { IndicatorSpec } from '../engine/indicators/spec.js';
import { messageOf, OperatorError } from '../errors.js';

/** Gives the indicators of `--indicators`. @throws OperatorError that says what is wrong and what is allowed */
export function configuredIndicators(text: string): readonly IndicatorSpec[] {
  try {
    return parseIndicators(text);
  } catch (error) {
    if (error instanceof RangeError) throw new OperatorError(`--indicators ${messageOf(error)}`);
    throw error;
  }
}
