/**
 * `npm run soak:columns`: plays the whole record through the analyses, and lists how many rows have each column filled;
 * ends with code 1 if a value is out of its range or null without a reason. Five years of hours take an hour or so.
 */
import { parseArgs } from 'node:util';
import { ALL_DAYS, minutes, playScene, spot } from '../test/support/analysis-scenes.js';

const HELP = `Plays recorded candles of ../shared/data through the four layers, with made-up figures of all sources, and without.

  npm run soak:columns                          all that is recorded
  npm run soak:columns -- --scene hours --days 400 --sources all

  --scene     days, fours, hours or minutes; default: all of them
  --days      how many days, the newest; default: all
  --sources   all or none; default: both, one after the other

`;
const SCENES = ['days', 'fours', 'hours', 'minutes'] as const;
/** Days of recorded minutes, of which one is history. */
const DAYS_OF_MINUTES = 29;

function main(): void {
  const { values } = parseArgs({
    options: {
      scene: { type: 'string' },
      days: { type: 'string' },
      sources: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const names = SCENES.filter((name) => values.scene === undefined || values.scene === name);
  const sources = ['all', 'none'].filter((which) => values.sources === undefined || values.sources === which);
  if (names.length === 0 || sources.length === 0)
    throw new RangeError('there is no such scene, or no such sources');
  let faults = 0;
  for (const name of names) {
    const most = name === 'minutes' ? DAYS_OF_MINUTES - 1 : ALL_DAYS;
    const live = Math.min(most, Number(values.days ?? most));
    if (!(live >= 1)) throw new RangeError(`--days is ${values.days}; allowed: a number from 1`);
    for (const which of sources) {
      const begun = performance.now();
      const scene = name === 'minutes' ? minutes(live, DAYS_OF_MINUTES - live) : spot(name, live);
      if (scene === null) throw new RangeError('../shared/data is absent: nothing recorded to play');
      const account = playScene(scene, which === 'all');
      faults += account.faults.length;
      const seconds = Math.round((performance.now() - begun) / 1_000);
      process.stdout.write(
        `${name}, ${live} days, sources ${which}: ${scene.closes.length} candles in ${seconds} s\n`,
      );
      for (const [field, share] of account.shares) {
        const rows = account.counts.get(field);
        process.stdout.write(`  ${(100 * share).toFixed(1).padStart(5)} % of ${rows} ${field}\n`);
      }
      for (const fault of account.faults) process.stdout.write(`  FAULT ${fault}\n`);
    }
  }
  if (faults > 0) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  // What is wrong with an option is one line; anything else shows where it came from.
  const isOption = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  const text = error instanceof Error ? (isOption ? error.message : error.stack) : String(error);
  process.stderr.write(`soak: ${text}\n`);
  process.exitCode = 1;
}
