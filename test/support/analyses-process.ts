import { AnalysesSite, makeWorlds } from './analyses-site.js';

/** What the process is to do, as JSON in its only argument. */
export interface AnalysesTask {
  readonly url: string;
  readonly dataDir: string;
  /** Exchange times, ms. */
  readonly from: number;
  readonly to: number;
}

/** What it tells: how far it has played and which signals it has handed over meanwhile, or that it has ended in order. */
export type AnalysesNews =
  | { readonly at: number; readonly signals: readonly string[] }
  | { readonly done: true; readonly refused: number };

/** Minutes that are played between two pieces of news. */
const STEP_MS = 5 * 60_000;

// The four layers as a process of its own, to be killed: plays minutes as fast as it can.
const task = JSON.parse(process.argv[2] ?? '') as AnalysesTask;
const tell = (news: AnalysesNews): void => void process.send?.(news);
const site = await AnalysesSite.start(
  { teardown: () => undefined },
  { ...task, worlds: makeWorlds(), at: task.from },
);
let signals: string[] = [];
site.onSignal = (key) => signals.push(key);
tell({ at: site.at, signals: [] });
while (site.at < task.to) {
  await site.play(Math.min(site.at + STEP_MS, task.to));
  // Each turn that is over has its signals on the disk.
  tell({ at: site.at, signals });
  signals = [];
}
const { writer } = site.storage;
await writer.flush();
await site.stop();
tell({ done: true, refused: writer.stats.rejected });
process.disconnect();
