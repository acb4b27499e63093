import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['auto', 'pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Paths that never reach a log, wherever an object with them is logged. */
const SECRETS = [
  'password',
  'token',
  'secret',
  'apiKey',
  'authorization',
  'cookie',
  'databaseUrl',
  'redisUrl',
];

/** A URL's password: up to the last `@` before a slash, since a password may hold one; JSON escapes quotes. */
const URL_PASSWORD = /(:\/\/[^\s/:@"]*):(?:[^\s/"\\]|\\.)*@/g;
const QUERY_SECRET = /([?&][^=&\s"]*(?:pass|pwd|token|secret|key|sign)[^=&\s"]*=)[^&\s"]*/gi;
/** A text under a secret's name in a JSON line, at any depth: `redact` looks at the first three only. */
const NAMED_SECRET =
  /("[\w-]*(?:password|passwd|token|secret|api_?-?key|authorization|cookie)[\w-]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Gives a text with the passwords and tokens of all URLs in it replaced, e.g. the message of an error. */
export function redactText(text: string): string {
  return text.replace(URL_PASSWORD, '$1:***@').replace(QUERY_SECRET, '$1***');
}

/** Gives a URL with its password replaced, fit to be logged; text that is no URL comes back as `<not a URL>`. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '<not a URL>';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  for (const key of [...parsed.searchParams.keys()]) {
    if (/pass|pwd|token|secret|key|sign/i.test(key)) parsed.searchParams.set(key, '***');
  }
  return parsed.toString();
}

/**
 * Makes the root logger; components take a `child({component})` of it.
 * `auto` is pretty on a terminal and JSON elsewhere. Logs go to stderr, so that stdout stays for output.
 */
export function createLogger(options: {
  level: LogLevel;
  format: LogFormat;
  destination?: DestinationStream;
}): Logger {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' };
  // Messages and stacks of others' errors may quote a URL, or hold a secret deeper than paths can name.
  const hooks = { streamWrite: (line: string) => redactText(line).replace(NAMED_SECRET, '$1"***"') };
  // Pino shows what an error holds only under `err`.
  const serializers = { error: stdSerializers.err };
  const base = {
    level: options.level,
    redact,
    hooks,
    serializers,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
  };
  if (options.destination !== undefined) return pino(base, options.destination);
  const pretty = options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY === true);
  if (!pretty) return pino(base, pino.destination({ fd: 2, sync: true }));
  return pino({
    ...base,
    transport: {
      target: 'pino-pretty',
      options: { destination: 2, ignore: 'component', messageFormat: '{component} {msg}' },
    },
  });
}
