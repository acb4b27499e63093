import t from 'tap';
import { checkNewPassword } from '../../src/accounts/password-policy.js';

const EMAIL = 'Jane.Doe1990@example.org';

t.test('passwords that nobody guesses are taken, in any script', async (t) => {
  for (const password of [
    'correct horse battery',
    'tr0ub4dor&3',
    'пароль никто не знает',
    '🐘🦒🦓🦏🐪🐫🦙🐃🐂🐄',
    'jane.doe1990@example.orgs',
    `${'x'.repeat(124)}abcd`,
  ]) {
    t.doesNotThrow(() => checkNewPassword(password, EMAIL, 'password'), password);
  }
});

t.test('others are refused with what is allowed, and never repeated', async (t) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'it is too short': ['', 'abcdefghi', '🐘🦒🦓🦏🐪🐫🦙🐃🐂'],
    'it is too long': [`${'x'.repeat(125)}abcd`],
    'it has too few different characters': ['aaaaaaaaaa', '1212121212', 'abcdabcdabcd'],
    'it is the e-mail address': ['jane.doe1990@example.org', 'JANE.DOE1990@EXAMPLE.ORG', 'jane.doe1990'],
    'it is one of the most common': [
      ...[
        'password123',
        'Password2024!',
        'qwertyuiop',
        '1q2w3e4r5t',
        '1234567890',
        '0987654321',
        'iloveyou!!',
      ],
      ...['Administrator1', 'CryptoPredict', 'satoshinakamoto'],
    ],
  };
  for (const [why, passwords] of Object.entries(cases)) {
    for (const password of passwords) {
      t.throws(() => checkNewPassword(password, EMAIL, 'new_password'), {
        code: 'invalid_params',
        field: 'new_password',
        message: `new_password: ${why}; allowed are 10 to 128 characters that are neither the e-mail address nor a common password`,
      });
    }
  }
});
