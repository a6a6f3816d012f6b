/** Makes the bundles that child processes run, in a temporary folder, and starts the child processes. Used by every part of the harness. */
import { type BuildOptions, type Plugin, build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { repoRoot } from '../test/helpers/files.ts'
import { kernels, wasmOf } from './plan.ts'

/** The kernels' modules for scripts that cannot read files. */
export function modulesText(): string {
  const named = new Map(kernels.map((kernel) => [kernel.module, [...readFileSync(wasmOf(kernel))]]))
  return JSON.stringify(Object.fromEntries(named))
}

export interface Size {
  readonly minified: number
  /** Minified and gzipped. */
  readonly gzipped: number
}

export interface Bundles {
  /** URL of the core as one file: what a program imports. */
  readonly core: string
  /** URL of `vitrine/core` as one file. */
  readonly lean: string
  /** URL of the text format as one file. */
  readonly text: string
  /** The temporary folder that holds them. */
  readonly dir: string
  /** Paths of the programs for child processes. */
  readonly child: string
  readonly count: string
  readonly micro: string
  readonly host: string
  readonly cliffs: string
  /** The script for JS shells without any host API. */
  readonly shell: string
  /** Sizes in bytes of all of vitrine, and of its core. */
  readonly sizes: readonly [all: Size, core: Size]
  readonly remove: () => void
}

/** The syntax level of the published files. */
const target = 'es2020'

/** `benchmark` looks for lodash in ways that no bundler follows. */
const benchmarkPlugin: Plugin = {
  name: 'benchmark',
  setup(b) {
    b.onLoad({ filter: /[\\/]benchmark[\\/]benchmark\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8')
      return {
        contents: `var bundledLodash = require('lodash');\n${code.replace("require('lodash') || root._", 'bundledLodash')}`,
        loader: 'js',
      }
    })
  },
}

export async function bundle(options: BuildOptions): Promise<Uint8Array> {
  const result = await build({
    absWorkingDir: repoRoot,
    bundle: true,
    target,
    legalComments: 'none',
    logLevel: 'error',
    write: false,
    ...options,
  })
  return result.outputFiles === undefined ? new Uint8Array(0) : result.outputFiles[0].contents
}

/** The core of a source tree as one file: the engine as it is published, with the reference executor for comparison. */
export async function bundleCore(tree: string, outfile: string, withReference: boolean): Promise<void> {
  const contents = `${withReference ? "import './src/families/reference.ts'\n" : ''}export * from './src/index.ts'\n`
  await bundle({ ...neutral, absWorkingDir: tree, stdin: { contents, resolveDir: tree, loader: 'ts' }, write: true, outfile })
}

/** Files for any engine with modules. */
const neutral: BuildOptions = { format: 'esm', platform: 'neutral' }

export async function makeBundles(): Promise<Bundles> {
  const dir = mkdtempSync(join(tmpdir(), 'vitrine-bench-'))
  const node: BuildOptions = { format: 'esm', platform: 'node', target: 'node20', write: true }
  const at = (name: string): string => join(dir, name)
  await Promise.all([
    bundleCore(repoRoot, at('core.mjs'), true),
    bundle({ ...neutral, entryPoints: ['src/core.ts'], write: true, outfile: at('lean.mjs') }),
    bundle({ ...neutral, entryPoints: ['src/text/index.ts'], write: true, outfile: at('text.mjs') }),
    ...['child', 'count', 'micro'].map((name) => bundle({ ...node, entryPoints: [`bench/${name}.ts`], outfile: at(`${name}.mjs`) })),
    ...['host', 'cliffs'].map((name) => bundle({ ...node, entryPoints: [`bench/${name}/child.ts`], outfile: at(`${name}.mjs`) })),
    bundle({
      entryPoints: ['bench/shell.ts'],
      format: 'iife',
      platform: 'neutral',
      mainFields: ['main'],
      define: { KERNELS: JSON.stringify(kernels), MODULES: modulesText() },
      // Libraries older than globalThis look for one of these names.
      banner: { js: 'var global = globalThis, self = globalThis;' },
      plugins: [benchmarkPlugin],
      write: true,
      outfile: at('shell.js'),
    }),
  ])
  const sizeOf = async (entry: string): Promise<Size> => {
    const minified = await bundle({ ...neutral, entryPoints: [entry], minify: true })
    return { minified: minified.length, gzipped: gzipSync(minified, { level: 9 }).length }
  }
  return {
    core: pathToFileURL(at('core.mjs')).href,
    lean: pathToFileURL(at('lean.mjs')).href,
    text: pathToFileURL(at('text.mjs')).href,
    dir,
    child: at('child.mjs'),
    count: at('count.mjs'),
    micro: at('micro.mjs'),
    host: at('host.mjs'),
    cliffs: at('cliffs.mjs'),
    shell: at('shell.js'),
    sizes: [await sizeOf('src/index.ts'), await sizeOf('src/core.ts')],
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

export interface ChildOptions {
  /** Another Node than this one. */
  readonly node?: string
  readonly timeout?: number
}

/** Runs a bundle in a child process with the given flags of Node and returns what its last line of output says. */
export function runChild<Result>(
  flags: readonly string[],
  script: string,
  job: unknown,
  { node = process.execPath, timeout = 300_000 }: ChildOptions = {},
): Result {
  const { status, signal, error, stdout, stderr } = spawnSync(node, [...flags, script, JSON.stringify(job)], {
    encoding: 'utf8',
    timeout,
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`child process failed (${error?.message ?? signal ?? status}): ${JSON.stringify(job)}\n${stderr}`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Result
}

/** What a process has cost: CPU ms from start to end, and its largest resident set in bytes. */
export interface ProgramCost {
  readonly cpu: number
  readonly peak: number
}

/** Runs a whole program under Node; `cost` is undefined if it ended without a word. `dir` is for the file in which it stands. */
export function runProgram(
  dir: string,
  flags: readonly string[],
  command: readonly string[],
  cwd: string,
): { readonly stdout: string; readonly stderr: string; readonly status: number | null; readonly cost: ProgramCost | undefined } {
  const report = join(dir, 'report.json')
  writeFileSync(report, 'null')
  const hook = pathToFileURL(join(repoRoot, 'bench/programs/report.mjs')).href
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '--no-warnings', '--import', hook, ...command], {
    cwd,
    encoding: 'utf8',
    timeout: 900_000,
    env: { ...process.env, BENCH_REPORT: report },
  })
  return { stdout, stderr, status, cost: (JSON.parse(readFileSync(report, 'utf8')) as ProgramCost | null) ?? undefined }
}
