import type { Config } from '../config.js';
import { IndicatorSeries } from '../engine/indicators/indicator-series.js';
import { OperatorError } from '../errors.js';
import {
  detectTimeframe,
  type FileGaps,
  firstBadTime,
  firstSteps,
  readCandles,
} from '../feeds/file/candle-file.js';
import { RecordedFile } from '../feeds/file/recorded-file.js';
import { CandleRollUp, type TimedCandle } from '../feeds/file/roll-up-candles.js';
import type { Logger } from '../logger.js';
import { ROLLS_UP_FROM, type Timeframe, timeframeIndex } from '../timeframe.js';
import { configuredIndicators } from './configured-indicators.js';
import { isSameFile, OutputFile } from './output-file.js';
import { createReadingProgress } from './progress.js';
import { RowFaults } from './row-faults.js';

/** What there is to do, with all that the command needs given. */
interface Work {
  readonly in: string;
  readonly out: string;
  readonly timeframe: Timeframe;
}

/**
 * Computes the indicators of a file of candles into another file, as streams in constant memory: `timestamp_ms,
 * bar_index,close`, then a column per indicator, an empty cell where it is not defined yet. Candles are taken one after
 * the other, holes in time or not; shorter ones are rolled up first. Says at the end on stderr what was done.
 *
 * @throws OperatorError for a wrong option, a file that cannot be read or written, and the first bad row unless they
 *   are to be skipped; nothing is left behind then
 */
export async function writeIndicators(config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  const work = required(config);
  const series = new IndicatorSeries(configuredIndicators(config.indicators));
  if (await isSameFile(work.in, work.out))
    throw new OperatorError(`--in and --out are the same file: ${work.out}`);
  const started = performance.now();
  const input = await openCandles(work, signal);
  const inputTimeframe = await timeframeOf(input, config.inputTimeframe, work.timeframe);
  const faults = new RowFaults(config.onError, logger);
  const counted: FileGaps = { gaps: 0, missing: 0 };
  const rollUp = inputTimeframe === work.timeframe ? null : new CandleRollUp(work.timeframe, inputTimeframe);
  const output = await OutputFile.open(work.out);
  const progress = createReadingProgress('indicators', input.bytesTotal, logger);
  let rows = 0;
  try {
    await output.write(`${['timestamp_ms', 'bar_index', 'close', ...series.columns].join(',')}\n`, signal);
    for await (const candles of readCandles(input, inputTimeframe, (it) => faults.take(it), counted)) {
      rows += candles.length;
      for (const candle of rollUp === null ? candles : rollUp.take(candles)) {
        const waiting = output.write(line(series, candle), signal);
        if (waiting !== undefined) await waiting;
      }
      signal.throwIfAborted();
      progress.update(input.bytesRead, rows + faults.skipped, input.name);
    }
    await output.commit(signal);
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    progress.done();
    await input.close();
  }
  const seconds = (performance.now() - started) / 1_000;
  const told = [
    `${input.name}: ${rows + faults.skipped} rows of ${inputTimeframe} in ${seconds.toFixed(1)} s`,
    `${faults.skipped} skipped`,
    `${counted.gaps} gaps (${counted.missing} candles missing)`,
    `${series.depth} candles of ${work.timeframe} written to ${output.name}`,
    ...(rollUp?.leftOut ?? []).map((what) => `${what} is incomplete and left out`),
  ];
  process.stderr.write(`${told.join('\n  ')}\n`);
}

function required(config: Config): Work {
  const { in: input, out, timeframe } = config;
  const missing = Object.entries({ '--in': input, '--timeframe': timeframe, '--out': out })
    .filter(([, value]) => value === undefined)
    .map(([flag]) => flag);
  if (input === undefined || out === undefined || timeframe === undefined)
    throw new OperatorError(
      `${missing.join(', ')} must be given; see cryptopredict indicators --help for what is allowed`,
    );
  return { in: input, out, timeframe };
}

async function openCandles(work: Work, signal: AbortSignal): Promise<RecordedFile> {
  const input = await RecordedFile.open(work.in, { signal });
  if (input.kind === 'candles') return input;
  await input.close();
  throw new OperatorError(
    `${input.name} holds trades; indicators are computed on candles (replay takes trades)`,
  );
}

/** Gives the timeframe of the input's candles. @throws OperatorError if the wanted ones cannot be made of them */
async function timeframeOf(
  input: RecordedFile,
  given: Timeframe | undefined,
  wanted: Timeframe,
): Promise<Timeframe> {
  const found = given ?? (await detectTimeframe(input));
  if (found === null) {
    // A single candle, or none, says nothing and contradicts nothing.
    if ((await input.peek(2)).length < 2) return wanted;
    const words = await whyNoTimeframe(input);
    await input.close();
    throw new OperatorError(`${words}; say --input-timeframe`);
  }
  if (isMadeOf(wanted, found)) return found;
  await input.close();
  throw new OperatorError(`${input.name} holds candles of ${found}, of which none of ${wanted} can be made`);
}

async function whyNoTimeframe(input: RecordedFile): Promise<string> {
  const bad = await firstBadTime(input);
  if (bad !== null) return `${bad.message}, and no timeframe can be told from the first rows`;
  const least = Math.min(...(await firstSteps(input)).filter((step) => step > 0));
  const told = Number.isFinite(least) ? ` (${least} ms at the least; times are in ms)` : '';
  return `${input.name}: no timeframe fits the steps between its first rows${told}`;
}

function isMadeOf(wanted: Timeframe, part: Timeframe): boolean {
  for (let index = timeframeIndex(wanted); index >= 0; index = ROLLS_UP_FROM[index] as number) {
    if (index === timeframeIndex(part)) return true;
  }
  return false;
}

/** Takes the candle in and gives its line. Numbers are the shortest decimals that give the same double back. */
function line(series: IndicatorSeries, candle: TimedCandle): string {
  const index = series.depth;
  series.commit(candle);
  const cells: (number | string)[] = [candle.time, index, candle.close];
  for (let column = 0; column < series.columns.length; column++) {
    const value = series.closedValue(column);
    cells.push(Number.isNaN(value) ? '' : value);
  }
  // Joined at once: text put together bit by bit stays a tree that the garbage collector walks again and again.
  return `${cells.join(',')}\n`;
}
