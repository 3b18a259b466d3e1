import tseslint from 'typescript-eslint';
import { flatConfigs as importX } from 'eslint-plugin-import-x';

/** Rooms that each folder may not enter; the allowed directions are drawn in ARCHITECTURE.md. */
const rooms = [
  'activities',
  'api',
  'bitrix24',
  'domain',
  'embedded',
  'network',
  'store',
  'threecx',
  'worker',
  'workflows',
];
const allowed = {
  domain: [],
  workflows: ['domain'],
  network: [],
  bitrix24: ['domain', 'network'],
  threecx: ['domain', 'network'],
  store: ['domain'],
  activities: ['domain', 'bitrix24', 'threecx', 'store'],
  api: ['domain', 'store', 'threecx', 'bitrix24', 'workflows'],
  embedded: [],
};

const nodeBuiltins = [
  'node:*',
  'fs',
  'path',
  'crypto',
  'http',
  'https',
  'os',
  'child_process',
  'stream',
  'util',
];

const roomRules = Object.entries(allowed).map(([room, friends]) => {
  const forbidden = rooms.filter((other) => other !== room && !friends.includes(other));
  const sandboxed = room === 'domain' || room === 'workflows';
  return {
    files: [`src/${room}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: forbidden
                .map((other) => `**/${other}/**`)
                .concat(forbidden.map((other) => `../${other}`)),
              message: `src/${room} may import only: ${friends.join(', ') || 'nothing'}.`,
              // Types carry no code: a peer's client may name the store's contract, workflows the activities' types.
              allowTypeImports: ['workflows', 'bitrix24', 'threecx'].includes(room),
            },
            ...(sandboxed
              ? [{ group: nodeBuiltins, message: 'No Node built-ins in the workflow sandbox.' }]
              : []),
            ...(room === 'domain'
              ? [
                  {
                    regex: '^(?!zod$|libphonenumber-js(/|$)|\\.)',
                    message: 'Only zod and libphonenumber-js.',
                  },
                ]
              : []),
          ],
        },
      ],
    },
  };
});

/** The stand-ins owe the product nothing: what both got wrong together no test would see. */
const standInRules = {
  files: ['simulators/{threecx,bitrix24,common}/**/*.ts'],
  ignores: ['**/*.test.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ group: ['**/src/**'], message: 'A stand-in knows nothing of the product.' }] },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.data/', '.cache/', '*.config.js', '*.config.mjs'] },
  ...tseslint.configs.recommended,
  importX.typescript,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': (await import('eslint-plugin-import-x')).default },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'import-x/no-cycle': 'error',
      'max-lines': ['error', { max: 350 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  ...roomRules,
  standInRules,
);
