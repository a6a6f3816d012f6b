/**
 * Tests sit beside their source (`src/x/y.test.ts`); tests of the whole repository are in `test/`, tests of the
 * spec-suite runner in `spec-tests/`. `npm run long` runs only `*.long.test.ts`: minutes to hours, never in CI's way.
 */
import { configDefaults, defineConfig } from 'vitest/config'

const roots = '{src,test,spec-tests}'

export default defineConfig(({ mode }) => {
  const long = mode === 'long'
  return {
    test: {
      include: [`${roots}/**/*.${long ? 'long.test' : 'test'}.ts`],
      exclude: [...configDefaults.exclude, ...(long ? [] : ['**/*.long.test.ts'])],
      setupFiles: ['src/families/reference.ts', 'src/families/all.ts'],
      passWithNoTests: long,
      testTimeout: long ? 3_600_000 : 60_000,
      hookTimeout: 60_000,
      // The engine has no global state to protect: one process per worker, no isolation between files, is enough.
      // Tests that pass Node flags or measure the heap start a child process of their own.
      pool: 'forks',
    },
  }
})
