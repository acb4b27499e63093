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

/** How the mails stand. */
export interface MailStats {
  readonly sent: number;
  /** Given up after all tries. */
  readonly failed: number;
  readonly queued: number;
}

/** Looks at the mails. @param status null: no mail is sent */
export function mailProbe(status: () => MailStats): Probe {
  let failedBefore = 0;
  let failing = false;
  let sentBefore = 0;
  return {
    name: 'mail',
    weight: 0.2,
    read() {
      const { sent, failed, queued } = status();
      if (failed > failedBefore) failing = true;
      else if (sent > sentBefore) failing = false;
      failedBefore = failed;
      sentBefore = sent;
      return reading({ sent, failed, queued }, [
        faultIf(failing, DEGRADED, 'the last mail could not be delivered'),
      ]);
    },
  };
}
