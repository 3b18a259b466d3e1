import { adminApi } from './cases/admin-api';
import { runHttpCases } from './run-http-cases';

runHttpCases('what somebody with a key may try', adminApi);
