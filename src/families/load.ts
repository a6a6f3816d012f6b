/**
 * Loads what a program needs beyond the core, where one can wait for it: `run` of `vitrine/wasi`, and the command line.
 */
import { CompiledModule, type CompileOptions, compile } from '../embedding/module.ts'
import { isUnsupported } from '../errors.ts'
import { whenWorthwhile } from '../interp/choosing.ts'
import { type Feature, missingFor } from '../spec/features.ts'

const families: Readonly<Record<string, () => Promise<unknown>>> = {
  'vitrine/gc': () => import('./gc.ts'),
  'vitrine/simd': () => import('./simd.ts'),
  'vitrine/stack-switching': () => import('./stack-switching.ts'),
  'vitrine/threads': () => import('./threads.ts'),
  'vitrine/wide-arithmetic': () => import('./wide-arithmetic.ts'),
}

/** As `compile`, but first imports what the module needs and is not loaded. */
export async function compileAsync(bytes: Uint8Array | ArrayBuffer, options: CompileOptions = {}): Promise<CompiledModule> {
  for (;;) {
    try {
      return compile(bytes, options)
    } catch (error) {
      const load = isUnsupported(error) ? families[missingFor(error.feature as Feature) ?? ''] : undefined
      if (load === undefined) throw error
      await load()
    }
  }
}

/**
 * Imports an executor, by its name in the option `executor`. The closures that `auto` may choose come when a program has run for a slice;
 * `onSlice` is told then.
 */
export async function loadExecutor(name: string = 'auto', onSlice: () => void = () => {}): Promise<void> {
  if (name === 'closure') await import('./closure.ts')
  else if (name === 'reference') await import('./reference.ts')
  else if (name === 'auto') {
    whenWorthwhile(() => {
      onSlice()
      void import('./closure.ts')
    })
  }
}
