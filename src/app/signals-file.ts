import type { SignalChange, SignalDraft } from '../engine/analysis/signals/signal.js';
import { OperatorError } from '../errors.js';
import { bucketEnd } from '../timeframe.js';
import { LineOutput } from './line-output.js';
import { OutputFile } from './output-file.js';

/**
 * Gives a signal that is given as a line of JSON. `time` is the end of the candle at whose close it was given, ms; the
 * others are the columns of `ai_trading_signals`, but `asset_id`: there is no database.
 */
export function openedLine(symbol: string, draft: SignalDraft): string {
  const { assetId: _, ...columns } = draft;
  const time = bucketEnd(draft.timeframe, draft.candleTime);
  return lineOf({ type: 'opened', time, symbol, ...columns });
}

/** Gives the end of a signal as a line of JSON. `time` is of the price or the candle that ended it, ms. */
export function endedLine(symbol: string, draft: SignalDraft, { time, ...change }: SignalChange): string {
  const { timeframe, candleTime, signalType } = draft;
  return lineOf({ type: 'ended', time, symbol, timeframe, candleTime, signalType, ...change });
}

function lineOf(value: object): string {
  const entries = Object.entries(value).map(([name, one]) => [snakeName(name), one] as const);
  return `${JSON.stringify({ ...Object.fromEntries(entries), simulated: true })}\n`;
}

function snakeName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Opens a file for the signals of a replay, an object a line, in order; it may be compressed (`.gz`).
 *
 * @throws OperatorError if it cannot be written, or its name ends otherwise
 */
export async function openSignalsFile(path: string, signal: AbortSignal): Promise<LineOutput> {
  if (!/\.ndjson(?:\.gz)?$/.test(path))
    throw new OperatorError(
      `--signals "${path}" is not allowed; allowed: a name ending in .ndjson, or .gz after it`,
    );
  return new LineOutput(await OutputFile.open(path), signal);
}
