import { basename } from 'node:path';
import { OperatorError } from '../errors.js';
import { detectTimeframe, firstSteps } from '../feeds/file/candle-file.js';
import { decimalPlaces } from '../feeds/file/decimal-sum.js';
import { REQUIRED_COLUMNS, RecordedFile } from '../feeds/file/recorded-file.js';
import { MINUTE_MS } from '../timeframe.js';

/** So many steps of more than a minute, and none of one, are no gaps any more. */
const JUDGED_STEPS = 10;
/** Rows that tell how many decimals the amounts of a file have. */
const JUDGED_ROWS = 4_096;
const MAX_DECIMALS = 15;
const FILE_NAME = /^([A-Z0-9]+)-([A-Z0-9]+)(-PERP|_perp)?(?:[_.]|$)/;

/** The files of one symbol, in the order in which they are played. */
export interface Recording {
  readonly symbol: string;
  readonly files: readonly RecordedFile[];
  /** Decimal places of amounts, 0–15. */
  readonly amountDecimals: number;
}

/**
 * Gives the symbol that a file's name tells: `BTC-USDT_1m.csv.gz` BTC/USDT, `ETH-USDT-PERP_1m.csv` and
 * `ETH-USDT_perp_20240808.trades.csv` ETH/USDT:USDT; null if it tells none.
 */
export function symbolOfFile(path: string): string | null {
  const [, base, quote, perpetual] = FILE_NAME.exec(basename(path)) ?? [];
  if (base === undefined || quote === undefined) return null;
  return `${base}/${quote}${perpetual === undefined ? '' : `:${quote}`}`;
}

/**
 * Gives each file its symbol: the only one of `symbols`, or that in the same place, or what its name tells. Files of one
 * symbol keep their order.
 *
 * @throws OperatorError if a file has no symbol, or there are not as many symbols as files
 */
export function symbolsOfFiles(
  paths: readonly string[],
  symbols: readonly string[] | undefined,
): ReadonlyMap<string, readonly string[]> {
  if (symbols !== undefined && symbols.length !== 1 && symbols.length !== paths.length)
    throw new OperatorError(
      `--symbols has ${symbols.length} symbols for ${paths.length} files; allowed: one for all, or one for each`,
    );
  const stranger = symbols?.find((symbol) => /^[a-z0-9]+:/.test(symbol));
  if (stranger !== undefined)
    throw new OperatorError(`--symbols "${stranger}": a recording has no exchange; leave it out`);
  const files = new Map<string, string[]>();
  for (const [index, path] of paths.entries()) {
    const symbol = symbols?.[symbols.length === 1 ? 0 : index] ?? symbolOfFile(path);
    if (symbol === null)
      throw new OperatorError(
        `${path}: its name tells no symbol, as BTC-USDT_1m.csv does; say --symbols BTC/USDT`,
      );
    const known = files.get(symbol);
    if (known === undefined) files.set(symbol, [path]);
    else known.push(path);
  }
  return files;
}

/**
 * Opens what is to be replayed, by symbol. Candles must be of 1m: of those the engine makes the longer ones.
 *
 * @throws OperatorError if a file cannot be replayed; none is left open then
 */
export async function openRecordings(
  paths: readonly string[],
  symbols: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly Recording[]> {
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new OperatorError(`${twice} is named twice`);
  const bySymbol = symbolsOfFiles(paths, symbols);
  const opened: RecordedFile[] = [];
  try {
    const recordings: Recording[] = [];
    for (const [symbol, names] of bySymbol) {
      const files: RecordedFile[] = [];
      for (const name of names) {
        const file = await RecordedFile.open(name, { signal });
        opened.push(file);
        files.push(file);
        await requireMinutes(file);
      }
      const decimals = await Promise.all(files.map(decimalsOf));
      recordings.push({ symbol, files, amountDecimals: Math.max(...decimals) });
    }
    return recordings;
  } catch (error) {
    await Promise.all(opened.map((file) => file.close()));
    throw error;
  }
}

async function requireMinutes(file: RecordedFile): Promise<void> {
  if (file.kind === 'trades') return;
  const timeframe = (await detectTimeframe(file)) ?? '1m';
  if (timeframe !== '1m')
    throw new OperatorError(
      `${file.name} holds candles of ${timeframe}; a replay takes trades or candles of 1m, of which the engine makes ` +
        `all longer ones (cryptopredict indicators takes every timeframe)`,
    );
  const steps = (await firstSteps(file)).filter((step) => step > 0);
  const least = Math.min(...steps);
  if (steps.length >= JUDGED_STEPS && least > MINUTE_MS)
    throw new OperatorError(
      `${file.name}: no two of its first candles are a minute apart, the nearest are ${least / MINUTE_MS} min; a replay ` +
        'takes trades or candles of 1m',
    );
}

async function decimalsOf(file: RecordedFile): Promise<number> {
  const place = file.place(file.kind === 'trades' ? REQUIRED_COLUMNS.trades[3] : REQUIRED_COLUMNS.candles[5]);
  const rows = await file.peek(JUDGED_ROWS);
  const most = rows.reduce((places, row) => Math.max(places, decimalPlaces(row[place] ?? '')), 0);
  return Math.min(most, MAX_DECIMALS);
}
