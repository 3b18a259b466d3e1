import { z } from 'zod';
import type { DescribedPath } from './described-path';
import { named } from './named';

const tag = 'Health';
const upOrDown = z.enum(['up', 'down']);
const readiness = named(
  'Readiness',
  z.strictObject({ status: z.enum(['up', 'down', 'stopping']), temporal: upOrDown, mongodb: upOrDown }),
);

/** What watchers and browsers ask for. */
export const healthPaths: DescribedPath[] = [
  {
    method: 'get',
    path: '/health/live',
    id: 'live',
    tag,
    summary: 'The process answers',
    answers: {
      200: { description: 'Up', schema: z.strictObject({ status: z.literal('up'), version: z.string() }) },
    },
    security: [],
  },
  {
    method: 'get',
    path: '/health/ready',
    id: 'ready',
    tag,
    summary: 'Temporal or MongoDB can take an event',
    answers: {
      200: { description: 'Ready', schema: readiness },
      503: {
        description: 'Neither can, or this process is about to stop',
        schema: readiness,
        contentType: 'application/json',
      },
    },
    security: [],
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    tag,
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'All metrics', schema: z.string(), contentType: 'text/plain' } },
    security: [],
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'openapi',
    tag,
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
    security: [],
  },
  {
    method: 'get',
    path: '/docs',
    id: 'docs',
    tag,
    summary: 'This document to read and try',
    answers: { 200: { description: 'A page', schema: z.string(), contentType: 'text/html' } },
    security: [],
  },
];
