import { readFileSync } from 'node:fs';
import SwaggerParser from '@apidevtools/swagger-parser';
import t from 'tap';
import { METHODS } from '../../src/api/methods.js';
import { openApiDocument } from '../../src/api/openapi.js';
import { ROUTES } from '../../src/api/routes.js';
import { packageRoot } from '../../src/package-root.js';
import { VERSION } from '../../src/version.js';

const document = openApiDocument(ROUTES, METHODS, VERSION);

/** Gives what of the document a test looks at. */
function operation(http: string, path: string): Record<string, unknown> {
  const paths = document.paths as Record<string, Record<string, Record<string, unknown>>>;
  return paths[path]?.[http] ?? {};
}

t.test('is OpenAPI 3.1', async (t) => {
  const copy = JSON.parse(JSON.stringify(document));
  await t.resolves(SwaggerParser.validate(copy));
});

t.test('is the one of docs/; npm run docs writes it', async (t) => {
  const written = JSON.parse(readFileSync(new URL('docs/openapi.json', packageRoot()), 'utf8'));
  t.same(written, JSON.parse(JSON.stringify(document)));
});

t.test('tells of each address what it takes, by the names of the address', async (t) => {
  const analysis = operation('get', '/layer3/assets/{crypto_id}/analysis');
  t.match(analysis.parameters, [{ name: 'crypto_id', in: 'path', required: true }]);
  t.match(analysis, { 'x-method': 'assets.analysis', security: [{}, { bearer: [] }] });
  const candles = operation('get', '/candles').parameters as {
    name: string;
    required?: boolean;
    schema: unknown;
  }[];
  t.match(
    candles.find(({ name }) => name === 'limit'),
    { in: 'query', schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 } },
  );
  t.equal(candles.find(({ name }) => name === 'symbol')?.required, true);
  const compare = operation('get', '/layer2/compare').parameters;
  t.match(compare, [{ name: 'sectors', style: 'form', explode: false }, { name: 'timeframe' }]);
  const review = operation('post', '/layer3/suggestions/{id}/review');
  t.match(review.requestBody, {
    content: {
      'application/json': {
        schema: { required: ['decision', 'review_notes'], properties: { target_tier: {} } },
      },
    },
  });
  t.match(review, { security: [{ bearer: [] }], 'x-role': 'admin' });
  t.notMatch(Object.keys(operation('put', '/watchlist-items/{id}')), ['symbol']);
  t.same(operation('get', '/dashboard/casual').parameters ?? [], [], 'what the address says is no parameter');
});

t.test('names every operation once', async (t) => {
  const paths = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>);
  const ids = paths.flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  t.equal(new Set(ids).size, ids.length);
  t.equal(ids.length, ROUTES.length);
});
