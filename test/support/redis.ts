import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { messageOf } from '../../src/errors.js';
import { until } from './until.js';

/** Why a test that needs Redis cannot run here; the reason of its skip. */
export const NO_REDIS = 'no REDIS_URL, and neither redis-server nor valkey-server is on the PATH';

/** Gives the name of a Redis server program on the PATH, or null. */
export function redisProgram(): string | null {
  for (const program of ['redis-server', 'valkey-server']) {
    if (spawnSync(program, ['--version']).status === 0) return program;
  }
  return null;
}

/** A Redis server of our own, that may be killed and started again on the same port; keeps nothing on disk. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @throws Error if the program does not answer within 10 s */
  static async start(program: string): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'cryptopredict-redis-'));
    const server = new RedisServer(program, folder, await freePort());
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server (again); resolves when it answers. */
  async up(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.folder];
    const child = spawn(this.program, [...args, '--appendonly', 'no'], { stdio: 'ignore' });
    this.#child = child;
    // A test that dies on the way leaves no server behind.
    const end = (): boolean => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await until('Redis answers', () => answers(this.url));
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Stops the process without closing its connections, as a machine that hangs would. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs one command on a connection of its own. */
export async function redisCommand(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  let lastError: unknown;
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    return await client.call(...command);
  } catch (error) {
    throw new Error(`Redis at ${url}: ${messageOf(lastError ?? error)}`);
  } finally {
    client.disconnect();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await redisCommand(url, 'PING')) === 'PONG';
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
