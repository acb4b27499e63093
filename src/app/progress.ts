import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from '../logger.js';

/** Shows how far a long piece of work is. */
export interface Progress {
  /** @param note what is being worked on now */
  step(note: string): void;
  done(): void;
}

/** Makes a progress bar on a terminal; elsewhere a log line at every tenth of the way. */
export function createProgress(title: string, total: number, logger: Logger): Progress {
  if (process.stderr.isTTY === true) {
    const bar = new SingleBar(
      {
        format: `${title} [{bar}] {value}/{total} {note}`,
        hideCursor: true,
        stream: process.stderr,
        clearOnComplete: true,
      },
      Presets.shades_classic,
    );
    bar.start(total, 0, { note: '' });
    return { step: (note) => bar.increment(1, { note }), done: () => bar.stop() };
  }
  let count = 0;
  let tenth = 0;
  return {
    step(note) {
      // What is tried again steps again.
      count = Math.min(count + 1, total);
      const reached = Math.floor((count * 10) / total);
      if (reached > tenth) logger.info({ done: count, total, note }, title);
      tenth = reached;
    },
    done() {
      if (count < total) logger.warn({ done: count, total }, `${title}: stopped early`);
    },
  };
}

/** Shows how far the reading of files is. */
export interface ReadingProgress {
  /** @param bytes read so far, of all files; @param rows taken so far; @param note what is being taken now */
  update(bytes: number, rows: number, note: string): void;
  done(): void;
}

/** Time between two log lines, where there is no terminal. */
const LOG_EVERY_MS = 5_000;

/**
 * Makes a progress bar on a terminal; elsewhere a log line every 5 s. Both tell the rate and, where the size is known,
 * the time that is left.
 *
 * @param totalBytes size of all files; null where it is not known
 * @param now our clock, ms; default: monotonic
 */
export function createReadingProgress(
  title: string,
  totalBytes: number | null,
  logger: Logger,
  now: () => number = () => performance.now(),
): ReadingProgress {
  const started = now();
  const rate = (rows: number): number => Math.round(rows / Math.max((now() - started) / 1_000, 0.001));
  if (process.stderr.isTTY === true) {
    const known = totalBytes === null ? '' : '[{bar}] {percentage}% {left} ';
    const bar = new SingleBar(
      {
        format: `${title} ${known}{rows} rows {rate}/s {note}`,
        hideCursor: true,
        stream: process.stderr,
        clearOnComplete: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    bar.start(totalBytes ?? 1, 0, { rows: 0, rate: 0, left: '', note: '' });
    return {
      update(bytes, rows, note) {
        const seconds = secondsLeft(bytes, totalBytes, now() - started);
        const left = seconds === null ? '' : `${seconds} s left`;
        bar.update(totalBytes === null ? 0 : bytes, { rows, rate: rate(rows), left, note });
      },
      done: () => bar.stop(),
    };
  }
  let logged = started;
  return {
    update(bytes, rows, note) {
      if (now() - logged < LOG_EVERY_MS) return;
      logged = now();
      const share = totalBytes === null ? {} : { percent: Math.floor((bytes * 100) / totalBytes) };
      const seconds = secondsLeft(bytes, totalBytes, now() - started);
      const left = seconds === null ? {} : { secondsLeft: seconds };
      logger.info({ ...share, rows, rowsPerSecond: rate(rows), ...left, note }, title);
    },
    done() {
      // Whoever reads says itself what came of it.
    },
  };
}

/** Gives the time that the rest takes if it goes on as before; null while nothing can be said. */
function secondsLeft(bytes: number, totalBytes: number | null, elapsedMs: number): number | null {
  if (totalBytes === null || bytes <= 0) return null;
  return Math.ceil(((totalBytes - bytes) * elapsedMs) / bytes / 1_000);
}
