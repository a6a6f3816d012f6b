/**
 * Whole programs, each in a process of its own: other people's packages unchanged, on the JS engine's WebAssembly, on vitrine and
 * on polywasm; commands on node:wasi and on vitrine. From the start of Node to the end, with everything that is loaded.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repoRoot } from '../../test/helpers/files.ts'
import { installPackages } from '../../test/helpers/packages.ts'
import { install } from '../../test/foreign/modules.ts'
import { type Bundles, type ProgramCost, bundle, runProgram } from '../processes.ts'
import { installRivals, rivalFile } from '../rivals/index.ts'
import { type Spread, spread } from '../stats.ts'

export interface ProgramTime {
  readonly program: string
  /** `first`: a small session; `work`: seconds of work for an interpreter; `command`: a WASI command. */
  readonly kind: 'first' | 'work' | 'command'
  /** How it is run, a key of `ways`. */
  readonly executor: string
  /** CPU ms of the process. */
  readonly cpu: Spread
  /** Largest resident set of the process, bytes. */
  readonly peak: Spread
}
export interface ProgramFindings {
  readonly times: ProgramTime[]
  readonly failures: { readonly program: string; readonly executor: string; readonly why: string }[]
}

/** Flags of Node, and the script that makes the global WebAssembly. */
export const ways: Readonly<Record<string, { readonly flags: readonly string[]; readonly script?: 'vitrine' | 'polywasm' }>> = {
  native: { flags: [] },
  'vitrine, JIT': { flags: [], script: 'vitrine' },
  'vitrine, no JIT': { flags: ['--jitless'], script: 'vitrine' },
  'polywasm, JIT': { flags: [], script: 'polywasm' },
  'polywasm, no JIT': { flags: ['--jitless'], script: 'polywasm' },
}

interface Program {
  readonly name: string
  readonly kind: ProgramTime['kind']
  /** The command line behind Node's flags, and whether the scripts are loaded before it. */
  readonly command: (way: string) => readonly string[] | undefined
}

const folder: string = fileURLToPath(new URL('.', import.meta.url))
const clients: string = join(repoRoot, 'test/clients')
const foreign: string = join(repoRoot, 'test/foreign/node_modules')

const work: readonly string[] = ['sqlite', 'quickjs', 'esbuild', 'resvg', 'tree-sitter', 'hashes']
/** Name, module, arguments: C of 29 KB, C with seven threads (workers, natively), Go of 14 MB, C++ of 31 MB. */
const commands: readonly (readonly [name: string, file: string, args: readonly string[], native?: string])[] = [
  ['hello', join(repoRoot, 'examples/guests/c/hello.wasm'), []],
  ['threads', join(folder, 'threads.wasm'), [], 'threads-native.mjs'],
  ['esbuild --version', join(foreign, '@esbuild/wasi-preview1/esbuild.wasm'), ['--version']],
  ['yosys -V', join(foreign, '@yowasp/yosys/gen/yosys.core.wasm'), ['-V']],
]

function programs(wasi: string): Program[] {
  const script = (path: string) => () => [path]
  return [
    { name: 'nothing', kind: 'first', command: script(join(folder, 'empty.mjs')) },
    ...commands.map(([name, file, args, native = 'wasi-native.mjs']): Program => ({
      name,
      kind: 'command',
      command: (way) =>
        way === 'native'
          ? [join(folder, native), file, 'program', ...args]
          : way.startsWith('vitrine')
            ? [wasi, file, 'program', ...args]
            : undefined,
    })),
    ...work.map((name): Program => ({ name, kind: 'work', command: script(join(folder, `${name}.mjs`)) })),
    ...readdirSync(join(clients, 'programs')).map((file): Program => ({
      name: `${file.replace('.mjs', '')} session`,
      kind: 'first',
      command: script(join(clients, 'programs', file)),
    })),
  ]
}

async function makeScripts({ dir }: Bundles): Promise<{ vitrine: string; polywasm: string; wasi: string }> {
  const at = (name: string): string => join(dir, name)
  const paths = { vitrine: at('force.cjs'), polywasm: at('polywasm.cjs'), wasi: at('wasi.mjs') }
  const iife = { format: 'iife', platform: 'neutral', minify: true, write: true } as const
  await bundle({ ...iife, entryPoints: ['src/js-api/force.ts'], outfile: paths.vitrine })
  const contents = `import { WebAssembly } from ${JSON.stringify(rivalFile('polywasm', '', dir))}\nglobalThis.WebAssembly = WebAssembly`
  await bundle({ ...iife, stdin: { contents, resolveDir: dir }, outfile: paths.polywasm })
  await bundle({
    entryPoints: ['bench/programs/wasi.ts'],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    write: true,
    outfile: paths.wasi,
  })
  return paths
}

export async function measurePrograms(
  wanted: readonly string[] | undefined,
  runs: number,
  bundles: Bundles,
  progress: (line: string) => void,
): Promise<ProgramFindings> {
  installRivals()
  const problem = installPackages(clients) ?? install()
  if (problem !== undefined) throw new Error(`the programs are not here: ${problem}`)
  const scripts = await makeScripts(bundles)
  const found: ProgramFindings = { times: [], failures: [] }
  for (const program of programs(scripts.wasi).filter(({ name }) => wanted?.includes(name) ?? true)) {
    const results: Record<string, ProgramCost[]> = {}
    let output: string | undefined
    for (let run = 0; run < runs; run++)
      for (const [way, { flags, script }] of Object.entries(ways)) {
        const command = program.command(way)
        if (command === undefined || found.failures.some((f) => f.program === program.name && f.executor === way)) continue
        progress(`${program.name}: ${way}`)
        const before = program.kind === 'command' || script === undefined ? [] : ['--require', scripts[script]]
        const { stdout, stderr, status, cost } = runProgram(bundles.dir, flags, [...before, ...command], clients)
        const why = status !== 0 ? (stderr.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? `exit code ${status}`) : stdout !== (output ??= stdout) ? 'prints something else' : undefined // prettier-ignore
        if (why !== undefined || cost === undefined)
          found.failures.push({ program: program.name, executor: way, why: why ?? 'says nothing' })
        else (results[way] ??= []).push(cost)
      }
    for (const [executor, costs] of Object.entries(results))
      found.times.push({
        program: program.name,
        kind: program.kind,
        executor,
        cpu: spread(costs.map((c) => c.cpu)),
        peak: spread(costs.map((c) => c.peak)),
      })
  }
  const ours = found.failures.filter((f) => f.executor.startsWith('vitrine'))
  if (ours.length > 0) throw new Error(ours.map((f) => `${f.program} on ${f.executor}: ${f.why}`).join('\n'))
  return found
}
