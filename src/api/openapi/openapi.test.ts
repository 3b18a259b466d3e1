import type Router from '@koa/router';
import type { AdminLab } from '../../../test/support/admin-lab';
import { openAdminLab } from '../../../test/support/admin-lab';
import { createAdminRouter } from '../admin/router';
import { createCodecRouter } from '../codec/router';
import { createHealthRouter } from '../health';
import { createWebhookRouter } from '../webhooks/router';
import { createOpenapiRouter } from './router';

let lab: AdminLab;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a document of any depth
let document: any;
beforeAll(async () => {
  lab = await openAdminLab();
  document = (await lab.askRoot('GET', '/openapi.json', { key: null })).body;
});
afterAll(() => lab.close());

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: object;
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
  security: Record<string, unknown>[];
};

const operations = (): [string, Operation][] =>
  Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );

/** Files of the docs page, which are no part of the API, and what browsers ask before a request. */
const undocumented = /^get \/docs\/|^options /;
/** Served for every method, so that a wrong token is answered before a wrong method. */
const webhook = /\/webhooks\/3cx\//;

function served(): string[] {
  const routers: Router[] = [
    createHealthRouter(lab.deps),
    createWebhookRouter(lab.deps),
    createAdminRouter(lab.deps),
    createCodecRouter(lab.deps),
    createOpenapiRouter(lab.deps),
  ];
  const routes = routers.flatMap(({ stack }) =>
    stack.flatMap(({ path, methods }) => {
      const name = String(path).replace(/:(\w+)/g, '{$1}');
      const taken = webhook.test(name) ? ['GET', 'POST'] : methods.filter((method) => method !== 'HEAD');
      return taken.map((method) => `${method.toLowerCase()} ${name}`);
    }),
  );
  return routes.filter((route) => !undocumented.test(route)).sort();
}

describe('the OpenAPI document', () => {
  it('describes every route, and no route that is not there', () => {
    expect(
      operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual(served());
  });

  it('is OpenAPI 3.1 whose references all lead somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(50);
    for (const reference of new Set(references)) {
      const [, , kind, name] = reference.split('/');
      expect([reference, document.components[kind!]?.[name!] !== undefined]).toEqual([reference, true]);
    }
    expect(text).not.toMatch(/"\$schema"|"\$defs"|"\$id"/);
  });

  it('names each operation once, and each parameter of its path', () => {
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, { parameters = [] }] of operations()) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const described = parameters.filter((parameter) => parameter.in === 'path');
      expect([name, described.map((parameter) => parameter.name)]).toEqual([name, inPath]);
      expect(described.every(({ required }) => required)).toBe(true);
    }
  });

  it('tells for each operation of the admin API that it needs a key and how it refuses', () => {
    for (const [name, operation] of operations().filter(([one]) => one.includes(' /api/v1/'))) {
      expect([name, operation.security]).toEqual([name, [{ adminKey: [] }]]);
      for (const status of ['401', '403', '429'])
        expect([name, operation.responses[status]?.content]).toEqual([
          name,
          { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        ]);
    }
  });

  it('offers `If-Match` for what has an ETag only', () => {
    const changes = operations().filter(([name]) => /^(put|patch|delete) /.test(name));
    const conditional = changes.filter(([, { parameters = [], responses }]) => {
      const offered = parameters.some(({ name }) => name === 'If-Match');
      expect(Object.keys(responses).includes('412')).toBe(offered);
      return offered;
    });
    expect(changes.length).toBe(conditional.length + 1);
    expect(conditional.map(([, { operationId }]) => operationId)).not.toContain('deleteKey');
  });

  it('gives the rules that the input is checked by', () => {
    const { components, paths } = document;
    expect(components.schemas.ConnectionInput.properties.rules.properties.showCard).toEqual({
      default: 'ring',
      type: 'string',
      enum: ['ring', 'answer', 'never'],
    });
    expect(components.schemas.ConnectionInput.additionalProperties).toBe(false);
    const limit = paths['/api/v1/connections/{connection}/calls'].get.parameters.find(
      ({ name }: { name: string }) => name === 'limit',
    );
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  it('is known by its ETag', async () => {
    const first = await lab.askRoot('GET', '/openapi.json', { key: null });
    // `fetch` would add `Cache-Control: no-cache` to the condition.
    const lines = [
      'GET /openapi.json HTTP/1.1',
      'Host: x',
      `If-None-Match: ${first.headers.get('etag')}`,
      'Connection: close',
    ];
    expect(await lab.raw(`${lines.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 304 /);
  });
});

describe('the docs page', () => {
  it('loads nothing from elsewhere and allows nothing from elsewhere', async () => {
    const page = await lab.askRoot('GET', '/docs', { key: null });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:\/\//);
    expect(page.text).not.toMatch(/<script>| on\w+=/);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources.length).toBe(4);
    for (const source of sources) {
      const file = await lab.askRoot('GET', source, { key: null });
      expect([source, file.status, file.headers.get('x-content-type-options')]).toEqual([
        source,
        200,
        'nosniff',
      ]);
    }
  });

  it.each(['/docs/package.json', '/docs/..%2fpackage.json', '/docs/../package.json', '/docs/index.html'])(
    'serves no other file: %s',
    async (path) => {
      expect((await lab.askRoot('GET', path, { key: null })).status).toBe(404);
    },
  );
});
