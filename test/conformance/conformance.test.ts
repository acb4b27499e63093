import { readFileSync } from 'node:fs';
import t from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { openConformanceBase, startConformanceSite } from '../support/conformance-site.js';
import { SocketClient } from '../support/socket-client.js';
import { DRIVERS, SYMBOLS } from '../ws/gateway-site.js';
import { BELONGING } from './belonging.js';
import { CONNECTING } from './connecting.js';
import { draining, ENDING } from './ending.js';
import type { Peer, Statements } from './peer.js';
import { IDENTIFYING, RECOVERING } from './recovering.js';
import { SUBSCRIBING } from './subscribing.js';

/** All but C54, which ends the server. */
const STATEMENTS: Statements = {
  ...CONNECTING,
  ...SUBSCRIBING,
  ...RECOVERING,
  ...IDENTIFYING,
  ...BELONGING,
  ...ENDING,
};
const text = readFileSync(new URL('PROTOCOL.md', packageRoot()), 'utf8');
const listed = [...text.matchAll(/^- \*\*(C\d+)\*\* (.*)$/gm)].map(([, name = '', what = '']) => ({
  name,
  what,
}));

const base = await openConformanceBase(t);

t.test('each statement of the list is tested', async (at) => {
  at.same(new Set([...Object.keys(STATEMENTS), 'C54']), new Set(listed.map(({ name }) => name)));
});

/** The other two pairs are what the Python program is tested with. */
const PAIRS = [
  { transport: 'ws', encoding: 'msgpack' },
  { transport: 'uws', encoding: 'json' },
] as const;

for (const { transport, encoding } of PAIRS.filter((pair) => DRIVERS.includes(pair.transport))) {
  t.test(`the protocol over ${transport} and ${encoding} is as PROTOCOL.md says`, async (all) => {
    const { gateway, admin } = await startConformanceSite(all, base, transport);
    const run = async (name: string, statement: Statements['C1']): Promise<void> => {
      const what = listed.find((known) => known.name === name)?.what ?? '';
      await all.test(`${name} ${what}`, async (at) => {
        const connect: Peer['connect'] = async (options) => {
          const client = await SocketClient.connect(gateway.port, { encoding, ...options });
          at.teardown(() => client.ws.terminate());
          return client;
        };
        await statement(at, { port: gateway.port, encoding, symbols: SYMBOLS, admin, connect });
      });
    };
    for (const { name } of listed) {
      const statement = STATEMENTS[name as 'C1'];
      if (statement !== undefined) await run(name, statement);
    }
    await run('C54', (at, peer) => draining(at, peer, () => void gateway.close(1_000)));
  });
}
