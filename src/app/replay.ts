import { once } from 'node:events';
import type { Config } from '../config.js';
import { Engine } from '../engine/engine.js';
import { OperatorError } from '../errors.js';
import { RecordedEvents } from '../feeds/file/recorded-events.js';
import type { RecordedFile } from '../feeds/file/recorded-file.js';
import type { Logger } from '../logger.js';
import { momentText } from '../timeframe.js';
import { ClosedDigest } from './closed-digest.js';
import { ClosedFile } from './closed-file.js';
import { configuredIndicators } from './configured-indicators.js';
import type { LineOutput } from './line-output.js';
import { isSameFile } from './output-file.js';
import { Pacer } from './pacer.js';
import { playEvents } from './play-events.js';
import { createReadingProgress } from './progress.js';
import { ReplayAnalyses } from './replay-analyses.js';
import type { ReplayGateway, startReplayGateway } from './replay-gateway.js';
import { openRecordings, type Recording } from './replay-inputs.js';
import { type OnClosed, ReplaySink } from './replay-sink.js';
import { replaySummary } from './replay-summary.js';
import { RowFaults } from './row-faults.js';
import { openSignalsFile } from './signals-file.js';

interface Stage {
  readonly engine: Engine;
  readonly recordings: readonly Recording[];
  /** Where closed candles go; null: nowhere. */
  readonly closed: ClosedFile | null;
  /** Where signals go; null: nowhere, and nothing is analysed. */
  readonly signals: LineOutput | null;
  /** Where clients hear of all; null: nobody listens. */
  readonly gateway: ReplayGateway | null;
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Drives the engine from recorded trades or 1m candles, as a feed would: several files of a symbol one after the other,
 * several symbols merged by time. Every price of it counts as simulated. With `--serve` clients can listen, and can go on
 * asking when all has been replayed, until the signal.
 *
 * @param paths CSV files, gzipped or not; `-` is standard input
 * @param print takes what is to be said: where to listen, and at the end the summary; a promise is waited for
 * @throws OperatorError for a wrong option, a file that cannot be read or written, and the first bad row unless they
 *   are to be skipped; no output is left behind then
 */
export async function replayFiles(
  paths: readonly string[],
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  print: (text: string) => unknown,
): Promise<void> {
  const { out, signals: signalsPath } = config;
  const engine = new Engine({ indicators: configuredIndicators(config.indicators) });
  await refuseSame(paths, config);
  const recordings = await openRecordings(paths, config.symbols, signal);
  const markets = recordings.map(({ symbol, amountDecimals }) => ({
    symbol,
    amountDecimals,
    asset: engine.addAsset({ amountDecimals, simulated: true }),
  }));
  const files = recordings.flatMap((recording) => recording.files);
  let closed: ClosedFile | null = null;
  let signals: LineOutput | null = null;
  let gateway: ReplayGateway | null = null;
  try {
    closed = out === undefined ? null : await ClosedFile.open(out, engine, signal);
    signals = signalsPath === undefined ? null : await openSignalsFile(signalsPath, signal);
    gateway = config.serve ? await openGateway(engine, markets, config, logger) : null;
    if (gateway !== null) await print(`serving the replay, simulated, at ${gateway.url}/\n`);
    const summary = await play({ engine, recordings, closed, signals, gateway, config, logger, signal });
    await closed?.commit();
    await signals?.commit();
    await print(summary);
    if (gateway !== null && !signal.aborted) await once(signal, 'abort');
  } catch (error) {
    await closed?.discard();
    await signals?.discard();
    throw error;
  } finally {
    await gateway?.close();
    await Promise.all(files.map((file) => file.close()));
  }
}

/** Loaded only if it is asked for: the libraries of the gateway take longer than the reading of a small file. */
async function openGateway(...args: Parameters<typeof startReplayGateway>): Promise<ReplayGateway> {
  const { startReplayGateway } = await import('./replay-gateway.js');
  return startReplayGateway(...args);
}

/** Plays everything; gives the summary. */
async function play(stage: Stage): Promise<string> {
  const { engine, recordings, closed, signals, gateway, config, logger, signal } = stage;
  const started = performance.now();
  const faults = new RowFaults(config.onError, logger);
  const symbols = recordings.map(({ symbol }) => symbol);
  const streams = recordings.map(
    (recording, asset) => new RecordedEvents(recording.files, asset, (problem) => faults.take(problem)),
  );
  const digest = new ClosedDigest(engine, symbols);
  const onClosed: OnClosed = (asset, timeframe, view) =>
    closed?.add(symbols[asset] as string, asset, timeframe, view);
  const analyses = signals === null ? null : openAnalyses(engine, symbols, signals);
  const sink = new ReplaySink(engine, symbols.length, digest, onClosed, gateway?.sink, analyses);
  const files = recordings.flatMap((recording) => recording.files);
  // What is read tells how much is played only where nothing waits for its time.
  const total = config.speed === Number.POSITIVE_INFINITY ? totalBytes(files) : null;
  const progress = createReadingProgress('replay', total, logger);
  let played = 0;
  try {
    const events = await playEvents(
      streams.map((stream) => stream.batches()),
      engine,
      sink,
      {
        pacer: new Pacer(config.speed, signal),
        signal,
        full: () => closed?.full() ?? signals?.full(),
        progress: (moment) => {
          const bytes = files.reduce((sum, file) => sum + file.bytesRead, 0);
          progress.update(bytes, played, momentText(moment));
        },
        process: (event) => {
          if (event.type === 'trade' || event.type === 'candle') played += 1;
          gateway?.begin(event);
          analyses?.begin(event);
          engine.process(event, sink);
          analyses?.end();
        },
      },
    );
    return replaySummary(engine, {
      symbols: streams.map(({ counts }, asset) => ({ symbol: symbols[asset] as string, asset, counts })),
      closed: sink.counts,
      events,
      seconds: (performance.now() - started) / 1_000,
      skipped: faults.skipped,
      digest: digest.end(),
      analyses: analyses?.outcome() ?? null,
    });
  } finally {
    progress.done();
  }
}

function openAnalyses(engine: Engine, symbols: readonly string[], file: LineOutput): ReplayAnalyses {
  const analysed = symbols.map((symbol, asset) => ({ symbol, asset }));
  return new ReplayAnalyses(engine, analysed, (line) => file.add(line));
}

async function refuseSame(paths: readonly string[], { out, signals }: Config): Promise<void> {
  for (const [flag, written] of Object.entries({ out, signals })) {
    if (written === undefined) continue;
    for (const path of paths)
      if (await isSameFile(path, written))
        throw new OperatorError(`--${flag} is one of the recorded files: ${path}`);
  }
  if (out !== undefined && out === signals) throw new OperatorError('--out and --signals name one file');
}

function totalBytes(files: readonly RecordedFile[]): number | null {
  return files.reduce<number | null>(
    (sum, { bytesTotal }) => (sum === null || bytesTotal === null ? null : sum + bytesTotal),
    0,
  );
}
