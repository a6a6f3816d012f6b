/**
 * The command line as it is published: src/cli/main.ts with what `run` needs in one file and a common chunk, and what other commands and
 * rare options need in chunks of their own. Node looks for and reads each file of a program, which is a third of what a short run costs.
 */
import { type Plugin, build } from 'esbuild'
import { commonChunk } from './common-chunk.ts'

/**
 * Node's own modules without `import`, which reads all that a module exports: with node:fs, whatever Node has for streams, too, which is
 * a twentieth of what a short run costs. Each name that is used is read when the command line is loaded.
 */
const builtins: Plugin = {
  name: 'built-in modules',
  setup(b) {
    b.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'built-in' }))
    b.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => {
      const all = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)))
      const names = all.flatMap(([name, property]) => ('value' in property && /^[a-z]\w*$/i.test(name) ? [name] : []))
      const lines = names.map((name) => `export const ${name} = /* @__PURE__ */ of('${name}')`)
      return {
        contents: `const all = process.getBuiltinModule('${path}')\nconst of = (name) => all[name]\nexport default all\n${lines.join('\n')}`,
      }
    })
  },
}

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
    plugins: [commonChunk('src/cli', 'run'), builtins],
  })
}
