import { parseArgs } from 'node:util';
import type { SourceOptions } from './create-source.js';
import type { DemoExchangeOptions } from './exchange.js';

/** What `--help` prints. */
export const HELP = `Starts the demo exchange: Binance spot's public dialect, simulated prices.

  --host <address>     address to listen on (127.0.0.1)
  --port <n>           port to listen on; 0 takes any free one (9010)
  --seed <n>           the same seed gives the same market (1)
  --symbols <n>        pairs that the generator lists
  --source <source>    generator (default), or candles:BTC/USDT=<file>, or trades:BTC/USDT=<file>; may be given
                       several times, for several symbols, or several files of one in the order of time
  --start-at <time>    ISO time or ms where the market's clock starts; what lies before it is history
  --shift-ms <ms>      added to all times of a recording
  --speed <n>          market time per real time (1); a very large one: as fast as clients read
  --paused             waits for the control command play
  --weight-limit <n>   weight that REST requests may use per minute; 0 for no limit (0)
  --help               this text

While it runs: GET /control lists commands that pause, play and inject faults; POST /control carries one out.
`;

/**
 * Gives the options that a command line asks for; null for `--help`.
 *
 * @throws RangeError for a bad value, TypeError for an unknown flag
 */
export function readArguments(args: readonly string[]): DemoExchangeOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '9010' },
      seed: { type: 'string', default: '1' },
      symbols: { type: 'string' },
      source: { type: 'string', multiple: true, default: ['generator'] },
      'start-at': { type: 'string' },
      'shift-ms': { type: 'string', default: '0' },
      speed: { type: 'string', default: '1' },
      paused: { type: 'boolean', default: false },
      'weight-limit': { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const startAt = values['start-at'];
  return {
    host: values.host,
    port: numberOf('port', values.port, 0, 65_535),
    seed: numberOf('seed', values.seed, 0, 4_294_967_295),
    source: sourceOf(values.source, values.symbols),
    ...(startAt === undefined ? {} : { startAt: timeOf(startAt) }),
    shiftMs: numberOf('shift-ms', values['shift-ms'], -1e13, 1e13),
    speed: numberOf('speed', values.speed, 1e-6, 1e9, false),
    paused: values.paused,
    weightLimit: numberOf('weight-limit', values['weight-limit'], 0, 1e9),
  };
}

function sourceOf(sources: readonly string[], symbols: string | undefined): SourceOptions {
  const [first = 'generator'] = sources;
  if (first === 'generator' && sources.length === 1) {
    return symbols === undefined
      ? { type: 'generator' }
      : { type: 'generator', symbols: numberOf('symbols', symbols, 1, 2_000) };
  }
  const files: Record<string, string[]> = {};
  const kinds = new Set<string>();
  for (const text of sources) {
    const match = /^(candles|trades):([^=]+)=(.+)$/.exec(text);
    if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined)
      throw new RangeError(
        `--source ${text}: allowed are generator, candles:BTC/USDT=<file>, trades:BTC/USDT=<file>`,
      );
    kinds.add(match[1]);
    const paths = files[match[2]] ?? [];
    paths.push(match[3]);
    files[match[2]] = paths;
  }
  if (kinds.size > 1) throw new RangeError('--source: candles and trades cannot be played together');
  return { type: kinds.has('candles') ? 'candles' : 'trades', files };
}

function numberOf(name: string, text: string, min: number, max: number, isWhole = true): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value)))
    throw new RangeError(
      `--${name} ${text}: allowed is a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`,
    );
  return value;
}

function timeOf(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(time))
    throw new RangeError(`--start-at ${text}: allowed is an ISO time or ms since the epoch`);
  return time;
}
