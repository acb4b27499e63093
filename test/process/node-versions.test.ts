import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { connect } from '../../src/client/client.js';
import { packageRoot } from '../../src/package-root.js';
import { collectCandles } from '../support/closed-collector.js';
import { skipWithoutProc } from '../support/process-tree.js';
import { makeServedFolder, QUICK } from '../support/served-folder.js';
import { MAIN } from '../support/server-process.js';
import { until } from '../support/until.js';

const CACHE = fileURLToPath(new URL('node_modules/.cache/cryptopredict-nodes/', packageRoot()));
const INSTALL_MS = 90_000;
const OURS = Number(process.versions.node.split('.')[0]);

/** Gives the program of a Node version, fetched once; or why it cannot be had. */
async function nodeOf(major: number): Promise<{ readonly program: string } | { readonly reason: string }> {
  if (major === OURS) return { program: process.execPath };
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(CACHE, String(major));
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(program)) {
    await mkdir(folder, { recursive: true });
    const reason = await install(`${name}@${major}`, folder);
    if (reason !== null) return { reason: `Node ${major} cannot be had: ${reason}` };
  }
  return { program };
}

/** Installs a package into a folder of its own; gives why it could not, or null. */
function install(what: string, folder: string): Promise<string | null> {
  const npm = process.env.npm_execpath;
  const args = ['install', '--no-save', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error'];
  const [program, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const child = spawn(program ?? 'npm', [...before, ...args, '--prefix', folder, what], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_MS,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const line = said.split('\n').find((text) => text.includes('ERR!') || text.includes('error')) ?? '';
      resolve(code === 0 ? null : `npm ended with ${signal ?? `code ${code}`} ${line}`.trim());
    });
  });
}

for (const major of [20, 22, 24]) {
  const node = await nodeOf(major);
  const skip = skipWithoutProc || ('reason' in node ? node.reason : false);
  t.test(`Node ${major} serves candles`, { skip, timeout: 110_000 }, async (t) => {
    if ('reason' in node) return;
    const folder = await makeServedFolder(t);
    const server = folder.serve(QUICK, { command: [node.program, MAIN] });
    const client = connect(await server.ready());
    t.teardown(() => client.close());
    const candles = await collectCandles(client, 'BTC/USDT', '1m');
    const before = candles.forming;
    await until('the candle moved', () => candles.forming !== before || candles.closed.length > 0);
    t.equal(candles.forming?.source, 'simulated');
    t.match(server.stdout, major === 20 ? /transport {2}(uws|ws): / : /transport {2}ws: /);
    t.equal(await server.end('SIGINT'), 0);
    await folder.tree.gone(5_000);
    t.equal(folder.tree.living().size, 0, 'nothing is left');
  });
}
