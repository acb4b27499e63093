import { API_PATH, OPENAPI_PATH } from '../api/routes.js';
import { STREAM_PATH } from '../protocol.js';
import { VERSION } from '../version.js';
import type { RunningServer } from './server.js';

/** Gives the one screen that says what was started, where to look, and whether prices are simulated. */
export function banner(server: RunningServer, startedInMs: number): string {
  const { symbols, url } = server;
  const shown = symbols.slice(0, 8).join(', ');
  const more = symbols.length > 8 ? `, … ${symbols.length} in all` : '';
  const exchanges = server.feeds.feeds.map((feed) => feed.exchange).join(', ');
  const lines = [
    `CryptoPredict ${VERSION} is up (${(startedInMs / 1000).toFixed(1)} s)`,
    '',
    `  page       ${url}/`,
    `  stream     ${url.replace('http', 'ws')}${STREAM_PATH}`,
    `  api        ${url}${API_PATH}${OPENAPI_PATH}`,
    `  health     ${url}/healthz  ${url}/readyz  ${url}/metrics`,
    `  exchange   ${exchanges}${server.feeds.demoUrl === null ? '' : ` (a local process, ${server.feeds.demoUrl})`}`,
    `  symbols    ${shown}${more}`,
    `  database   ${server.database.place}`,
    `  broker     ${server.broker}`,
    `  transport  ${server.driver.name}: ${server.driver.why}`,
    '',
  ];
  if (server.adminToken !== null) {
    lines.push(
      `  admin      there is none yet; the token for auth.claimAdmin: ${server.adminToken}`,
      `             (POST ${API_PATH}/auth/claim-admin), or: cryptopredict user add <email> admin`,
      '',
    );
  }
  if (server.isSimulated) {
    lines.push(
      '  PRICES ARE SIMULATED. For real ones: npm start -- --exchange binance --symbols BTC/USDT,ETH/USDT',
      '',
    );
  }
  lines.push('  Ctrl-C ends everything.', '');
  return `\n${lines.join('\n')}\n`;
}
