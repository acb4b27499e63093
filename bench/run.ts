/** `npm run bench`: runs the topics one after the other, each in a process of its own, and prints one table. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.js';
import type { BenchResult } from './bench.js';
import { formatMarkdown, formatTable } from './table.js';
import type { TopicOutcome } from './topic.js';

const SUFFIX = '.bench.js';
/** A topic that has not ended by then is ended, with all that it started. */
const BOUND_MS = 240_000;
/** Topics that run only when they are named, since they take longer than all others together, and their own bounds. */
const ON_REQUEST: Readonly<Record<string, number>> = { 'store-year': 1_200_000, gateway: 900_000 };

const HELP = `Measures how fast CryptoPredict is, each figure beside its plain limit in the same run.

  npm run bench                        all topics but gateway and store-year
  npm run bench -- gateway engine      these topics
  npm run bench -- --json figures.json writes the figures to a file, too
  npm run bench -- --markdown          prints the table as Markdown

`;

interface TopicReport {
  readonly topic: string;
  readonly seconds: number;
  /** Load average of the last minute when it began. */
  readonly load: number;
  readonly results: readonly BenchResult[];
  readonly error?: string;
}

async function main(): Promise<void> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const known = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}Topics: ${known.join(', ')}. bench/README.md says what each watches.\n`);
    return;
  }
  const strangers = positionals.filter((topic) => !known.includes(topic));
  if (strangers.length > 0)
    throw new RangeError(`no topic ${strangers.join(', ')}; there are ${known.join(', ')}`);
  const machine = describeMachine();
  process.stdout.write(`${machine}\n`);
  const begun = new Date();
  const loadAtStart = loadavg();
  const reports: TopicReport[] = [];
  const usual = known.filter((topic) => !Object.hasOwn(ON_REQUEST, topic));
  for (const topic of positionals.length > 0 ? positionals : usual) reports.push(await runTopic(topic));
  const loadAtEnd = loadavg();
  const results = reports.flatMap((report) => report.results);
  const format = values.markdown ? formatMarkdown : formatTable;
  const loads = `load average ${formatLoad(loadAtStart)} at the start, ${formatLoad(loadAtEnd)} at the end`;
  process.stdout.write(`${begun.toISOString()}, ${loads}\n\n${format(results)}\n`);
  process.stdout.write('\nratio = ours ÷ limit: for rates more is better, for times and sizes less.\n');
  if (values.json !== undefined) {
    const report = { machine, begun, loadAtStart, loadAtEnd, topics: reports };
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (reports.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

async function runTopic(topic: string): Promise<TopicReport> {
  const [load = 0] = loadavg();
  const begun = performance.now();
  process.stderr.write(`${topic} …`);
  const child = fork(fileURLToPath(new URL('./topic.js', import.meta.url)), [topic], {
    // A group of its own, so that whatever it started can be ended with it.
    detached: true,
    execArgv: ['--expose-gc'],
  });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // Nobody of the group is left, as it should be.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const interrupted = (): never => {
    endGroup();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const told: TopicOutcome[] = [];
  child.on('message', (message: TopicOutcome) => told.push(message));
  const boundMs = ON_REQUEST[topic] ?? BOUND_MS;
  const timer = setTimeout(() => {
    told.push({ error: `not ready within ${boundMs / 1_000} s` });
    endGroup();
  }, boundMs);
  await once(child, 'exit');
  clearTimeout(timer);
  const [outcome = { error: 'ended without a result' }] = told;
  endGroup();
  process.off('SIGINT', interrupted);
  process.off('SIGTERM', interrupted);
  const seconds = (performance.now() - begun) / 1_000;
  const how = 'error' in outcome ? `FAILED: ${outcome.error}` : `${outcome.results.length} figures`;
  process.stderr.write(` ${how}, ${seconds.toFixed(0)} s, load average ${load.toFixed(1)} at its start\n`);
  return 'error' in outcome
    ? { topic, seconds, load, results: [], error: outcome.error }
    : { topic, seconds, load, results: outcome.results };
}

function describeMachine(): string {
  const processors = cpus();
  const model = (processors[0]?.model ?? 'unknown processor').replace(/\s+/g, ' ').trim();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${processors.length} × ${model}, ${memory}, ${platform()} ${release()}, Node ${process.version}`;
}

function formatLoad(load: readonly number[]): string {
  return load.map((value) => value.toFixed(1)).join(' ');
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
