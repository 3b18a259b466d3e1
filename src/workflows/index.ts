export { call } from './call';
