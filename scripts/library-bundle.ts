/**
 * The library as it is published: one file for each entry point of package.json, and chunks for what several of them share. A module of
 * its own for each source file costs an importer half a ms of CPU time, and there are some hundred. Names stay as they are written,
 * and source maps have the lines and the sources, so that stack traces and debuggers show them; blanks and comments are left out, since a JS
 * engine reads them at each import.
 */
import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { commonChunk } from './common-chunk.ts'

/** Entry points below src/, without extension, that package.json exports; the self-contained bundles (bundles.ts) are none. */
export function libraryEntries(): readonly string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly exports: Record<string, string | { default: string }> }
  return Object.values(exports).flatMap((target) => {
    const file = typeof target === 'string' ? target : target.default
    const [, entry] = /^\.\/dist\/(?!bundles\/)(.+)\.js$/.exec(file) ?? []
    return entry === undefined ? [] : [entry]
  })
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
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    sourcemap: true,
    outdir,
    // The core is what nearly every program needs. Reading sections runs nothing, so that it need not load it.
    plugins: [commonChunk('src', 'core', 'decoder/custom/index')],
  })
}
