import type { MailStatus } from '../../accounts/mail-queue.js';
import type { SourceStats } from '../../feeds/sources/source.js';
import { DAY_MS } from '../../timeframe.js';
import { DEGRADED, DOWN, faultIf, type Probe, reading } from './reading.js';

/** Looks at one source of figures from outside; one that is off is no part. */
export function sourceProbe(name: string, stats: () => SourceStats | undefined): Probe {
  return {
    name: `source:${name}`,
    weight: 0.2,
    read(now) {
      const found = stats();
      if (found === undefined) return reading({}, []);
      const { provider, fault, calls, failures, lastSuccessAt, lastFaultAt, nextTryAt } = found;
      const age = lastSuccessAt === null ? null : Math.max(0, now - lastSuccessAt);
      const isGone = age === null ? failures >= 3 : age > DAY_MS;
      return reading(
        {
          provider,
          age_seconds: age === null ? null : Math.round(age / 1_000),
          calls,
          failures,
          last_failure_at: lastFaultAt,
          next_try_at: nextTryAt,
        },
        [faultIf(fault !== null, isGone ? DOWN : DEGRADED, fault ?? '')],
      );
    },
  };
}

/** Looks at the mails. */
export function mailProbe(status: () => MailStatus): Probe {
  return {
    name: 'mail',
    weight: 0.2,
    read() {
      const { sender, sent, failed, queued, lastError } = status();
      return reading({ sender, sent, failed, queued }, [
        faultIf(lastError !== null, DEGRADED, `the last mail was not delivered: ${lastError}`),
      ]);
    },
  };
}
