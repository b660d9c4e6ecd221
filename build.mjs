// Compiles TypeScript into dist/ and copies what the compiler does not: the TLA+ grammar and the spec.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
const grammar = join(
  dirname(require.resolve('@tlaplus/tree-sitter-tlaplus/package.json')),
  'tree-sitter-tlaplus.wasm',
);
mkdirSync(join(dist, 'checker/tla'), { recursive: true });
cpSync(grammar, join(dist, 'checker/tla/tree-sitter-tlaplus.wasm'));
cpSync(join(root, 'spec'), join(dist, 'spec'), { recursive: true });
