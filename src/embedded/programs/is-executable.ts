import { access, constants, stat } from 'node:fs/promises';

/** Whether this is a file that we may run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
