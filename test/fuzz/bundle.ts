/** Bundles the fuzzer with the engine into one file: it starts at once then, and runs faster than module by module. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'

/** Flags to run it with. V8 spends more on optimising the executors' large functions again and again than it saves in programs that end soon. */
export const FLAGS: readonly string[] = ['--max-optimized-bytecode-size=8000', '--max-semi-space-size=32']

/** `root`: the repository, or a copy of it. */
export function bundleFuzzer(root: string, outfile: string): void {
  const entry = join(root, 'test/fuzz/fuzzer.ts')
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    // Modules find the repository from where they lie, two folders below it; the bundle lies elsewhere.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(entry).href) },
  })
}
