/**
 * Real modules of other projects, by the npm packages that carry them (package.json of this folder): C, C++, Rust and Go,
 * with and without names, SIMD, threads, exceptions. Used by the long tests and by `npm run bench -- --parts large,text`.
 * Nothing is installed until somebody asks: `install` takes 8 s with a warm cache, 400 MB of disk, and a package registry.
 */
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../helpers/packages.ts'

const here: string = fileURLToPath(new URL('.', import.meta.url))
const packages: string = join(here, 'node_modules')

export interface ForeignModule {
  readonly name: string
  readonly path: string
}

/** The three that speed and memory are measured with: Go, C with asyncify and a file system inside, C++. */
const large: readonly (readonly [name: string, path: string])[] = [
  ['esbuild', 'esbuild-wasm/esbuild.wasm'],
  ['ruby+stdlib', '@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm'],
  ['yosys', '@yowasp/yosys/gen/yosys.core.wasm'],
]

const others: readonly string[] = [
  '@bokuweb/zstd-wasm/dist/esm/zstd.wasm',
  '@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm',
  '@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core2.wasm',
  '@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm',
  '@jsquash/avif/codec/dec/avif_dec.wasm',
  '@jsquash/avif/codec/enc/avif_enc.wasm',
  '@jsquash/avif/codec/enc/avif_enc_mt.wasm',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  '@jsquash/webp/codec/enc/webp_enc.wasm',
  '@jsquash/webp/codec/enc/webp_enc_simd.wasm',
  '@resvg/resvg-wasm/index_bg.wasm',
  '@rollup/wasm-node/dist/wasm-node/bindings_wasm_bg.wasm',
  '@yowasp/yosys/gen/yosys.core2.wasm',
  '@yowasp/yosys/gen/yosys.core3.wasm',
  '@yowasp/yosys/gen/yosys.core4.wasm',
  'brotli-wasm/pkg.node/brotli_wasm_bg.wasm',
  'draco3d/draco_decoder.wasm',
  'draco3d/draco_encoder.wasm',
  'source-map/lib/mappings.wasm',
  'sql.js/dist/sql-wasm.wasm',
  'sql.js/dist/sql-wasm-debug.wasm',
  'vscode-oniguruma/release/onig.wasm',
  'wasm-vips/lib/vips.wasm',
  'wasm-vips/lib/vips-heif.wasm',
  'wasm-vips/lib/vips-jxl.wasm',
  'wasm-vips/lib/vips-resvg.wasm',
  'wasmoon/dist/glue.wasm',
  'web-tree-sitter/web-tree-sitter.wasm',
  'web-tree-sitter/debug/web-tree-sitter.wasm',
]

/** Side modules for dynamic linking, of 5 KB to 5 MB: mostly data and switches. */
const grammars: readonly string[] =
  'bash c cpp css c_sharp dart elisp elixir elm embedded_template go html java javascript json kotlin lua python ruby rust scala solidity swift toml tsx vue yaml zig'.split(
    ' ',
  )

const at = (path: string): string => join(packages, ...path.split('/'))

export const largeModules: readonly ForeignModule[] = large.map(([name, path]) => ({ name, path: at(path) }))

/** Fifty-nine others, of 599 bytes to 5 MB. */
export const foreignModules: readonly ForeignModule[] = [
  ...others.map((path) => ({
    name: path.includes('/debug/') ? `${basename(path, '.wasm')} (debug)` : basename(path, '.wasm'),
    path: at(path),
  })),
  ...grammars.map((name) => ({ name: `tree-sitter-${name}`, path: at(`tree-sitter-wasms/out/tree-sitter-${name}.wasm`) })),
]

/** Installs the packages unless they are there. Returns what went wrong, or undefined. */
export const install = (): string | undefined => installPackages(here)
