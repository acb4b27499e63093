import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { AnalysisHost } from '../../src/app/analysis-host.js';
import { Pacer } from '../../src/app/pacer.js';
import { playEvents } from '../../src/app/play-events.js';
import { type AnalysesOutcome, lookLine, ReplayAnalyses } from '../../src/app/replay-analyses.js';
import { openRecordings } from '../../src/app/replay-inputs.js';
import { endedLine, openedLine } from '../../src/app/signals-file.js';
import { Analysis } from '../../src/engine/analysis/analysis.js';
import { Engine, type EngineSink } from '../../src/engine/engine.js';
import type { FeedEvent } from '../../src/events.js';
import { momentOf, RecordedEvents } from '../../src/feeds/file/recorded-events.js';
import { DAY_MS, MINUTE_MS, TIMEFRAMES } from '../../src/timeframe.js';
import { makeFileFolder } from '../support/files.js';
import { silent } from '../support/folder.js';
import { madeTradesFile, seeded } from '../support/made-trades.js';

const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'SOL/USDT'] as const;
const PRICES = [60_000, 3_000, 150];
const FROM = Date.UTC(2024, 2, 4);
const MINUTES = (3 * DAY_MS) / MINUTE_MS;
/** Many signals, so that there is something to compare. */
const EASY = { minConfidence: 0.2, minRiskReward: 1, minStopPct: 0.2 };
/** A symbol's events come so much later than those of others, ms; less than half a minute, or looks would miss it. */
const LATEST_MS = 20_000;
const { signal } = new AbortController();

const files = makeFileFolder(t);
const paths = SYMBOLS.map((symbol, asset) => {
  const text = madeTradesFile(asset + 5, PRICES[asset] as number, FROM, MINUTES);
  return files.write(`${symbol.replace('/', '-')}_trades.csv`, text);
});

/** Lines of one symbol: the order among symbols is that of arrival. */
type Told = readonly (readonly string[])[];

function engineOf(decimals: readonly number[]): Engine {
  const engine = new Engine({ indicators: [] });
  for (const amountDecimals of decimals) engine.addAsset({ amountDecimals, simulated: true });
  return engine;
}

function sinkOf(listener: Pick<EngineSink, 'closed' | 'ticked'>): EngineSink {
  const ignore = (): void => undefined;
  return {
    closed: (asset, timeframe) => listener.closed(asset, timeframe),
    ticked: (asset) => listener.ticked(asset),
    ...{ moved: ignore, fired: ignore, expired: ignore },
    dropped: (_asset, reason) => {
      throw new Error(`an event was dropped as ${reason}`);
    },
  };
}

function bySymbol(lines: readonly string[]): Told {
  return SYMBOLS.map((symbol) => lines.filter((line) => line.includes(`"symbol":"${symbol}"`)));
}

async function replayed(): Promise<{ readonly told: Told; readonly outcome: AnalysesOutcome }> {
  const recordings = await openRecordings(paths, undefined, signal);
  const engine = engineOf(recordings.map(({ amountDecimals }) => amountDecimals));
  const symbols = recordings.map(({ symbol }, asset) => ({ symbol, asset }));
  const lines: string[] = [];
  const analyses = new ReplayAnalyses(engine, symbols, (line) => lines.push(line), EASY);
  const sink = sinkOf(analyses);
  const fail = (): never => {
    throw new Error('a row is bad');
  };
  const streams = recordings.map(({ files }, asset) => new RecordedEvents(files, asset, fail).batches());
  await playEvents(streams, engine, sink, {
    ...{ pacer: new Pacer(Number.POSITIVE_INFINITY, signal), signal },
    full: () => undefined,
    progress: () => undefined,
    process: (event) => {
      analyses.begin(event);
      engine.process(event, sink);
      analyses.end();
    },
  });
  await Promise.all(recordings.flatMap(({ files }) => files.map((file) => file.close())));
  return { told: bySymbol(lines), outcome: analyses.outcome() };
}

/** What a server does with the same trades: each symbol's come in pieces and late, and turns of the event loop between. */
async function lived(
  seed: number,
): Promise<{ readonly told: Told; readonly looks: string; readonly mixed: number }> {
  const recordings = await openRecordings(paths, undefined, signal);
  const engine = engineOf(recordings.map(({ amountDecimals }) => amountDecimals));
  const lines: string[] = [];
  const looks = createHash('sha256');
  const nameOf = (asset: number): string => SYMBOLS[asset] as string;
  const analysis = new Analysis({
    sink: {
      looked: (result) => looks.update(lookLine(result)),
      opened: (asset, draft) => lines.push(openedLine(nameOf(asset), draft)),
      changed: (asset, draft, change) => lines.push(endedLine(nameOf(asset), draft, change)),
    },
    forming: (asset, timeframe) => host.forming(asset, timeframe),
    signals: EASY,
  });
  const host: AnalysisHost = new AnalysisHost(engine, analysis, silent);
  analysis.setMarket(
    SYMBOLS.map((symbol, asset) => {
      const [base, quote] = symbol.split('/') as [string, string];
      return { ...{ asset, assetId: asset + 1, symbol, base, quote }, sectorId: null, simulated: true };
    }),
    [],
  );
  for (const asset of SYMBOLS.keys()) {
    engine.goLive(asset, FROM);
    host.history(asset, async () => TIMEFRAMES.map(() => []));
  }
  await host.idle();
  const sink = sinkOf(host);
  const random = seeded(seed);
  const events = await Promise.all(
    recordings.map(async ({ files }, asset) => {
      const all: FeedEvent[] = [];
      for await (const batch of new RecordedEvents(files, asset, () => undefined).batches())
        all.push(...batch);
      return all;
    }),
  );
  const places = SYMBOLS.map(() => 0);
  let mixed = 0;
  for (let now = FROM; places.some((place, asset) => place < (events[asset] ?? []).length); ) {
    now += Math.floor(random() * 25_000);
    const order = [...SYMBOLS.keys()].toSorted(() => random() - 0.5);
    for (const asset of order) {
      const until = now - Math.floor(random() * LATEST_MS);
      const own = events[asset] as readonly FeedEvent[];
      for (let place = places[asset] as number; place < own.length; place++) {
        const event = own[place] as FeedEvent;
        if (momentOf(event) > until) break;
        host.begin(event);
        engine.process(event, sink);
        places[asset] = place + 1;
        if (host.isBusy) mixed += 1;
        if (random() < 0.05) await nextTurn();
      }
    }
    if (random() < 0.3) await nextTurn();
  }
  await host.stop();
  return { told: bySymbol(lines), looks: looks.digest('hex'), mixed };
}

const first = await replayed();

t.test('live and replayed, the same trades give the same signals and looks, bit for bit', async (t) => {
  const { outcome, told } = first;
  t.ok(outcome.given > 15, `${outcome.given} signals`);
  t.ok(outcome.ended.reached > 0 && outcome.ended.stopped > 0, JSON.stringify(outcome.ended));
  t.ok(told.every((lines) => lines.length > 0));
  for (const seed of [3, 8]) {
    const live = await lived(seed);
    t.ok(live.mixed > 1_000, 'events came while closes waited');
    t.strictSame(live.told, told);
    t.equal(live.looks, outcome.looksDigest, 'the same looks, too');
  }
});

t.test('replayed twice, all that is found is the same', async (t) => {
  t.strictSame(await replayed(), first);
  t.match(first.outcome.signalsDigest, /^[0-9a-f]{64}$/);
  t.equal(first.outcome.looks[0], MINUTES - 1, 'the last minute may go on');
});
