import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { type Client, connect } from '../../src/client/client.js';
import type { ClientOptions, CloseEvent } from '../../src/client/options.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

/** A server that answers upgrades with a refusal. */
async function refusing(t: Test, status: string, headers: string) {
  const server = createServer();
  let asked = 0;
  server.on('upgrade', (_request, socket) => {
    asked += 1;
    socket.end(`HTTP/1.1 ${status}\r\n${headers}connection: close\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

function watched(t: Test, url: string, options: ClientOptions = {}) {
  const client: Client = connect(url, { random: () => 0.5, ...options });
  const closes: CloseEvent[] = [];
  client.on('close', (event) => closes.push(event));
  t.teardown(() => client.close());
  return { client, closes };
}

t.test('a refused upgrade is told by its status, and Retry-After is kept to', async (t) => {
  const { url } = await refusing(t, '503 Service Unavailable', 'Retry-After: 30\r\n');
  const { closes } = watched(t, url);
  await until('it was refused', () => closes.length === 1);
  t.match(closes[0]?.reason, /503/);
  const pause = closes[0]?.retryInMs ?? 0;
  t.ok(pause > 30_000 && pause < 31_000, String(pause));
});

t.test('a date in Retry-After is kept to as well; nonsense is not', async (t) => {
  const soon = new Date(Date.now() + 60_000).toUTCString();
  const dated = await refusing(t, '503 Service Unavailable', `Retry-After: ${soon}\r\n`);
  const { closes } = watched(t, dated.url);
  await until('it was refused', () => closes.length === 1);
  t.ok((closes[0]?.retryInMs ?? 0) > 50_000);
  const odd = await refusing(t, '429 Too Many Requests', 'Retry-After: whenever\r\n');
  const other = watched(t, odd.url);
  await until('it was refused again', () => other.closes.length >= 2);
  t.ok((other.closes[0]?.retryInMs ?? 0) < 1_000);
});

t.test('when the network is back the client comes at once, unless the server wants it later', async (t) => {
  const page = new EventTarget();
  const { addEventListener, removeEventListener } = globalThis as unknown as Record<string, unknown>;
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
  t.teardown(() => Object.assign(globalThis, { addEventListener, removeEventListener }));
  const market = await new ServedMarket().start();
  const { url } = market;
  await market.stop();
  // Every pause is as long as can be.
  const { client, closes } = watched(t, url, { random: () => 0.999 });
  await until('the pauses have grown', () => (closes.at(-1)?.retryInMs ?? 0) > 900);
  await market.start();
  t.teardown(() => market.stop());
  page.dispatchEvent(new Event('online'));
  await client.ready();

  const { url: busy, asked } = await refusing(t, '503 Service Unavailable', 'Retry-After: 30\r\n');
  const patient = watched(t, busy);
  await until('it was refused', () => patient.closes.length === 1);
  page.dispatchEvent(new Event('online'));
  // Whoever asks after it is answered after it.
  const later = watched(t, busy);
  await until('a later one was refused', () => later.closes.length === 1);
  t.equal(asked(), 2);
  later.client.close();
  patient.client.close();
  client.close();
  page.dispatchEvent(new Event('online'));
  t.equal(client.state, 'closed', 'who is closed does not listen any more');
});
