import type { Mail } from './mail-queue.js';

/** What a token is for, as it stands in a link. */
type Action = 'verify' | 'reset';

const HOW: Readonly<Record<Action, { readonly method: string; readonly address: string }>> = {
  verify: { method: 'auth.verifyEmail', address: 'POST /api/v1/auth/verify-email' },
  reset: { method: 'auth.resetPassword', address: 'POST /api/v1/auth/reset-password' },
};

/** Makes the mails; `accountUrl` is the page that takes tokens, null: there is none. Hours say how long a token holds. */
export class Mails {
  readonly #accountUrl: string | null;

  constructor(accountUrl: string | null) {
    this.#accountUrl = accountUrl;
  }

  verification(to: string, token: string, hours: number): Mail {
    return {
      to,
      subject: 'Confirm your e-mail address',
      text: this.#text(
        'Somebody has registered at CryptoPredict with this e-mail address. If it was you, confirm it:',
        'verify',
        token,
        hours,
        'If it was not you, do nothing.',
      ),
    };
  }

  reset(to: string, token: string, hours: number): Mail {
    return {
      to,
      subject: 'Set a new password',
      text: this.#text(
        'Somebody has asked for a new password of your account at CryptoPredict. If it was you, set it:',
        'reset',
        token,
        hours,
        'If it was not you, do nothing: your password stays as it is.',
      ),
    };
  }

  /** To who has an account already, when the address is registered again. */
  taken(to: string): Mail {
    return {
      to,
      subject: 'You have an account already',
      text: `Somebody has tried to register at CryptoPredict with this e-mail address, which has an account already.
If it was you: log in, or ask for a new password (auth.requestPasswordReset).
If it was not you, do nothing.
`,
    };
  }

  #text(why: string, action: Action, token: string, hours: number, ending: string): string {
    const { method, address } = HOW[action];
    const link = this.#accountUrl === null ? [] : [linkTo(this.#accountUrl, action, token), ''];
    return [
      why,
      '',
      ...link,
      `Your code is ${token}`,
      `for ${method} (${address}). It holds for ${hours} h and works once.`,
      '',
      ending,
      '',
    ].join('\n');
  }
}

/** Gives the address of a page that takes a token: in the part that browsers send to no server. */
export function linkTo(accountUrl: string, action: Action, token: string): string {
  const url = new URL(accountUrl);
  url.hash = new URLSearchParams({ action, token }).toString();
  return url.toString();
}
