import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { MAIN, ServerProcess } from '../../test/support/server-process.js';
import { until } from '../../test/support/until.js';

/** Memory of the server, bytes. */
export interface ServerMemory {
  /** What its objects take, in V8's heap and beside it. */
  readonly used: number;
  /** What the system has given it. */
  readonly rss: number;
}

const LEVEL_ERROR = 50;
/** Some of what one collection frees lets the next free more. */
const COLLECTIONS = 3;

/** A real server with the demo exchange, as a process of its own; looked into through Node's inspector. */
export class InspectedServer {
  #inspector: WebSocket | null = null;
  #nextId = 1;

  private constructor(
    readonly process: ServerProcess,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /**
   * Starts it, and waits until every symbol is live.
   * @param databaseUrl an empty or migrated database; left out: it starts one of its own
   * @throws Error with its log if it does not start
   */
  static async start(transport: 'uws' | 'ws', databaseUrl?: string): Promise<InspectedServer> {
    const folder = await mkdtemp(join(tmpdir(), 'cryptopredict-fuzz-'));
    const served = ServerProcess.spawn(
      [
        ...['serve', '--port', '0', '--data-dir', join(folder, 'data'), '--transport', transport],
        ...['--symbols', 'BTC/USDT,ETH/USDT', '--history-depth', '300', '--log-format', 'json'],
        // The attackers come from many addresses, as a proxy would tell.
        ...['--trusted-proxies', '127.0.0.1'],
      ],
      databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl },
      { command: [process.execPath, '--inspect=127.0.0.1:0', MAIN] },
    );
    const url = await served.ready(120_000);
    const server = new InspectedServer(served, folder, Number(new URL(url).port));
    await server.#attach();
    return server;
  }

  /** What it logged as an error: there has to be none. */
  errors(): readonly string[] {
    return this.process.stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && (JSON.parse(line) as { level: number }).level >= LEVEL_ERROR);
  }

  /** Makes an account; gives its token, null if this server has none. */
  async register(): Promise<string | null> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'fuzz@example.org', password: 'correct horse battery staple 7' }),
    });
    const { access_token = null } = (await answer.json()) as { access_token?: string };
    return access_token;
  }

  /** Begins to measure anew how long its event loop is held up. */
  async watchLoop(): Promise<void> {
    await this.#evaluate(
      'globalThis.loopDelay ??= require("perf_hooks").monitorEventLoopDelay({ resolution: 5 }); loopDelay.enable(); loopDelay.reset()',
    );
  }

  /** Tells how long its event loop was held up since then, ms: the 99th percentile and the worst. */
  async loopDelay(): Promise<{ readonly p99: number; readonly worst: number }> {
    return this.#evaluate('({ p99: loopDelay.percentile(99) / 1e6, worst: loopDelay.max / 1e6 })');
  }

  /** Collects garbage, and tells what is left. */
  async memory(): Promise<ServerMemory> {
    for (let n = 0; n < COLLECTIONS; n++) await this.#ask('HeapProfiler.collectGarbage');
    return this.#evaluate(
      '(({heapUsed,external,rss}) => ({used:heapUsed+external,rss}))(process.memoryUsage())',
    );
  }

  /** Reads one number of `/metrics`. @throws Error if there is none of that name */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/metrics`);
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.text())?.[1];
    if (value === undefined) throw new Error(`no metric ${name}`);
    return Number(value);
  }

  /** Ends it, and its folder; gives the exit code. */
  async stop(): Promise<number | null> {
    this.#inspector?.terminate();
    const code = await this.process.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }

  async #attach(): Promise<void> {
    const pattern = /Debugger listening on (ws:\S+)/;
    await until('the inspector listens', () => pattern.test(this.process.stderr));
    const inspector = new WebSocket(pattern.exec(this.process.stderr)?.[1] ?? '');
    await once(inspector, 'open');
    this.#inspector = inspector;
  }

  async #evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#ask<{ result: { value: T } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
      includeCommandLineAPI: true,
    });
    return result.value;
  }

  #ask<T>(method: string, params = {}): Promise<T> {
    const inspector = this.#inspector;
    if (inspector === null) throw new Error('the inspector is not attached');
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const listen = (data: Buffer): void => {
        const message = JSON.parse(data.toString()) as { id?: number; result?: T; error?: unknown };
        if (message.id !== id) return;
        inspector.off('message', listen);
        if (message.result === undefined) reject(new Error(JSON.stringify(message.error)));
        else resolve(message.result);
      };
      inspector.on('message', listen);
      inspector.send(JSON.stringify({ id, method, params }));
    });
  }
}
