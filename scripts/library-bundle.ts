/**
 * The library as it is published: one file for each entry point of package.json, and chunks for what several of them share. A module of
 * its own for each source file costs an importer half a ms of CPU time, and there are some hundred. Names and lines stay as
 * they are written, so that a stack trace can be read.
 */
import { type Plugin, build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'

/** Entry points below src/, without extension, that package.json exports; the self-contained bundles (bundles.ts) are none. */
export function libraryEntries(): readonly string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly exports: Record<string, string | { default: string }> }
  return Object.values(exports).flatMap((target) => {
    const file = typeof target === 'string' ? target : target.default
    const [, entry] = /^\.\/dist\/(?!bundles\/)(.+)\.js$/.exec(file) ?? []
    return entry === undefined ? [] : [entry]
  })
}

/** What nearly every program needs. As all entry points import it, it is one chunk; without that it is about twenty. */
const core = resolve('src/core.ts')
/** Reads sections without running anything, so that it need not load the core. */
const apart = 'decoder/custom/index'

const oneCoreChunk: Plugin = {
  name: 'one chunk for the core',
  setup(b) {
    b.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }))
    // What is imported when it is needed is an entry point of its own.
    b.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: relative('src', resolve(resolveDir, path)).replace(/\.ts$/, ''), namespace: 'entry' } : undefined,
    )
    b.onResolve({ filter: /^core:$/ }, () => ({ path: core, sideEffects: true }))
    b.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
      contents: `${path === apart ? '' : "import 'core:'\n"}export * from './${path}.ts'`,
      resolveDir: 'src',
    }))
  },
}

/** Writes the entry points to `outdir`, each where it has its place in src/, and the chunks to `outdir`/chunks. */
export async function bundleLibrary(outdir: string): Promise<void> {
  await build({
    entryPoints: libraryEntries().map((entry) => ({ in: `entry:${entry}`, out: entry })),
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    external: ['node:*'],
    target: 'es2020',
    legalComments: 'none',
    outdir,
    plugins: [oneCoreChunk],
  })
}
