// Writes pages of every type and function of the client into docs/client/, of their comments.
//   npm run docs
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const app = await Application.bootstrapWithPlugins({
  tsconfig: join(root, 'tsconfig.json'),
  entryPoints: [join(root, 'src/client/index.ts')],
  plugin: ['typedoc-plugin-markdown'],
  name: 'cryptopredict/client',
  readme: 'none',
  excludePrivate: true,
  excludeExternals: true,
  // Whatever changes without the client having changed would be noise.
  disableSources: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  skipErrorChecking: true,
  // Parts of the server's schema are named, and described in docs/protocol.
  validation: { notExported: false },
  outputs: [{ name: 'markdown', path: join(root, process.argv[2] ?? 'docs/client') }],
  logLevel: 'Warn',
});
const project = await app.convert();
if (project === undefined) throw new Error('the client cannot be described');
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
