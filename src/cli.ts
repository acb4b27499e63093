import { Command, InvalidArgumentError, Option } from 'commander';
import { type Command as CommandName, envOf, flagOf, OPTIONS, type OptionKey, optionKeys } from './config.js';
import { VERSION } from './version.js';

export type Flags = Partial<Record<OptionKey, string>>;

const SUMMARIES: Record<CommandName, string> = {
  serve: 'start the server: feeds, engine, database, WebSocket gateway, page (default)',
  migrate: 'bring the database schema up to date and end',
  backfill: 'fetch history of an exchange into the database; a run that was broken off goes on',
  backup: 'write all that the database holds into one file, also while a server runs',
  restore: 'fill an empty database with a backup',
  user: 'add users, list them, give them a role or a new password; also while a server runs',
  doctor:
    'check Node, native binding, database, Redis, exchanges, clock, sources, TLS and mail; say what to mend',
  indicators: 'compute indicators of a file of candles, into a file',
  replay: 'drive the engine from recorded trades or 1m candles',
};

/** What a command takes beside flags. */
const ARGUMENTS: Partial<Record<CommandName, readonly [name: string, help: string]>> = {
  user: [
    '<words...>',
    'add <email> [admin|public]: a new user, the password is read from the terminal or standard input; list; role <email> <admin|public>; reset <email>: prints a code that sets a new password',
  ],
  replay: [
    '<files...>',
    'CSV or gzipped CSV; the header tells trades from candles, the name tells the symbol (BTC-USDT_1m.csv.gz); - is standard input',
  ],
};

const EXAMPLES: Record<CommandName, readonly string[]> = {
  serve: [
    'cryptopredict serve',
    'cryptopredict serve --exchange binance --symbols BTC/USDT,ETH/USDT',
    'cryptopredict serve --exchange binance,kraken --port 9000',
  ],
  migrate: [
    'cryptopredict migrate --database-url postgres://user@localhost/cryptopredict',
    'cryptopredict migrate --status',
    'cryptopredict migrate --dry-run',
  ],
  backfill: [
    'cryptopredict backfill --exchange binance --symbols BTC/USDT,ETH/USDT --from 2024-01-01',
    'cryptopredict backfill --symbols BTC/USDT --from 2025-01-01 --to 2025-02-01 --timeframes 1m,1h',
  ],
  backup: ['cryptopredict backup --out cryptopredict.backup'],
  restore: [
    'cryptopredict restore --in cryptopredict.backup --data-dir .data-new',
    'cryptopredict restore --in cryptopredict.backup --database-url postgres://user@localhost/new',
  ],
  user: [
    'cryptopredict user add admin@example.org admin',
    'cryptopredict user add bot@example.org --generate',
    'cryptopredict user list',
    'cryptopredict user role someone@example.org admin',
    'cryptopredict user reset someone@example.org',
  ],
  doctor: ['cryptopredict doctor --exchange binance'],
  indicators: [
    'cryptopredict indicators --in BTC-USDT_1h.csv.gz --timeframe 1h --out indicators.csv',
    'cryptopredict indicators --in BTC-USDT_1m.csv --timeframe 4h --out - --indicators rsi:9,sma:34',
  ],
  replay: [
    'cryptopredict replay BTC-USDT_1m.csv.gz',
    'cryptopredict replay monday.csv tuesday.csv --symbols BTC/USDT --speed 10x --out closed.ndjson',
    'cryptopredict replay BTC-USDT_1m.csv.gz --speed 60x --serve --port 9000',
    'cryptopredict replay BTC-USDT_1m.csv.gz ETH-USDT_1m.csv.gz --signals signals.ndjson',
  ],
};

const ENVIRONMENT = '\nEach flag has an environment variable, named in brackets; a flag wins.';

function once(flag: string): (value: string, previous: string | undefined) => string {
  return (value, previous) => {
    if (previous !== undefined) {
      throw new InvalidArgumentError(`${flag} is given twice; separate several values with commas.`);
    }
    return value;
  };
}

function addOptions(command: Command, name: CommandName): void {
  for (const key of optionKeys()) {
    const spec = OPTIONS[key];
    if (!spec.commands.includes(name)) continue;
    const preset = 'default' in spec ? `default ${spec.default}; ` : '';
    const help = `${spec.help}. ${preset}${spec.allowed} [${envOf(key)}]`;
    if ('alone' in spec) command.addOption(new Option(flagOf(key), help).preset(spec.alone));
    else command.option(`${flagOf(key)} <${spec.placeholder}>`, help, once(flagOf(key)));
  }
}

/**
 * Runs the `cryptopredict` command: finds the sub-command (`serve` if the first word is a flag or there is none),
 * hands its flags on, prints `--help` and `--version`. Unknown flags and commands are refused with the nearest match, exit code 1.
 */
export async function runCli(
  argv: readonly string[],
  handlers: Readonly<Record<CommandName, (flags: Flags, args: readonly string[]) => Promise<void>>>,
): Promise<void> {
  const program = new Command('cryptopredict')
    .description('Real-time streaming server for crypto markets.')
    .version(VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists all commands and flags)')
    .configureHelp({ sortOptions: false });
  for (const name of Object.keys(SUMMARIES) as CommandName[]) {
    const command = program
      .command(name)
      .description(SUMMARIES[name])
      .showSuggestionAfterError()
      .showHelpAfterError(`(cryptopredict ${name} --help lists all flags)`)
      .addHelpText(
        'after',
        `${ENVIRONMENT}\n\nExamples:\n${EXAMPLES[name].map((line) => `  ${line}`).join('\n')}`,
      )
      .action(() => handlers[name](command.opts<Flags>(), command.args));
    const argument = ARGUMENTS[name];
    if (argument === undefined) command.allowExcessArguments(false);
    else command.argument(...argument);
    addOptions(command, name);
  }
  // All of doctor's flags are flags of `serve`.
  const shown = program.commands.filter((command) => command.name() !== 'doctor');
  program.addHelpText(
    'after',
    () => `\n${shown.map((command) => command.helpInformation()).join('\n')}${ENVIRONMENT}`,
  );
  await program.parseAsync(isFlag(argv[0]) ? ['serve', ...argv] : [...argv], { from: 'user' });
}

/**
 * Says whether the command line begins with a flag of `serve`. The default command of the library is of no use: it
 * takes a misspelt command for an argument of the default one, so that no nearest match is named.
 */
function isFlag(word: string | undefined): boolean {
  return word === undefined || (word.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(word));
}
