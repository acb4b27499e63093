import { messageOf } from '../../errors.js';
import { HELP, readArguments } from './arguments.js';
import { startDemoExchange } from './exchange.js';

async function run(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const exchange = await startDemoExchange(options);
  const stop = (): void => {
    exchange.close().catch((error: unknown) => fail(error));
    // Nothing is to be kept: an end that waits for a stuck socket would only hold up whoever started us.
    setTimeout(() => process.exit(0), 500).unref();
    if (process.connected) process.disconnect();
  };
  process.once('SIGTERM', stop);
  if (process.send === undefined) {
    process.once('SIGINT', stop);
    process.stdout.write(`${exchange.url}\n`);
    return;
  }
  // The terminal sends Ctrl-C to us too; the server that started us decides when we end.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', stop);
  // The server may have died before we listened.
  if (process.connected) process.send({ type: 'ready', url: exchange.url });
  else stop();
}

function fail(error: unknown): void {
  const text = messageOf(error);
  process.stderr.write(`demo exchange: ${text}\n`);
  if (process.send !== undefined) process.send({ type: 'failed', message: text });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

run().catch(fail);
