import { createLogger, type Logger, type LogLevel } from '../../src/logger.js';

/** A line of the log, with whatever fields it has. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Makes a logger that keeps what it is told. */
export function recordingLogger(level: LogLevel = 'info'): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const destination = { write: (text: string) => lines.push(JSON.parse(text) as LogLine) > 0 };
  return { logger: createLogger({ level, format: 'json', destination }), lines };
}
