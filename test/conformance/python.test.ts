import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { openConformanceBase, startConformanceSite } from '../support/conformance-site.js';
import { NO_PYTHON, python } from '../support/python.js';
import { DRIVERS } from '../ws/gateway-site.js';

const PROGRAM = fileURLToPath(new URL('examples/python_conformance.py', packageRoot()));
const command = python();
const skip = command === null ? NO_PYTHON : false;
const text = readFileSync(new URL('PROTOCOL.md', packageRoot()), 'utf8');
const listed = [...text.matchAll(/^- \*\*(C\d+)\*\* /gm)].map(([, name = '']) => name);

interface Ran {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly err: string;
}

/** Runs the program until it ends; `heard` sees what it has printed so far. */
async function run(at: Test, args: readonly string[], heard?: (out: string) => void): Promise<Ran> {
  const child = spawn(command ?? '', ['-B', PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  at.teardown(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    out += piece;
    heard?.(out);
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    err += piece;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines: out.split('\n').filter((line) => line !== ''), err };
}

const base = await openConformanceBase(t);

t.test('the Python program has each statement of the list', { skip }, async (at) => {
  const { lines } = await run(at, ['--list']);
  at.same(
    lines.map((line) => line.split(' ')[0]),
    listed,
  );
});

/** The other two pairs are what the tests in TypeScript take. */
const PAIRS = [
  { transport: 'uws', encoding: 'msgpack' },
  { transport: 'ws', encoding: 'json' },
] as const;

for (const { transport, encoding } of PAIRS.filter((pair) => DRIVERS.includes(pair.transport))) {
  t.test(
    `the Python program finds every statement true over ${transport} and ${encoding}`,
    { skip },
    async (at) => {
      const { gateway, admin } = await startConformanceSite(at, base, transport);
      const url = `ws://127.0.0.1:${gateway.port}/v1/stream`;
      const account = `${admin.email}:${admin.password}`;
      const args = ['--url', url, '--encoding', encoding];
      const { user } = await base.join(`ordinary-${transport}@example.com`);
      const wrong = await run(at, [...args, '--only', 'C50', '--admin', `${user.email}:${admin.password}`]);
      at.match(wrong.lines[0], /^C50 FAILED: .*'role': 'public'/, 'what does not hold is told');
      at.equal(wrong.code, 1);
      let isStopped = false;
      const { code, lines, err } = await run(at, [...args, '--admin', account, '--until-shutdown'], (out) => {
        if (isStopped || !out.includes('C54 waits')) return;
        isStopped = true;
        void gateway.close(1_000);
      });
      const outcomes = lines.filter((line) => !line.startsWith('C54 waits')).slice(0, -1);
      for (const name of listed) {
        const outcome = outcomes.find((line) => line.startsWith(`${name} `)) ?? `${name} is missing`;
        at.match(outcome, new RegExp(`^${name} ok - `));
      }
      at.equal(code, 0, err);
    },
  );
}
