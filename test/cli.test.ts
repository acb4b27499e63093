import { spawnSync } from 'node:child_process';
import t from 'tap';
import { COMMANDS, type Command, envOf, flagOf, OPTIONS, type OptionKey, optionKeys } from '../src/config.js';
import { VERSION } from '../src/version.js';

const CLI = new URL('../src/cli.js', import.meta.url).href;
const PROGRAM = `
  const { runCli } = await import(${JSON.stringify(CLI)});
  const told = (name) => async (flags, args) => console.log(JSON.stringify({ name, flags, args }));
  await runCli(process.argv.slice(1), Object.fromEntries(${JSON.stringify(COMMANDS)}.map((name) => [name, told(name)])));
`;

/** What a command needs beside flags. */
const ARGUMENTS: Partial<Record<Command, readonly string[]>> = {
  replay: ['a.csv', '-'],
  user: ['add', 'a@example.org'],
};

/** Runs the command line in a process of its own; handlers print what they were called with. */
function run(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args], {
    encoding: 'utf8',
  });
}

function called(...args: string[]): unknown {
  const { stdout, stderr } = run(...args);
  return stderr === '' ? JSON.parse(stdout) : stderr;
}

const takes = (command: Command) =>
  optionKeys().filter((key) => OPTIONS[key].commands.some((c) => c === command));

for (const command of COMMANDS) {
  t.test(
    `${command} --help names each of its flags, its variable, default and what is allowed`,
    async (t) => {
      const { stdout, status } = run(command, '--help');
      t.equal(status, 0);
      // The terminal's width breaks lines anywhere.
      const text = stdout.replace(/\s+/g, ' ');
      for (const key of optionKeys()) {
        const spec = OPTIONS[key];
        if (!spec.commands.some((name) => name === command)) {
          t.notMatch(text, `${flagOf(key)} `, `${flagOf(key)} is none of ${command}`);
          continue;
        }
        const preset = 'default' in spec ? `default ${spec.default}; ` : '';
        const value = 'alone' in spec ? '' : `<${spec.placeholder}> `;
        const line = `${flagOf(key)} ${value}${spec.help}. ${preset}${spec.allowed} [${envOf(key)}]`;
        t.ok(text.includes(line), line);
      }
      t.match(text, 'Each flag has an environment variable');
      t.match(text, `cryptopredict ${command}`, 'with an example');
    },
  );

  t.test(`${command} hands its flags on as they were written`, async (t) => {
    const keys = takes(command);
    const given = (key: OptionKey): string => {
      const spec = OPTIONS[key];
      return 'alone' in spec ? spec.alone : `value of ${key}`;
    };
    const args = keys.flatMap((key) => ('alone' in OPTIONS[key] ? [flagOf(key)] : [flagOf(key), given(key)]));
    const files = ARGUMENTS[command] ?? [];
    t.same(called(command, ...args, ...files), {
      name: command,
      flags: Object.fromEntries(keys.map((key) => [key, given(key)])),
      args: files,
    });
    t.same(called(command, ...files), { name: command, flags: {}, args: files });
  });
}

t.test('--help names all commands and all flags', async (t) => {
  const { stdout, status } = run('--help');
  t.equal(status, 0);
  for (const command of COMMANDS) t.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
  for (const key of optionKeys()) {
    t.ok(stdout.includes('alone' in OPTIONS[key] ? `${flagOf(key)} ` : `${flagOf(key)} <`), flagOf(key));
    t.ok(stdout.includes(`[${envOf(key)}]`), envOf(key));
  }
});

t.test('serve is what runs when no command is named', async (t) => {
  t.same(called(), { name: 'serve', flags: {}, args: [] });
  t.same(called('--port', '9000'), { name: 'serve', flags: { port: '9000' }, args: [] });
  t.same(called('--port=9000'), { name: 'serve', flags: { port: '9000' }, args: [] });
});

t.test('--version is that of the package', async (t) => {
  t.equal(run('--version').stdout.trim(), VERSION);
});

const REFUSALS: readonly (readonly [args: readonly string[], ...says: RegExp[]])[] = [
  [['serv'], /unknown command 'serv'/, /Did you mean serve\?/],
  [['migrat', '--port', '1'], /unknown command 'migrat'/, /Did you mean migrate\?/],
  [['serve', '--prot', '1'], /unknown option '--prot'/, /Did you mean --port\?/],
  [['--symbol', 'BTC/USDT'], /unknown option '--symbol'/, /Did you mean --symbols\?/],
  [['doctor', '--symbols', 'BTC/USDT'], /unknown option '--symbols'/, /cryptopredict doctor --help/],
  [['serve', 'BTC/USDT'], /too many arguments/, /cryptopredict serve --help/],
  [['replay'], /missing required argument 'files'/, /cryptopredict replay --help/],
  [['indicators', 'a.csv'], /too many arguments/, /cryptopredict indicators --help/],
  [['replay', 'a.csv', '--exchange', 'x'], /unknown option '--exchange'/],
  [['serve', '--port'], /--port <n>' argument missing/],
  [
    ['serve', '--symbols', 'A/B', '--symbols', 'C/D'],
    /--symbols is given twice; separate several values with commas/,
  ],
];

for (const [args, ...says] of REFUSALS) {
  t.test(`"${args.join(' ')}" is refused in words, and nothing runs`, async (t) => {
    const { stdout, stderr, status } = run(...args);
    t.equal(status, 1);
    t.equal(stdout, '');
    for (const words of says) t.match(stderr, words);
  });
}
