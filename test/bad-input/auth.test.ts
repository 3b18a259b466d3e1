import { auth } from './cases/auth';
import { runHttpCases } from './run-http-cases';

runHttpCases('keys and tokens that open nothing', auth);
