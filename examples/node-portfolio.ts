/**
 * Logs in and prints the portfolio as it moves and alerts as they fire, until Ctrl-C or `--count` states. Tokens are
 * kept in a file that only its owner may read, so the next start needs no password.
 *
 *   CRYPTOPREDICT_PASSWORD=… node dist/examples/node-portfolio.js --email you@example.org --tokens ~/.cryptopredict.json
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Auth, connect } from '../src/client/index.js';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'ws://127.0.0.1:8080' },
    email: { type: 'string' },
    tokens: { type: 'string' },
    count: { type: 'string', default: 'Infinity' },
  },
});
const { url, email, tokens: path } = values;
const count = Number(values.count);
if (!(count >= 1)) throw new Error('--count is a number of at least 1');

function auth(): Auth {
  if (path !== undefined && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Auth;
  const { CRYPTOPREDICT_PASSWORD: password } = process.env;
  if (email === undefined || password === undefined) {
    throw new Error('without a file of tokens --email and the variable CRYPTOPREDICT_PASSWORD are needed');
  }
  return { email, password };
}

const client = connect(url, {
  auth: auth(),
  onTokens: (tokens) => {
    if (path === undefined) return;
    if (tokens === null) rmSync(path, { force: true });
    else writeFileSync(path, JSON.stringify(tokens), { mode: 0o600 });
  },
});
client.on('signedOut', ({ error }) => {
  console.error(error === null ? 'logged out' : `logged out: ${error.message}`);
  process.exitCode = 1;
  client.close();
});
process.once('SIGINT', () => client.close());

const alerts = client.subscribe('alerts', ({ data }) => console.log(`ALERT ${data.title}: ${data.message}`));
// What ends the subscription is told by `signedOut`.
alerts.catch(() => undefined);

let printed = 0;
for await (const { data } of client.portfolio('1s')) {
  if (data === null) continue;
  const { total_value_usd: value, total_pnl_usd: pnl, missing, simulated } = data;
  const why = value === null ? ` (${missing.total_value_usd ?? 'not known'})` : '';
  console.log(
    `${simulated ? 'SIMULATED ' : ''}value ${value ?? '-'} USD${why}, not realized ${pnl ?? '-'} USD`,
  );
  printed += 1;
  if (printed >= count) break;
}
client.close();
