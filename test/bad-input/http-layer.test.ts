import { httpLayer } from './cases/http-layer';
import { runHttpCases } from './run-http-cases';

runHttpCases('requests that are wrong before their content', httpLayer);
