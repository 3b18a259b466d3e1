export { call } from './call';
export { reconcile } from './reconcile';
