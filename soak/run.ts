/**
 * `npm run soak`: millions of candles through all default indicators, then an hour of hostile clients against a server;
 * ends with code 1 if a value drifts or breaks, or the server does not serve.
 */
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { soakGateway } from './gateway.js';
import { MARKETS } from './markets.js';
import { faultsOf, soak, TOLERANCE } from './soak.js';

const HELP = `Runs made-up markets through all default indicators, and compares every value with its batch computation. Then
attacks a server of each driver with hostile clients, and looks each minute whether it serves, and at the end its memory.

  npm run soak                         ten million candles of the main market, 2 % as many of each hostile one
  npm run soak -- --candles 1000000    fewer; 0: none
  npm run soak -- --minutes 5          five minutes of attacks instead of 60; 0: none
  npm run soak -- --seed 7             other attacks

`;
const CHECK_EVERY = 99_991;
const MAX_CANDLES = 100_000_000;
const MAX_MINUTES = 10_080;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      candles: { type: 'string', default: '10000000' },
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const candles = Number(values.candles);
  if (candles !== 0 && (!Number.isInteger(candles) || candles < 10_000 || candles > MAX_CANDLES)) {
    throw new RangeError(
      `--candles is ${values.candles}; allowed: 0, or a whole number from 10000 to ${MAX_CANDLES}`,
    );
  }
  const minutes = Number(values.minutes);
  if (!(minutes >= 0 && minutes <= MAX_MINUTES)) {
    throw new RangeError(`--minutes is ${values.minutes}; allowed: a number from 0 to ${MAX_MINUTES}`);
  }
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) {
    throw new RangeError(`--seed is ${values.seed}; allowed: a whole number from 0`);
  }
  if (candles > 0) soakCandles(candles);
  if (minutes > 0) await attack(minutes, seed);
}

async function attack(minutes: number, seed: number): Promise<void> {
  const faults = await soakGateway(minutes, seed, (line) => process.stdout.write(`${line}\n`));
  for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
  process.stdout.write(
    faults.length === 0
      ? `Served all the while, for ${minutes} minutes of attacks.\n`
      : `${faults.length} faults in ${minutes} minutes of attacks.\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

function soakCandles(candles: number): void {
  const begun = performance.now();
  const counts = MARKETS.map(({ share }) => Math.max(10_000, Math.round(candles * share)));
  const bar = new SingleBar(
    {
      format: 'soak [{bar}] {percentage}% {value}/{total} candles, {eta} s left, {market}',
      noTTYOutput: true,
      notTTYSchedule: 10_000,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(
    counts.reduce((sum, count) => sum + count, 0),
    0,
    { market: '' },
  );
  let before = 0;
  const reports = MARKETS.map((market, place) => {
    const count = counts[place] as number;
    const report = soak(market, {
      candles: count,
      checkEvery: Math.min(CHECK_EVERY, 3_331 * Math.ceil(count / 100_000)),
      onCheck: (done) => bar.update(before + done, { market: market.name }),
    });
    before += count;
    return report;
  });
  bar.stop();
  for (const report of reports) {
    const [first] = report.worst.toSorted((a, b) => b.error - a.error);
    const worst =
      first === undefined ? '' : `, worst error ${first.error.toExponential(1)} in ${first.column}`;
    process.stdout.write(
      `${report.market}: ${report.candles} candles, ${report.worst.length} columns compared ${report.checks} times${worst}\n`,
    );
  }
  const faults = reports.flatMap(faultsOf);
  for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  process.stdout.write(
    faults.length === 0
      ? `All within ${TOLERANCE}, never NaN or infinite, in ${seconds} s.\n`
      : `${faults.length} faults in ${seconds} s.\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  // What is wrong with an option is one line; anything else shows where it came from.
  const isOption = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${isOption ? `soak: ${error.message}` : messageAndStack(error)}\n`);
  process.exitCode = 1;
}

function messageAndStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
