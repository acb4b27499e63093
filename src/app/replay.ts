import type { Config } from '../config.js';
import { Engine } from '../engine/engine.js';
import { OperatorError } from '../errors.js';
import { RecordedEvents } from '../feeds/file/recorded-events.js';
import type { RecordedFile } from '../feeds/file/recorded-file.js';
import { momentText } from '../feeds/file/row-problem.js';
import type { Logger } from '../logger.js';
import { ClosedDigest } from './closed-digest.js';
import { ClosedFile } from './closed-file.js';
import { configuredIndicators } from './configured-indicators.js';
import { isSameFile } from './output-file.js';
import { Pacer } from './pacer.js';
import { playEvents } from './play-events.js';
import { createReadingProgress } from './progress.js';
import { openRecordings, type Recording } from './replay-inputs.js';
import { ReplaySink } from './replay-sink.js';
import { replaySummary } from './replay-summary.js';
import { RowFaults } from './row-faults.js';

interface Stage {
  readonly engine: Engine;
  /** Where closed candles go; null: nowhere. */
  readonly closed: ClosedFile | null;
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Drives the engine from recorded trades or 1m candles, as a feed would: several files of a symbol one after the other,
 * several symbols merged by time. Every price of it counts as simulated.
 *
 * @param paths CSV files, gzipped or not; `-` is standard input
 * @returns the summary
 * @throws OperatorError for a wrong option, a file that cannot be read or written, and the first bad row unless they
 *   are to be skipped; no output is left behind then
 */
export async function replayFiles(
  paths: readonly string[],
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<string> {
  const { out } = config;
  const engine = new Engine({ indicators: configuredIndicators(config.indicators) });
  if (out !== undefined) await refuseSame(paths, out);
  const recordings = await openRecordings(paths, config.symbols, signal);
  const files = recordings.flatMap((recording) => recording.files);
  try {
    const closed = out === undefined ? null : await ClosedFile.open(out, engine, signal);
    try {
      const summary = await play(recordings, { engine, closed, config, logger, signal });
      await closed?.commit();
      return summary;
    } catch (error) {
      await closed?.discard();
      throw error;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function play(recordings: readonly Recording[], stage: Stage): Promise<string> {
  const { engine, closed, config, logger, signal } = stage;
  const started = performance.now();
  const faults = new RowFaults(config.onError, logger);
  const symbols = recordings.map(({ symbol }) => symbol);
  const streams = recordings.map(({ files, amountDecimals }) => {
    const asset = engine.addAsset({ amountDecimals, simulated: true });
    return new RecordedEvents(files, asset, (problem) => faults.take(problem));
  });
  const digest = new ClosedDigest(engine, symbols);
  const sink = new ReplaySink(engine, symbols.length, digest, (asset, timeframe, view) =>
    closed?.add(symbols[asset] as string, asset, timeframe, view),
  );
  const files = recordings.flatMap((recording) => recording.files);
  const progress = createReadingProgress('replay', totalBytes(files), logger);
  try {
    const events = await playEvents(
      streams.map((stream) => stream.batches()),
      engine,
      sink,
      {
        pacer: new Pacer(config.speed, signal),
        signal,
        full: () => closed?.full(),
        progress: (moment) => {
          const bytes = files.reduce((sum, file) => sum + file.bytesRead, 0);
          const rows = streams.reduce((sum, { counts }) => sum + counts.rows, 0);
          progress.update(bytes, rows, momentText(moment));
        },
        process: (event) => engine.process(event, sink),
      },
    );
    return replaySummary(engine, {
      symbols: streams.map(({ counts }, asset) => ({ symbol: symbols[asset] as string, asset, counts })),
      closed: sink.counts,
      events,
      seconds: (performance.now() - started) / 1_000,
      skipped: faults.skipped,
      digest: digest.end(),
    });
  } finally {
    progress.done();
  }
}

async function refuseSame(paths: readonly string[], out: string): Promise<void> {
  for (const path of paths) {
    if (await isSameFile(path, out)) throw new OperatorError(`--out is one of the recorded files: ${path}`);
  }
}

function totalBytes(files: readonly RecordedFile[]): number | null {
  return files.reduce<number | null>(
    (sum, { bytesTotal }) => (sum === null || bytesTotal === null ? null : sum + bytesTotal),
    0,
  );
}
