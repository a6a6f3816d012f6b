/**
 * A plugin of esbuild, for code splitting. esbuild makes a chunk for each set of entry points that share a file, and whatever is imported
 * dynamically is an entry point: for programs like these, twenty chunks and more. Here each entry point also imports what nearly all
 * of them need, so that this is one set, hence one chunk.
 */
import type { Plugin } from 'esbuild'
import { relative, resolve } from 'node:path'

/**
 * Entry points are given as `entry:NAME`, for the file NAME.ts in `folder`. `common` is such a name, too: what nearly all need. `apart` is
 * that of one that does not.
 */
export function commonChunk(folder: string, common: string, apart?: string): Plugin {
  return {
    name: 'one common chunk',
    setup(b) {
      b.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }))
      b.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
        kind === 'dynamic-import'
          ? { path: relative(folder, resolve(resolveDir, path)).replace(/\.ts$/, ''), namespace: 'entry' }
          : undefined,
      )
      // package.json says that most files may be left out where nothing of them is used.
      b.onResolve({ filter: /^common:$/ }, () => ({ path: resolve(folder, `${common}.ts`), sideEffects: true }))
      b.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => {
        const file = JSON.stringify(`${path.startsWith('.') ? path : `./${path}`}.ts`)
        return { contents: `${path === apart ? '' : "import 'common:'\n"}export * from ${file}`, resolveDir: folder }
      })
    },
  }
}
