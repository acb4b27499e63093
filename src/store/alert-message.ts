import type { FiredAlert } from './alert-records.js';

/** What a message says besides of how the alert fired. */
export interface MessageSubject {
  readonly symbol: string;
  /** Decimal text as the user set it. */
  readonly triggerValue: string;
  /** The user's own words, or null. */
  readonly message: string | null;
}

export interface AlertMessage {
  readonly title: string;
  readonly message: string;
}

/** What `notifications` takes. */
const MAX_TITLE = 200;
const MAX_MESSAGE = 5_000;

/** Says in words how an alert fired. Every number has all of its digits, unless they are hundreds. */
export function alertMessage(fired: FiredAlert, subject: MessageSubject): AlertMessage {
  const terms = termsOf(fired, subject.triggerValue);
  const time = new Date(fired.time).toISOString();
  const told = `${whatHappened(fired, subject.symbol)}. Your alert: ${terms}. ${time}`;
  return {
    title: shortened(`${subject.symbol} ${terms}`, MAX_TITLE),
    message: shortened(subject.message === null ? told : `${subject.message}\n${told}`, MAX_MESSAGE),
  };
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function termsOf({ alertType, condition, threshold }: FiredAlert, triggerValue: string): string {
  const amount = `${plain(triggerValue)}${condition === 'percentage_change' ? ' %' : ''}`;
  switch (alertType) {
    case 'price_target':
      if (condition === 'percentage_change') return `price changed by ${amount}, to ${decimal(threshold)}`;
      return `price ${condition} ${amount}`;
    case 'volume_spike':
      if (condition === 'percentage_change') return `volume ${amount} beyond its mean`;
      return `volume ${condition} ${amount} times its mean`;
    case 'signal_generated':
      return `signal with a confidence ${condition} ${amount}`;
  }
}

function whatHappened({ alertType, timeframe, previous, value }: FiredAlert, symbol: string): string {
  switch (alertType) {
    case 'price_target':
      if (previous === null) return `${symbol} is at ${decimal(value)}`;
      return `${symbol} ${value > previous ? 'rose' : 'fell'} from ${decimal(previous)} to ${decimal(value)}`;
    case 'volume_spike':
      return `The ${timeframe ?? ''} volume of ${symbol} is ${decimal(value)} times its mean of 20 candles`;
    case 'signal_generated':
      return `A signal of ${symbol} has a confidence of ${decimal(value)}`;
  }
}

/** Takes the zeros off that stand behind the last digit after the point. */
function plain(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Gives the shortest decimal text that stands for exactly this number, without an exponent. */
function decimal(value: number): string {
  const [, sign = '', first = '', rest = '', exponent] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${first}${rest}`;
  return `${sign}${first}${rest}${'0'.repeat(Math.max(0, shift - rest.length))}`;
}
