/**
 * The command line as it is published: src/cli/main.ts with what `run` needs in one file and a common chunk, and what other commands and
 * rare options need in chunks of their own. Node looks for and reads each file of a program, which is a third of what a short run costs.
 */
import { type BuildOptions, type Plugin, build } from 'esbuild'
import { relative, resolve } from 'node:path'

const folder = 'src/cli'
const usual = './run.ts'

/**
 * esbuild makes a chunk for each set of entries that share a file, and whatever is imported dynamically is an entry. Here each of those
 * also imports what is always there, so that this is one set, hence one chunk.
 */
const oneCommonChunk: Plugin = {
  name: 'one common chunk',
  setup(b) {
    b.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: relative(folder, resolve(resolveDir, path)), namespace: 'lazy' } : undefined,
    )
    b.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const file = JSON.stringify(path.startsWith('.') ? path : `./${path}`)
      return { contents: `import '${usual}'\nexport * from ${file}`, resolveDir: folder }
    })
  },
}

/** Writes to `outdir`, which takes the place of dist/cli: the version is read from ../../package.json. */
export async function bundleCli(outdir: string): Promise<void> {
  const options: BuildOptions = {
    stdin: { contents: `import '${usual}'\nimport './main.ts'`, resolveDir: folder, loader: 'ts', sourcefile: 'entry.ts' },
    entryNames: 'main',
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
    plugins: [oneCommonChunk],
  }
  await build(options)
}
