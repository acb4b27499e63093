/**
 * One topic of `bench/run.ts` in a process of its own: `argv[2]` names it. Sends its results to the parent. It leads a
 * process group; when the parent is gone, the whole group ends, servers that it started included.
 */
import { messageOf } from '../src/errors.js';
import type { BenchResult, BenchRun } from './bench.js';

/** What the process tells its parent, once. */
export type TopicOutcome = { readonly results: readonly BenchResult[] } | { readonly error: string };

async function main(): Promise<TopicOutcome> {
  const { run } = (await import(`./${process.argv[2]}.bench.js`)) as { run: BenchRun };
  return { results: await run() };
}

process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
const outcome = await main().catch((error: unknown) => ({
  error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
}));
process.send?.(outcome, () => process.exit('error' in outcome ? 1 : 0));
