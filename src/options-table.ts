import { envOf, flagOf, OPTIONS, optionKeys } from './config.js';

/** Where the table stands in README.md. */
const PLACE = /(<!-- options:[^>]*-->\n)[\s\S]*?(<!-- \/options -->)/;

/** Gives the table of all options as Markdown: flag, variable, default, what is allowed, commands, meaning. */
export function optionsTable(): string {
  const rows = optionKeys().map((key) => {
    const spec = OPTIONS[key];
    const preset = 'default' in spec ? `\`${spec.default}\`` : '';
    const cells = [
      `\`${flagOf(key)}\``,
      `\`${envOf(key)}\``,
      preset,
      spec.allowed,
      spec.help,
      spec.commands.join(', '),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = '| flag | variable | default | allowed | what it is | commands |\n|---|---|---|---|---|---|';
  return [head, ...rows].join('\n');
}

/** Gives a document with the table of all options in its place. @throws Error if the document has no place for it */
export function withOptionsTable(document: string): string {
  if (!PLACE.test(document)) throw new Error('the document has no <!-- options: … --> and <!-- /options -->');
  return document.replace(
    PLACE,
    (_all, begin: string, end: string) => `${begin}\n${optionsTable()}\n\n${end}`,
  );
}
