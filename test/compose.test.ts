import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { envOf, optionKeys, readConfig } from '../src/config.js';
import { packageRoot } from '../src/package-root.js';

const at = (name: string): URL => new URL(name, packageRoot());
const read = (name: string): string => readFileSync(at(name), 'utf8');

const healthcheck = z.strictObject({
  test: z.array(z.string()).min(2),
  interval: z.string().regex(/^\d+s$/),
  timeout: z.string().regex(/^\d+s$/),
  retries: z.number().int().positive(),
});

/** The parts of a compose file that we use; a misspelt key is a fault. */
const compose = z.strictObject({
  name: z.string(),
  services: z.record(
    z.string(),
    z.strictObject({
      image: z
        .string()
        .regex(/^[a-z]+:[\w.-]+$/, 'with a version')
        .optional(),
      build: z.literal('.').optional(),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'on loopback only')).optional(),
      volumes: z.array(z.string()).optional(),
      configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
      sysctls: z.record(z.string(), z.string()).optional(),
      depends_on: z
        .record(z.string(), z.strictObject({ condition: z.literal('service_healthy') }))
        .optional(),
      healthcheck: healthcheck.optional(),
      stop_grace_period: z
        .string()
        .regex(/^\d+s$/)
        .optional(),
      restart: z.literal('unless-stopped'),
    }),
  ),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })).optional(),
  volumes: z.record(z.string(), z.null()),
});

const file = compose.parse(parse(read('docker-compose.yml')));
const dockerfile = read('Dockerfile').replace(/\\\n/g, ' ');
/** Lines of the Dockerfile that begin with this instruction, without it. */
const instructions = (name: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name}\\s+(.+)$`, 'gm'))].map(([, rest = '']) => rest.trim());

/** Puts the defaults in place of `${NAME:-default}`, as Docker does without variables. */
const substitute = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

t.test('Postgres, Redis and one server, each with its health, the server after the others', async (t) => {
  t.same(Object.keys(file.services).toSorted(), ['postgres', 'redis', 'server']);
  const { postgres, redis, server } = file.services;
  t.match(postgres?.healthcheck?.test.join(' '), 'pg_isready -U cryptopredict -d cryptopredict');
  t.match(redis?.healthcheck?.test, ['CMD', 'redis-cli', 'ping']);
  t.equal(server?.build, '.', 'whose health the Dockerfile tells');
  t.match(instructions('HEALTHCHECK').join(' '), /CMD \["node", .*\/healthz/);
  t.same(Object.keys(server?.depends_on ?? {}).toSorted(), ['postgres', 'redis']);
});

t.test("what Postgres keeps lies in a named volume, where this version's image has it", async (t) => {
  const [mount = ''] = file.services.postgres?.volumes ?? [];
  const [volume = '', folder = ''] = mount.split(':');
  t.ok(volume in file.volumes);
  t.match(file.services.postgres?.image, /^postgres:18/);
  t.equal(folder, '/var/lib/postgresql', 'images since 18 keep a folder per version below it');
});

t.test('the server takes its configuration, which leads to the services of this file', async (t) => {
  const environment = file.services.server?.environment ?? {};
  const env = Object.fromEntries(Object.entries(environment).map(([key, text]) => [key, substitute(text)]));
  const config = readConfig({}, env);
  t.match(config, { exchange: ['demo'], symbols: undefined });
  const database = new URL(config.databaseUrl ?? '');
  t.same([database.hostname, database.port], ['postgres', '5432']);
  const postgres = file.services.postgres?.environment ?? {};
  t.same(
    [database.username, database.password, database.pathname],
    [postgres.POSTGRES_USER, substitute(postgres.POSTGRES_PASSWORD ?? ''), `/${postgres.POSTGRES_DB}`],
  );
  t.equal(new URL(config.redisUrl ?? '').hostname, 'redis');
  const logins = substitute(file.configs?.database_logins?.content ?? '');
  for (const [role, url] of [
    ['cryptopredict_engine', config.databaseEngineUrl],
    ['cryptopredict_gateway', config.databaseGatewayUrl],
  ] as const) {
    const login = new URL(url ?? '');
    t.same([login.host, login.pathname, login.username], [database.host, database.pathname, role]);
    t.match(
      logins,
      `CREATE ROLE ${role} LOGIN PASSWORD '${login.password}';`,
      'the database makes the login',
    );
  }
  t.match(file.services.postgres?.configs, [{ source: 'database_logins', target: /initdb\.d\/\w+\.sql$/ }]);
});

t.test('every variable of the program that the files name exists', async (t) => {
  const known = new Set(optionKeys().map(envOf));
  for (const name of ['docker-compose.yml', 'Dockerfile', '.dockerignore']) {
    for (const [variable] of read(name).matchAll(
      /CRYPTOPREDICT_\w+|\b(?:DATABASE|DATABASE_ENGINE|DATABASE_GATEWAY|REDIS)_URL\b/g,
    )) {
      t.ok(known.has(variable), `${variable} in ${name}`);
    }
  }
  t.ok(
    instructions('ENV').join(' ').includes('CRYPTOPREDICT_HOST=0.0.0.0'),
    'it listens beyond its own loopback',
  );
});

t.test('every path that the image copies is in the project, or is made by the build', async (t) => {
  const ignored = read('.dockerignore').split('\n').filter(Boolean);
  const copies = instructions('COPY').map((line) => line.split(/\s+/));
  t.ok(copies.length > 0);
  for (const parts of copies) {
    const isBuilt = parts[0] === '--from=build';
    for (const source of parts.slice(isBuilt ? 1 : 0, -1)) {
      if (isBuilt) {
        t.match(source, /^\/app\/(package\.json|node_modules|dist\/src)$/, source);
      } else {
        t.ok(existsSync(at(source)), source);
        t.notOk(ignored.includes(source), `${source} is not ignored`);
      }
    }
  }
});

t.test(
  'the image copies every folder that the build reads, and all that the program reads beside itself',
  async (t) => {
    const sources = (lines: readonly string[]): string[] =>
      lines.filter((line) => !line.startsWith('--from')).flatMap((line) => line.split(/\s+/).slice(0, -1));
    const [build = '', run = ''] = dockerfile.split(/^FROM .*$/m).slice(1);
    const copiesOf = (stage: string): string[] =>
      sources([...stage.matchAll(/^COPY\s+(.+)$/gm)].map(([, rest = '']) => rest));
    const { include } = z.object({ include: z.array(z.string()) }).parse(JSON.parse(read('tsconfig.json')));
    for (const pattern of include) t.ok(copiesOf(build).includes(pattern.replace(/\/.*/, '')), pattern);
    for (const folder of ['sql', 'web']) t.ok(copiesOf(run).includes(folder), folder);
  },
);

t.test('ports agree: what is published, exposed, asked for health and listened on', async (t) => {
  const { port } = readConfig({}, {});
  t.same(file.services.server?.ports, [`127.0.0.1:${port}:${port}`]);
  t.same(instructions('EXPOSE'), [String(port)]);
  t.match(instructions('HEALTHCHECK').join(''), `http://127.0.0.1:${port}/healthz`);
});

t.test('a stop has the time that the server takes at most, and reaches it: it is process 1', async (t) => {
  t.ok(Number.parseInt(file.services.server?.stop_grace_period ?? '0', 10) > 5);
  t.match(instructions('CMD'), ['["node", "dist/src/main.js", "serve"]']);
  t.same(file.services.server?.sysctls, { 'net.ipv4.tcp_notsent_lowat': '131072' });
});
