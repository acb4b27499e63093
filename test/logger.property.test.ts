import fc from 'fast-check';
import t from 'tap';
import { createLogger, redactText, redactUrl } from '../src/logger.js';

/** Long and odd enough never to be part of anything else by chance. */
const password = fc
  .tuple(
    fc.stringMatching(/^[a-zA-Z0-9]{4,8}$/),
    fc.constantFrom('', '@', '%40', ':', '"', '\\', '$&', '!', '*'),
  )
  .map(([text, odd]) => `Zq7${text}${odd}${text}7qZ`);
const scheme = fc.constantFrom('postgres', 'postgresql', 'redis', 'rediss', 'http', 'https', 'ws', 'wss');
const user = fc.constantFrom('', 'me', 'app_1');
const path = fc.constantFrom('', '/', '/db', '/a/b?x=1');

t.test('a shown URL is the same but for its password', async () => {
  fc.assert(
    fc.property(scheme, user, password, path, (scheme, user, password, path) => {
      const url = `${scheme}://${user}:${encodeURIComponent(password)}@host.example:1234${path}`;
      const shown = redactUrl(url);
      const expected = new URL(url);
      expected.password = '***';
      return (
        shown === expected.toString() && !shown.includes('Zq7') && new URL(shown).host === 'host.example:1234'
      );
    }),
  );
});

t.test(
  'a password with any sign in it is hidden in a text and in a JSON line that is read by others',
  async () => {
    fc.assert(
      fc.property(scheme, user, password, path, (scheme, user, password, path) => {
        const url = `${scheme}://${user}:${password}@host.example:1234${path}`;
        const lines: string[] = [];
        const logger = createLogger({
          level: 'info',
          format: 'json',
          destination: { write: (line) => void lines.push(line) },
        });
        logger.info({ deep: { er: { and: { deeper: { password } } } } }, url);
        const line = lines.join('');
        const entry = JSON.parse(line) as { msg: string };
        const isShown = (text: string): boolean => text.includes('Zq7') || text.includes('7qZ');
        return (
          !isShown(line) &&
          entry.msg.endsWith(`@host.example:1234${path}`) &&
          (password.includes('"') || !isShown(redactText(url)))
        );
      }),
    );
  },
);
