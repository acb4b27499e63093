import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { PORTFOLIO_FIELDS } from '../../src/user-view-fields.js';
import { EMAIL, openAccountSite, PASSWORD } from '../support/account-site.js';
import { makeTestFolder } from '../support/folder.js';
import { FakeViews } from '../ws/account-site.js';
import { gatewaySite } from '../ws/gateway-site.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/node-portfolio.js', import.meta.url));
const run = promisify(execFile);

t.test('the example prints a portfolio, and needs its password once', async (t) => {
  const site = await openAccountSite(t);
  await site.join();
  const broker = new MemoryBroker<Publication>();
  const userViews = new FakeViews(broker);
  const { accounts, signIn } = site;
  const users = userStore(site.gateway, 'demo');
  const more = { accounts, signIn, users, userViews };
  const { gateway } = await gatewaySite(t, {}, broker, null, true, more);
  const known: Readonly<Record<string, unknown>> = {
    simulated: true,
    total_value_usd: 1234.5,
    missing: { total_pnl_usd: 'no entry price is known' },
  };
  const row = PORTFOLIO_FIELDS.map((field) => known[field] ?? null);
  const { rows } = await site.owner.query<{ id: number }>('SELECT id FROM users');
  userViews.change(`portfolio#${rows[0]?.id}`, row);
  const tokens = join(await makeTestFolder('example'), 'tokens.json');
  const args = ['--url', `ws://127.0.0.1:${gateway.port}`, '--tokens', tokens, '--count', '1'];
  const start = (more: readonly string[], password: string) =>
    run(process.execPath, [EXAMPLE, ...args, ...more], {
      env: { ...process.env, CRYPTOPREDICT_PASSWORD: password },
      timeout: 30_000,
    });

  const first = await start(['--email', EMAIL], PASSWORD);
  t.equal(first.stdout, 'SIMULATED value 1234.5 USD, not realized - USD\n');
  t.equal(statSync(tokens).mode & 0o777, 0o600);
  const kept = readFileSync(tokens, 'utf8');
  t.equal((await start([], '')).stdout, first.stdout);
  t.equal(readFileSync(tokens, 'utf8'), kept);
  await site.owner.query('UPDATE user_sessions SET is_active = false, revoked_at = now()');
  await t.rejects(start([], ''), { code: 1, stderr: /logged out/ });
  t.notOk(existsSync(tokens));
});
