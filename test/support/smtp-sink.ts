import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A mail server that keeps what it is given. */
export interface SmtpSink {
  readonly url: string;
  /** Who is to get a mail, and the mail with its head. */
  readonly mails: readonly { readonly to: readonly string[]; readonly data: string }[];
  /** What the next recipients are answered, instead of `250 OK`. */
  readonly answers: string[];
}

/** Starts such a server on a real socket, until the end of the test. */
export async function startSmtpSink(t: Test): Promise<SmtpSink> {
  const mails: { to: readonly string[]; data: string }[] = [];
  const answers: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    let to: string[] = [];
    let data: string[] | null = null;
    let rest = '';
    const say = (line: string): boolean => socket.write(`${line}\r\n`);
    const hear = (line: string): void => {
      if (data !== null) {
        if (line !== '.') data.push(line);
        else {
          mails.push({ to, data: data.join('\n') });
          data = null;
          say('250 OK');
        }
        return;
      }
      const verb = line.split(/[ :]/)[0]?.toUpperCase();
      if (verb === 'MAIL') to = [];
      if (verb === 'RCPT') {
        const answer = answers.shift() ?? '250 OK';
        if (answer.startsWith('250')) to.push(/<(.*)>/.exec(line)?.[1] ?? '');
        say(answer);
      } else if (verb === 'DATA') {
        data = [];
        say('354 go on');
      } else if (verb === 'QUIT') socket.end('221 bye\r\n');
      else say('250 OK');
    };
    socket.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
    });
    say('220 sink');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, mails, answers };
}
