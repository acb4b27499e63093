import { createTransport } from 'nodemailer';
import type { Logger } from '../logger.js';
import type { MailSender } from './mail-queue.js';

/** A mail server that takes longer than that is away, ms. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

/** Delivers to a mail server. @param url `smtp://user:password@host:port`, `smtps://` for TLS from the first byte */
export function smtpSender(url: string, from: string): MailSender {
  const transport = createSmtp(url);
  return {
    name: 'smtp',
    async send({ to, subject, text }) {
      await transport.sendMail({ from, to, subject, text });
    },
    close: () => transport.close(),
  };
}

/** Asks a mail server whether it takes us, without a mail. @throws what it says, or why it does not answer */
export async function verifySmtp(url: string): Promise<void> {
  const transport = createSmtp(url);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

function createSmtp(url: string) {
  return createTransport({
    url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A mail of ours has neither.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/**
 * For development: writes mails to the log.
 * @param isOpen whether others can reach the server: then tokens, by which accounts are taken over, stay out of the log
 */
export function logSender(logger: Logger, isOpen: boolean): MailSender {
  return {
    name: 'log',
    async send({ to, subject, text }) {
      if (isOpen)
        logger.warn({ to, subject }, 'no mail server is configured (--smtp-url): a mail was not sent');
      else logger.info({ to, subject }, `a mail, here only since no mail server is configured:\n${text}`);
    },
    close: () => undefined,
  };
}
