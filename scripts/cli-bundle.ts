/**
 * The command line as it is published: src/cli/main.ts with what `run` needs in one file and a common chunk, and what other commands and
 * rare options need in chunks of their own. Node looks for and reads each file of a program, which is a third of what a short run costs.
 */
import { build } from 'esbuild'
import { commonChunk } from './common-chunk.ts'

/** Writes to `outdir`, which takes the place of dist/cli: the version is read from ../../package.json. */
export async function bundleCli(outdir: string): Promise<void> {
  await build({
    entryPoints: [{ in: 'entry:main', out: 'main' }],
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    // package.json says that files without effects may be left out; here they are wanted.
    ignoreAnnotations: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    banner: { js: '#!/usr/bin/env node' },
    outdir,
    plugins: [commonChunk('src/cli', 'run')],
  })
}
