import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import { EXTERNAL_FIGURES, type ExternalName, type ExternalSource } from '../../external-events.js';
import { MINUTE_MS } from '../../timeframe.js';
import { type Found, isoTime, numeric, parseAnswer, tellFigures } from './figures.js';
import { PolledSource } from './polled-source.js';
import { BadAnswer, type Source, type SourceContext } from './source.js';
import { mixed, WebClient } from './web-client.js';

const MAX_BYTES = 2 ** 20;
const FILE_EVERY_MS = MINUTE_MS / 2;
const HTTP_EVERY_MS = 10 * MINUTE_MS;

/**
 * The format of our own for figures that no free service gives:
 * `{"provider": "my-node", "simulated": false, "figures": {"active_addresses_btc": {"value": 812345, "as_of":
 * "2025-01-31T00:00:00Z"}}}`. Names and units are those of `EXTERNAL_FIGURES`; what is left out is not known.
 */
const report = z.strictObject({
  provider: z.string().min(1).max(64),
  simulated: z.boolean().default(false),
  figures: z.record(z.string(), z.strictObject({ value: numeric, as_of: isoTime })),
});

export interface ReportOptions {
  readonly context: SourceContext;
  readonly source: ExternalSource;
  /** A path, or an address that begins with http. */
  readonly place: string;
  /** As in `external_api_logs`, for an address. */
  readonly provider: string;
}

/** Figures that somebody else puts into a file, read when it changes, or serves at an address, asked every 10 minutes. */
export function createReportedFigures({ context, source, place, provider }: ReportOptions): Source {
  const stopping = new AbortController();
  const isAddress = /^https?:\/\//.test(place);
  let reads = 0;
  const tell = (text: unknown): void => {
    const { provider: said, simulated, figures } = parseAnswer(report, text);
    if (simulated !== context.isSimulated) throw new BadAnswer(mixed(simulated));
    const found = Object.entries(figures).map(([name, { value, as_of }]): Found => {
      if (!isFigureOf(source, name))
        throw new BadAnswer(`has a figure "${name}" that ${source} does not have`);
      return { name, value, asOf: as_of };
    });
    tellFigures(context, said, found);
  };
  const { origin, path, headers } = isAddress ? splitAddress(place) : { origin: '', path: '', headers: {} };
  const client = new WebClient({
    ...{ context, provider, headers },
    baseUrl: origin,
    gapMs: 0,
    maxBytes: MAX_BYTES,
    signal: stopping.signal,
  });
  const file = new ChangedFile(place);
  const askFile = async (): Promise<void> => {
    reads++;
    const text = await file.read();
    if (text === null) return;
    tell(parseJson(text));
    file.accept();
  };
  return new PolledSource({
    ...{ context, source, provider, stopping },
    tasks: [
      isAddress
        ? { name: 'figures', everyMs: HTTP_EVERY_MS, ask: async () => tell(await client.json(path)) }
        : { name: 'figures', everyMs: FILE_EVERY_MS, ask: askFile },
    ],
    calls: () => (isAddress ? client.calls : reads),
  });
}

function isFigureOf(source: ExternalSource, name: string): name is ExternalName {
  return Object.hasOwn(EXTERNAL_FIGURES, name) && EXTERNAL_FIGURES[name as ExternalName].source === source;
}

/** Name and password of an address go into a header, as `fetch` wants it. */
function splitAddress(address: string): {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { origin, pathname, search, username, password } = new URL(address);
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { origin, path: `${pathname}${search}`, headers: login === ':' ? {} : headers };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadAnswer(`is no JSON: ${messageOf(error)}`);
  }
}

/** A file of which only a new content is of interest. */
class ChangedFile {
  readonly #path: string;
  #accepted = '';
  #seen = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Gives the content; null if it is the one that was accepted. @throws Error if there is no such file */
  async read(): Promise<string | null> {
    // Looked at first: to open a pipe would wait for who writes into it.
    const found = await stat(this.#path);
    if (!found.isFile()) throw new BadAnswer('is no file');
    if (found.size > MAX_BYTES) throw new BadAnswer(`has more than ${MAX_BYTES} bytes`);
    this.#seen = `${found.size} ${found.mtimeMs} ${found.ino}`;
    return this.#seen === this.#accepted ? null : await readFile(this.#path, 'utf8');
  }

  accept(): void {
    this.#accepted = this.#seen;
  }
}
