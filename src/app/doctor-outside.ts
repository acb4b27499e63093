import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifySmtp } from '../accounts/mail-senders.js';
import { messageOf, OperatorError } from '../errors.js';
import type { SourceStats } from '../feeds/sources/source.js';
import { DAY_MS } from '../timeframe.js';
import { loadTls } from '../ws/tls-files.js';
import type { Check } from './doctor-check.js';
import { connectFeeds } from './feeds.js';
import { startSources } from './sources.js';

/** How long the sources have for their first answer, ms. */
const SOURCES_MS = 15_000;
const LOOK_MS = 100;
/** A certificate that ends sooner is to be renewed, ms. */
const SOON_MS = 21 * DAY_MS;

/** Looks at what the server asks of others, and at how it shows itself to them. */
export const OUTSIDE_CHECKS: Readonly<Record<'sources' | 'tls' | 'mail', Check>> = {
  sources: async (config, logger, stopper) => {
    // What is wrong with the exchanges their own check has told.
    const connected = await connectFeeds(config, logger, stopper).catch((error: unknown) => {
      if (error instanceof OperatorError) return null;
      throw error;
    });
    if (connected === null) return { fact: 'not asked: the exchanges come first' };
    const { feeds, demoUrl } = connected;
    const isSimulated = feeds.some((feed) => feed.simulated);
    const sources = await startSources(
      config,
      {
        ...{ logger, isSimulated, demoUrl, now: Date.now, bases: () => [] },
        sink: () => undefined,
        // What is asked here is no use of the server.
        writer: { addLane: () => () => undefined },
      },
      stopper,
    );
    const on = (): readonly SourceStats[] => sources.stats.filter(({ isOn }) => isOn);
    const end = performance.now() + SOURCES_MS;
    const isOpen = ({ lastSuccessAt, fault }: SourceStats): boolean =>
      lastSuccessAt === null && fault === null;
    while (on().some(isOpen) && performance.now() < end) await sleep(LOOK_MS);
    const off = sources.stats.filter(({ isOn }) => !isOn).map(({ source }) => source);
    const told = on().map((stats) => `${stats.source}: ${stateOf(stats)}`);
    const fact = [...told, ...(off.length === 0 ? [] : [`off: ${off.join(', ')}`])].join('; ');
    if (on().every(({ lastSuccessAt, fault }) => lastSuccessAt !== null && fault === null)) return { fact };
    const mend = 'analyses do without them and name what they lack; see --sources and --source-url';
    return { fact, mend, isAdvice: true };
  },
  tls: ({ tlsCert, tlsKey }) => {
    if (tlsCert === undefined || tlsKey === undefined) {
      return { fact: 'not configured: put a proxy that speaks TLS in front of it on the open internet' };
    }
    const { validTo } = new X509Certificate(loadTls(tlsCert, tlsKey).cert);
    const fact = `certificate and key fit, until ${validTo}`;
    return Date.parse(validTo) - Date.now() > SOON_MS
      ? { fact }
      : { fact, mend: 'renew the certificate and start anew', isAdvice: true };
  },
  mail: async ({ smtpUrl }) => {
    if (smtpUrl === undefined) return { fact: 'not configured: nobody can reset a password by mail' };
    try {
      await verifySmtp(smtpUrl);
      return { fact: 'the mail server takes us' };
    } catch (error) {
      const mend = `mend --smtp-url: ${messageOf(error)}; the server runs, and its mails wait and are then given up`;
      return { fact: 'the mail server does not take us', mend, isAdvice: true };
    }
  },
};

function stateOf({ lastSuccessAt, fault }: SourceStats): string {
  if (fault !== null) return fault;
  return lastSuccessAt === null ? `no answer in ${SOURCES_MS / 1_000} s` : 'answers';
}
