import { createHash } from 'node:crypto';
import { Analysis } from '../engine/analysis/analysis.js';
import type { FrameResult } from '../engine/analysis/look.js';
import type { AnalysisAsset } from '../engine/analysis/market.js';
import type { SignalChange, SignalDraft } from '../engine/analysis/signals/signal.js';
import type { SignalOptions } from '../engine/analysis/signals/signal-options.js';
import type { Engine, EngineSink } from '../engine/engine.js';
import type { FeedEvent } from '../events.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { endedLine, openedLine } from './signals-file.js';
import { tellPrice } from './tell-price.js';

/** What the analyses of a replay came to. */
export interface AnalysesOutcome {
  /** Signals given. */
  readonly given: number;
  /** How they ended, by status; `reached` and `stopped` are those that were executed. */
  readonly ended: Readonly<Record<Ending, number>>;
  /** Closes at which the market was looked at, by timeframe. */
  readonly looks: Float64Array;
  /** SHA-256 over all signals that were given and ended, in order: two runs with the same one have given the same. */
  readonly signalsDigest: string;
  /** SHA-256 over all that the looks found. */
  readonly looksDigest: string;
}

const ENDINGS = ['reached', 'stopped', 'expired', 'invalidated', 'cancelled'] as const;
type Ending = (typeof ENDINGS)[number];

/** A symbol that is replayed. */
export interface AnalysedSymbol {
  readonly symbol: string;
  /** The engine's number. */
  readonly asset: number;
}

/**
 * The four layers over a replay: fed as in a server, but each event's work is done before the next event. There is no
 * database, and so no sectors, lists and portfolios, and no figures from outside; what needs them is null with its reason.
 */
export class ReplayAnalyses implements Pick<EngineSink, 'closed' | 'ticked'> {
  readonly analysis: Analysis;
  readonly #engine: Engine;
  readonly #symbols: readonly string[];
  readonly #write: (line: string) => void;
  readonly #signalsHash = createHash('sha256');
  readonly #looksHash = createHash('sha256');
  readonly #looks = new Float64Array(TIMEFRAME_COUNT);
  readonly #ended: Record<Ending, number> = {
    reached: 0,
    stopped: 0,
    expired: 0,
    invalidated: 0,
    cancelled: 0,
  };
  readonly #live = new Set<number>();
  #given = 0;
  #event: FeedEvent | null = null;

  /** @param write takes each signal that is given or ends, as a line of JSON */
  constructor(
    engine: Engine,
    symbols: readonly AnalysedSymbol[],
    write: (line: string) => void,
    signals: Partial<SignalOptions> = {},
  ) {
    this.#engine = engine;
    this.#symbols = symbols.map(({ symbol }) => symbol);
    this.#write = write;
    this.analysis = new Analysis({
      sink: {
        looked: (result) => this.#looked(result),
        opened: (asset, draft) => this.#opened(asset, draft),
        changed: (asset, draft, change) => this.#changed(asset, draft, change),
      },
      forming: (asset, timeframe) => engine.forming(asset * TIMEFRAME_COUNT + timeframe),
      signals,
    });
    this.analysis.setMarket(symbols.map(analysedAsset), []);
  }

  /** Says which event the engine, in which its asset is live, is about to process. */
  begin(event: FeedEvent): void {
    this.#event = event;
    const { asset } = event;
    if (!this.#live.has(asset)) {
      this.#live.add(asset);
      this.analysis.goLive(asset, this.#engine.openMinute(asset));
    }
    if (event.type === 'gap') this.analysis.gap(asset, event.state === 'opened');
  }

  ticked(asset: number): void {
    if (this.#event?.asset === asset) tellPrice(this.analysis, this.#event);
  }

  closed(asset: number, timeframeIndex: number): void {
    const view = this.#engine.lastClosed(asset * TIMEFRAME_COUNT + timeframeIndex);
    if (view === null) throw new RangeError(`asset ${asset} closed no candle`);
    this.analysis.closed(asset, timeframeIndex, view);
  }

  /** Does all that the event has brought about. */
  end(): void {
    this.analysis.drain();
  }

  /** Gives what was found; nothing may come afterwards. */
  outcome(): AnalysesOutcome {
    return {
      ...{ given: this.#given, ended: this.#ended, looks: this.#looks },
      signalsDigest: this.#signalsHash.digest('hex'),
      looksDigest: this.#looksHash.digest('hex'),
    };
  }

  #looked(result: FrameResult): void {
    const { timeframe } = result.moment;
    this.#looks[timeframe] = (this.#looks[timeframe] as number) + 1;
    this.#looksHash.update(lookLine(result));
  }

  #opened(asset: number, draft: SignalDraft): void {
    this.#given += 1;
    this.#tell(openedLine(this.#symbols[asset] as string, draft));
  }

  #changed(asset: number, draft: SignalDraft, change: SignalChange): void {
    this.#ended[endingOf(change)] += 1;
    this.#tell(endedLine(this.#symbols[asset] as string, draft, change));
  }

  #tell(line: string): void {
    this.#signalsHash.update(line);
    this.#write(line);
  }
}

/** Gives what a look at the market found as a line of JSON; a regime of the past is marked as such. */
export function lookLine(result: FrameResult): string {
  const { regime } = result;
  const told = { ...result, regime: regime === null ? null : { ...regime, dataSource: 'backtest' } };
  return `${JSON.stringify(told)}\n`;
}

/** Gives lines of the summary of a replay. */
export function analysesLines({
  given,
  ended,
  looks,
  signalsDigest,
  looksDigest,
}: AnalysesOutcome): readonly string[] {
  const live = ENDINGS.reduce((left, ending) => left - ended[ending], given);
  const ends = ENDINGS.map((ending) => `${ending} ${ended[ending]}`).join(', ');
  const perTimeframe = TIMEFRAMES.map((timeframe, index) => `${timeframe} ${looks[index]}`).join(', ');
  return [
    'analyses',
    `  signals    ${given}: ${ends}, live ${live}`,
    `  looks      ${perTimeframe}`,
    `  digests    signals sha256:${signalsDigest}, looks sha256:${looksDigest}`,
  ];
}

function endingOf({ status, signalSuccessful }: SignalChange): Ending {
  if (status !== 'executed') return status;
  return signalSuccessful === true ? 'reached' : 'stopped';
}

/** There are no rows of assets: the engine's numbers, from 1 on, stand for their ids. */
function analysedAsset({ symbol, asset }: AnalysedSymbol): AnalysisAsset {
  const [base = symbol, rest = ''] = symbol.split('/');
  const [quote = ''] = rest.split(':');
  return { asset, assetId: asset + 1, symbol, base, quote, sectorId: null, simulated: true };
}
