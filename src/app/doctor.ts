import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createBroker } from '../broker/create-broker.js';
import { isEventTopic } from '../channels.js';
import type { Config } from '../config.js';
import { messageOf, OperatorError } from '../errors.js';
import type { Publication } from '../events.js';
import type { Logger } from '../logger.js';
import { publicationCodec } from '../publication-codec.js';
import { createTransport } from '../ws/create-transport.js';
import { listenError } from '../ws/listen-error.js';
import { openDatabase } from './database.js';
import type { Check, Finding } from './doctor-check.js';
import { OUTSIDE_CHECKS } from './doctor-outside.js';
import { connectFeeds } from './feeds.js';
import { Stopper } from './stopper.js';

/** Node versions that the tests run on. */
const TESTED_NODES = [20, 22, 24];
/** Above this, times of trades and of our machine tell different minutes too often. */
const MAX_SKEW_MS = 1_000;
const LOWAT_FILE = '/proc/sys/net/ipv4/tcp_notsent_lowat';
const LOWAT_BYTES = 131_072;

const CHECKS: Readonly<Record<string, Check>> = {
  node: () => {
    const fact = `Node ${process.versions.node}`;
    const isTested = TESTED_NODES.includes(Number(process.versions.node.split('.')[0]));
    return isTested
      ? { fact }
      : { fact, mend: `use Node ${TESTED_NODES.join(', ')}: others are not tested`, isAdvice: true };
  },
  websocket: (config) => {
    const { driver } = createTransport(config.transport, config.compression);
    const fact = `${driver.name}: ${driver.why}`;
    if (driver.name === 'uws' || config.transport === 'ws' || config.compression) return { fact };
    return { fact, mend: 'run on Node 20 to get the native driver; ws serves meanwhile', isAdvice: true };
  },
  port: async (config) => {
    await listenOnce(config.host, config.port);
    return { fact: `${config.host}:${config.port} is free` };
  },
  database: async (config, logger, stopper) => {
    const { pool, place } = await openDatabase(config, logger, stopper);
    const { rows } = await pool.query<{ version: string }>(
      `SELECT current_setting('server_version') AS version`,
    );
    return { fact: `PostgreSQL ${rows[0]?.version ?? 'of unknown version'}, ${place}` };
  },
  redis: async (config, logger, stopper) => {
    if (config.redisUrl === undefined) return { fact: 'not configured: events stay in this process' };
    const broker = await createBroker<Publication>({
      redisUrl: config.redisUrl,
      codec: publicationCodec,
      logger,
      isShared: isEventTopic,
    });
    await stopper.add('redis', () => broker.close());
    return { fact: 'answers' };
  },
  exchanges: async (config, logger, stopper) => {
    const { feeds } = await connectFeeds(config, logger, stopper);
    const facts = feeds.map((feed) => {
      const { clockOffsetMs } = feed.status();
      return { name: feed.exchange, skew: Math.round(clockOffsetMs), listed: feed.listed().length };
    });
    const fact = facts
      .map(({ name, skew, listed }) => `${name}: ${listed} symbols, clock ${skew} ms from ours`)
      .join('; ');
    const isSkewed = facts.some(({ skew }) => Math.abs(skew) > MAX_SKEW_MS);
    return isSkewed
      ? { fact, mend: "set this machine's clock, e.g. by enabling NTP", isAdvice: true }
      : { fact };
  },
  kernel: () => {
    if (!existsSync(LOWAT_FILE)) return { fact: 'no advice for this system' };
    const bytes = Number(readFileSync(LOWAT_FILE, 'utf8'));
    const fact = `net.ipv4.tcp_notsent_lowat is ${bytes}`;
    if (bytes <= LOWAT_BYTES) return { fact };
    return {
      fact,
      mend: `sysctl net.ipv4.tcp_notsent_lowat=${LOWAT_BYTES}: else up to 4 MB wait for a client that stopped reading before we hear of it`,
      isAdvice: true,
    };
  },
  ...OUTSIDE_CHECKS,
};

/**
 * Runs every check, one line each, and says what to mend. Starts and stops what the server would start (embedded
 * database, demo exchange).
 *
 * @returns false if the server would not run as configured
 */
export async function diagnose(
  config: Config,
  logger: Logger,
  print: (line: string) => void,
): Promise<boolean> {
  let isHealthy = true;
  for (const [name, check] of Object.entries(CHECKS)) {
    const stopper = new Stopper(logger);
    const { fact, mend, isAdvice } = await attempt(check, config, logger, stopper);
    await stopper.stop();
    const mark = mend === undefined ? 'ok  ' : isAdvice === true ? 'note' : 'BAD ';
    print(`${mark}  ${name.padEnd(10)} ${fact}${mend === undefined ? '' : `\n                 → ${mend}`}`);
    if (mend !== undefined && isAdvice !== true) isHealthy = false;
  }
  print(
    isHealthy ? 'The server will run.' : 'The server will not run as configured; see the lines marked BAD.',
  );
  return isHealthy;
}

async function attempt(check: Check, config: Config, logger: Logger, stopper: Stopper): Promise<Finding> {
  try {
    return await check(config, logger, stopper);
  } catch (error) {
    // An operator's error says what to do itself.
    const isOurs = !(error instanceof OperatorError);
    return { fact: 'failed', mend: isOurs ? `${messageOf(error)} (unexpected)` : messageOf(error) };
  }
}

function listenOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenError(host, port, error.code ?? error.message)),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
