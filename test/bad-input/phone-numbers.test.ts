import { phoneNumbers } from './cases/phone-numbers';
import { runHttpCases } from './run-http-cases';

runHttpCases('numbers as people and trunks write them', phoneNumbers);
