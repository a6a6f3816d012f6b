/**
 * The bundles of the WebAssembly namespace, each one self-contained file: what they are made of and how. Used by bundle.ts,
 * which writes them, and by test/bundles.test.ts.
 */
import { build, transform } from 'esbuild'
import { lower } from './lower.ts'

export interface Bundle {
  /** Its file below dist/bundles/. */
  readonly file: string
  readonly entry: string
  readonly format: 'esm' | 'iife'
  /** For engines without classes. */
  readonly lowered: boolean
  /** Its declaration file. */
  readonly types: string
}

const installs = 'export {}\n'
export const bundles: readonly Bundle[] = [
  // For whoever wants the namespace, but not as a global.
  {
    file: 'js-api.js',
    entry: 'src/js-api/index.ts',
    format: 'esm',
    lowered: false,
    types: "export * from '../js-api/index.js'\n",
  },
  // Install it where the engine's own does not work. For pages, workers and engines without a module loader.
  { file: 'js-api-auto.iife.js', entry: 'src/js-api/auto.ts', format: 'iife', lowered: false, types: installs },
  // For engines without classes: Hermes before 1.0.
  { file: 'js-api-auto.lowered.js', entry: 'src/js-api/auto.ts', format: 'iife', lowered: true, types: installs },
]

/** The bundle's text, minified. */
export async function makeBundle({ entry, format, lowered }: Bundle): Promise<string> {
  // "neutral" also makes an import of a Node builtin an error.
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: !lowered,
    format,
    platform: 'neutral',
    target: 'es2020',
    legalComments: 'none',
    write: false,
  })
  const { text } = outputFiles[0]!
  return lowered ? (await transform(lower(text), { minify: true, target: 'es2020', legalComments: 'none' })).code : text
}
