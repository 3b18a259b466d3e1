import type { z } from 'zod';
import type { Description } from '../admin/route';

/** One operation outside the admin API, described by hand beside the code that serves it. */
export interface DescribedPath extends Description {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: { contentTypes: readonly string[]; schema: z.ZodType; required: boolean };
  /** Takes an ETag in `If-Match`. */
  ifMatch?: boolean;
  /** Names of security schemes, any of which will do; none: open to everybody. */
  security: string[];
}
