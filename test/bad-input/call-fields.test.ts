import { callFields } from './cases/call-fields';
import { runHttpCases } from './run-http-cases';

runHttpCases('fields that mean nothing, or too much', callFields);
