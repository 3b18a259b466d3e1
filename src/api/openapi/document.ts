import type { z } from 'zod';
import { adminPrefix } from '../admin/mount';
import { problemSchema } from '../admin/problem-schema';
import type { Route, RouteAnswer } from '../admin/route';
import type { ApiDependencies } from '../dependencies';
import { SchemaDescriber } from './describe-schemas';
import type { DescribedPath } from './described-path';

type Json = Record<string, unknown>;

const problem: RouteAnswer = {
  description: 'Refused; the detail and errors say why',
  schema: problemSchema,
  contentType: 'application/problem+json',
};

const securitySchemes = {
  adminKey: { type: 'http', scheme: 'bearer', description: 'An admin key' },
  webhookToken: { type: 'http', scheme: 'bearer', description: 'A webhook token of the connection' },
  webhookBasic: { type: 'http', scheme: 'basic', description: 'A webhook token as the password' },
  webhookHeader: { type: 'apiKey', in: 'header', name: 'X-Webhook-Token' },
  webhookQuery: { type: 'apiKey', in: 'query', name: 'token' },
  codecSession: { type: 'apiKey', in: 'cookie', name: 'codec_session' },
};

/** The OpenAPI 3.1 document, made from the schemas that check the requests. */
export function openapiDocument(
  settings: Pick<ApiDependencies['settings'], 'publicUrl' | 'version'>,
  routes: readonly Route[],
  others: readonly DescribedPath[],
): Json {
  const operations = [...routes.map(asDescribed), ...others];
  const schemas = new SchemaDescriber();
  schemas.collect(problemSchema, 'output');
  for (const { body, answers } of operations) {
    if (body !== undefined) schemas.collect(body.schema, 'input');
    for (const { schema } of Object.values(answers))
      if (schema !== undefined) schemas.collect(schema, 'output');
  }
  const paths: Record<string, Json> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method] = describe(operation, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: '3CX to Bitrix24 bridge',
      version: settings.version,
      description:
        'Takes webhooks from 3CX, keeps every call as one durable workflow, and writes it to Bitrix24 once.',
    },
    // The first one makes the page work under whatever name it was opened.
    servers: [{ url: '/' }, { url: settings.publicUrl }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { schemas: schemas.components(), securitySchemes },
  };
}

/** What every route of the admin API may answer, beside its own. */
function asDescribed(route: Route): DescribedPath {
  const refusals = [
    ...(hasInput(route) ? [400] : []),
    401,
    403,
    ...(route.path.includes('{') ? [404] : []),
    ...(route.conditional ? [412] : []),
    ...(route.body === null ? [] : [408, 413, 415]),
    429,
    503,
  ];
  const { body, params, query, id, method, path, tag, summary, description } = route;
  return {
    id,
    method,
    path: `${adminPrefix}${path}`,
    tag,
    summary,
    ...(description === undefined ? {} : { description }),
    params,
    query,
    ...(body === null ? {} : { body }),
    answers: { ...Object.fromEntries(refusals.map((status) => [status, problem])), ...route.answers },
    security: ['adminKey'],
    ...(route.conditional ? { ifMatch: true } : {}),
  };
}

function hasInput(route: Route): boolean {
  return route.body !== null || route.path.includes('{') || Object.keys(route.query.shape).length > 0;
}

function describe(operation: DescribedPath, schemas: SchemaDescriber): Json {
  const { id, tag, summary, description, body, answers, security } = operation;
  const parameters = [
    ...parametersIn('path', operation.params, schemas),
    ...parametersIn('query', operation.query, schemas),
    ...(operation.ifMatch === true
      ? [
          {
            name: 'If-Match',
            in: 'header',
            required: false,
            schema: { type: 'string' },
            description: 'An ETag',
          },
        ]
      : []),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: security.map((name) => ({ [name]: [] })),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: Object.fromEntries(
              body.contentTypes.map((type) => [type, { schema: schemas.describe(body.schema, 'input') }]),
            ),
          },
        }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        describeAnswer(Number(status), answer, schemas),
      ]),
    ),
  };
}

function parametersIn(
  place: 'path' | 'query',
  given: z.ZodObject | undefined,
  schemas: SchemaDescriber,
): Json[] {
  return Object.entries(given?.shape ?? {}).map(([name, schema]) => {
    const { description, ...described } = schemas.describe(schema as z.ZodType, 'output');
    return {
      name,
      in: place,
      required: place === 'path' || !(schema as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: described,
    };
  });
}

function describeAnswer(status: number, answer: RouteAnswer, schemas: SchemaDescriber): Json {
  // A refusal that a route describes in words has the body of all refusals.
  const { schema, contentType } = answer.schema === undefined && status >= 400 ? problem : answer;
  const headers = Object.fromEntries(
    (answer.headers ?? []).map((name) => [name, { schema: { type: 'string' } }]),
  );
  return {
    description: answer.description,
    ...(answer.headers === undefined ? {} : { headers }),
    ...(schema === undefined
      ? {}
      : { content: { [contentType ?? 'application/json']: { schema: schemas.describe(schema, 'output') } } }),
  };
}
