import type { z } from 'zod';
import type { Method, RouteAnswer } from '../admin/route';

/** One operation outside the admin API, described by hand beside the code that serves it. */
export interface DescribedPath {
  method: Method;
  /** As in OpenAPI, from the root. */
  path: string;
  id: string;
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: { contentTypes: readonly string[]; schema: z.ZodType; required: boolean };
  /** Takes an ETag in `If-Match`. */
  ifMatch?: boolean;
  answers: Record<number, RouteAnswer>;
  /** Names of security schemes, any of which will do; none: open to everybody. */
  security: string[];
}
