import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ControlCommand } from '../src/feeds/demo/control.js';
import type { ControlReply } from '../src/feeds/demo/exchange.js';

/** The demo exchange in a process of its own, so that its work is not taken for ours. */
export interface ExchangeProcess {
  readonly url: string;
  control(command: ControlCommand): Promise<ControlReply>;
  stop(): Promise<void>;
}

/** Starts it with the arguments of `src/feeds/demo/main.ts`, on a free port. */
export async function startExchange(args: readonly string[]): Promise<ExchangeProcess> {
  const entry = fileURLToPath(new URL('../src/feeds/demo/main.js', import.meta.url));
  const child = fork(entry, ['--port', '0', ...args], { execArgv: [] });
  const exit = once(child, 'exit');
  const [ready] = (await once(child, 'message')) as [{ url?: string; message?: string }];
  const { url } = ready;
  if (url === undefined) throw new Error(`the demo exchange did not start: ${ready.message}`);
  return {
    url,
    async control(command) {
      const response = await fetch(`${url}/control`, { method: 'POST', body: JSON.stringify(command) });
      if (!response.ok)
        throw new Error(`the demo exchange refused ${command.action}: ${await response.text()}`);
      return (await response.json()) as ControlReply;
    },
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
