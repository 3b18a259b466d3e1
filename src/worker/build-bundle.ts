import { writeFileSync } from 'node:fs';
import { bundlePath, makeBundle } from './workflow-code';

void makeBundle().then((code) => writeFileSync(bundlePath, code));
