import { envOf, flagOf, OPTIONS, optionKeys } from './config.js';
import { markdownTable, withTable } from './marked-table.js';

const HEAD = ['flag', 'variable', 'default', 'allowed', 'what it is', 'commands'];

/** Gives the table of all options as Markdown: flag, variable, default, what is allowed, meaning, commands. */
export function optionsTable(): string {
  const rows = optionKeys().map((key) => {
    const spec = OPTIONS[key];
    const preset = 'default' in spec ? `\`${spec.default}\`` : '';
    return [
      `\`${flagOf(key)}\``,
      `\`${envOf(key)}\``,
      preset,
      spec.allowed,
      spec.help,
      spec.commands.join(', '),
    ];
  });
  return markdownTable(HEAD, rows);
}

/** Gives README.md with the table of all options in its place. @throws Error if the document has no place for it */
export function withOptionsTable(document: string): string {
  return withTable(document, 'options', optionsTable());
}
