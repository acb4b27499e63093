import type { Test } from 'tap';
import { type RunningServer, startServer } from '../../src/app/server.js';
import { Stopper } from '../../src/app/stopper.js';
import type { Flags } from '../../src/cli.js';
import { type Client, connect } from '../../src/client/client.js';
import { readConfig } from '../../src/config.js';
import {
  type DemoExchange,
  type DemoExchangeOptions,
  startDemoExchange,
} from '../../src/feeds/demo/exchange.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { silent } from './folder.js';
import { until } from './until.js';

/** A whole server on a demo exchange and a database of its own, all in this process. */
export interface Site {
  readonly demo: DemoExchange;
  readonly database: TestDatabase;
  readonly server: RunningServer;
  readonly client: Client;
  /** Reads a metric, summed over its labels. */
  metric(name: string): Promise<number>;
}

/**
 * Starts a site and waits until every symbol is live; everything ends with the test.
 *
 * @param others addresses of further exchanges by id
 */
export async function startSite(
  t: Test,
  demoOptions: DemoExchangeOptions,
  flags: Flags = {},
  others: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const demo = await startDemoExchange(demoOptions);
  t.teardown(() => demo.close());
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const urls = { demo: demo.url, ...others };
  const config = readConfig(
    {
      port: '0',
      databaseUrl: database.url,
      exchange: Object.keys(urls).join(','),
      exchangeUrl: Object.entries(urls)
        .map(([id, url]) => `${id}=${url}`)
        .join(','),
      formingWriteMs: '500',
      // Sites share the folder that a plain start would use.
      checkpointMinutes: '0',
      ...flags,
    },
    {},
  );
  const stopper = new Stopper(silent);
  t.teardown(() => stopper.stop());
  const server = await startServer(config, silent, stopper);
  await server.loaded;
  t.equal(server.loadState.live, server.loadState.total, 'every symbol is live');
  const client = connect(server.url);
  t.teardown(() => client.close());
  await client.ready();
  return { demo, database, server, client, metric: (name) => readMetric(server.url, name) };
}

/** Sums a metric over its labels. @throws Error if there is none of that name */
export async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Plays the demo exchange's market until it has reached `time`, then pauses it. */
export async function playUntil(
  demo: DemoExchange,
  time: number,
  speed: number,
  boundMs = 60_000,
): Promise<void> {
  demo.control({ action: 'play', speed });
  await until(`the market reached ${new Date(time).toISOString()}`, () => demo.status().now >= time, boundMs);
  demo.control({ action: 'pause' });
}
