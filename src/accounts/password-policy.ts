import { RequestError } from '../errors.js';

const MIN_LENGTH = 10;
const MAX_LENGTH = 128;
/** `aaaaaaaaaa` and `1212121212` are long and nothing else. */
const MIN_DIFFERENT = 5;

/** The most common passwords that are long enough; the same with other digits behind is no better. */
const COMMON = new Set(
  `password passwords passw0rd p@ssword p@ssw0rd motdepasse passwort contraseña qwertyuiop qwertyuiop[] asdfghjkl
  asdfghjkl; zxcvbnm zxcvbnm,./ qwerty qwertz azertyuiop qazwsxedc qazwsxedcrfv qweasdzxc qwerasdf 1qaz2wsx 1qaz2wsx3edc
  1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6 zaq12wsx zaq1zaq1 abcdefghij abcd1234 abc123abc123 a1b2c3d4e5
  iloveyou iloveyouforever letmein letmeinnow welcome welcomeback administrator administrador changeme changemenow
  trustno1 superman spiderman football baseball basketball liverpool manchester princess sunshine michaeljordan
  jennifer samsung computer internet starwars pokemon dragonball whatever cryptopredict cryptocurrency bitcoin
  satoshinakamoto ethereum tothemoon hodlhodl correcthorsebatterystaple mypassword thepassword testtest testpassword
  secret secretpassword defaultpassword rootroot adminadmin unknown monkey master shadow freedom`.split(
    /\s+/,
  ),
);

/**
 * Refuses a new password that is easily guessed.
 * @param field the param that it came in
 * @throws RequestError `invalid_params` that says what is allowed, never the password
 */
export function checkNewPassword(password: string, email: string, field: string): void {
  const fault = faultOf(password, email.toLowerCase());
  if (fault === null) return;
  throw new RequestError(
    'invalid_params',
    `${field}: ${fault}; allowed are ${MIN_LENGTH} to ${MAX_LENGTH} characters that are neither the e-mail address nor a common password`,
    field,
  );
}

function faultOf(password: string, email: string): string | null {
  const characters = [...password.normalize('NFKC')];
  if (characters.length < MIN_LENGTH) return 'it is too short';
  if (characters.length > MAX_LENGTH) return 'it is too long';
  if (new Set(characters).size < MIN_DIFFERENT) return 'it has too few different characters';
  const folded = characters.join('').toLowerCase();
  if (folded === email || folded === email.split('@')[0]) return 'it is the e-mail address';
  if ('01234567890123456789'.includes(folded) || '98765432109876543210'.includes(folded)) {
    return 'it is one of the most common';
  }
  // What is added in the end most often.
  if (COMMON.has(folded) || COMMON.has(folded.replace(/[\d!?.@#$*_-]+$/, '')))
    return 'it is one of the most common';
  return null;
}
