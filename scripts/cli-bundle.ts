/**
 * The command line as it is published: src/cli/main.ts with what `run` needs in one file and a common chunk, and what other commands and
 * rare options need in chunks of their own. Node looks for and reads each file of a program, which is a third of what a short run costs.
 * They are CommonJS: Node starts those in less time than modules, and reads of its own modules only what is asked for.
 */
import { build, transform } from 'esbuild'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { commonChunk } from './common-chunk.ts'

/** Writes to `outdir`, which takes the place of dist/cli: the version is read from ../../package.json. */
export async function bundleCli(outdir: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [{ in: 'entry:main', out: 'main' }],
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    splitting: true,
    // package.json says that files without effects may be left out; here they are wanted.
    ignoreAnnotations: true,
    // Only modules can be split.
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    define: { 'import.meta.url': 'moduleUrl' },
    outdir,
    plugins: [commonChunk('src/cli', 'run')],
    write: false,
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${relative(outdir, path) === 'main.cjs' ? '#!/usr/bin/env node\n' : ''}${await commonJs(text)}`)
  }
}

/** A module of the bundle as minified CommonJS. `import.meta.url`, which that has not, is `moduleUrl`. */
async function commonJs(text: string): Promise<string> {
  const banner = text.includes('moduleUrl') ? 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' : ''
  const { code } = await transform(text, { format: 'cjs', target: 'node20', supported: { 'dynamic-import': false }, banner })
  // The exports, of which the common chunk has hundreds: at once, instead of copied one by one.
  const exports = code.replace(
    /var stdin_exports = \{\};\n__export\(stdin_exports, (\{[^{}]*\})\);\nmodule.exports = __toCommonJS\(stdin_exports\);\n/,
    (_, names: string) => `module.exports = ${names.replaceAll(/([\w$]+): \(\) => ([\w$.]+)/g, 'get $1() { return $2 }')};\n`,
  )
  return (await transform(exports, { format: 'cjs', target: 'node20', minify: true, legalComments: 'none' })).code
}
