/** One page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** Which page: everything after `cursor`, at most `limit` items. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}
