/** Makes the one file that every engine runs: shell.ts, and its data in front. */
import { type Plugin, build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Case, cases, prepare, runNative } from '../../examples/cases.ts'
import { lower } from '../../scripts/lower.ts'
import { scriptsBelow } from '../../spec-tests/suite.ts'
import { filesUnder, repoRoot } from '../helpers/files.ts'
import type { Data, WasiCase } from './data.ts'

export interface BundleOptions {
  /** The specification's suite, if it is here. */
  readonly suite: string | undefined
  /** Of its scripts, those whose names match; all of our own are run in any case. */
  readonly pattern: RegExp
  readonly configurations: Data['configurations']
}

/** What Node's own engine makes of the programs and packages. */
export type Native = Pick<Data, 'wasi' | 'clients'>

/** `quick` leaves out what takes long; `clients`: whether the packages of this folder are installed. */
export async function runNatively({ quick, clients }: { quick: boolean; clients: boolean }): Promise<Native> {
  return {
    wasi: cases.filter((one) => wanted(one) && !(quick && long(one))).map(wasiCase),
    clients: clients ? await nativeClients() : {},
  }
}

/** Programs whose output Node's own engine can tell. The largest ones (Go) would be most of the file. */
const wanted = ({ deterministic, calls, native, wasm }: Case): boolean =>
  deterministic && calls === undefined && native !== false && !wasm.startsWith('go/')
/** Most of the time of the programs. */
const long = ({ name }: Case): boolean => name === 'heap'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function wasiCase(one: Case): WasiCase {
  const { stdout, stderr, exitCode } = runNative(one)
  const prepared = prepare(one)
  try {
    return {
      name: one.name,
      wasm: base64(readFileSync(prepared.program)),
      argv0: prepared.argv0,
      args: one.args ?? [],
      env: one.env ?? {},
      dirs: prepared.dirs.map(({ host, guest }) => ({
        guest,
        files: Object.fromEntries(filesUnder(host).map((path) => [path.slice(host.length + 1), base64(readFileSync(path))])),
      })),
      stdin: base64(prepared.stdin),
      stdout: base64(stdout),
      // Of a trap, the line that tells it is the host's.
      stderr: base64(
        one.trap === true
          ? Buffer.from(
              Buffer.from(stderr)
                .toString('latin1')
                .replace(/trap: .*\n$/, ''),
              'latin1',
            )
          : stderr,
      ),
      exitCode: exitCode!,
      trap: one.trap === true,
    }
  } finally {
    prepared.dispose()
  }
}

async function nativeClients(): Promise<Data['clients']> {
  const { clients } = await import('./programs/clients.mjs')
  return Object.fromEntries(await Promise.all(Object.entries(clients).map(async ([name, run]) => [name, await run()] as const)))
}

function scripts({ suite, pattern }: BundleOptions): Data['scripts'] {
  const own = join(repoRoot, 'spec-tests/own')
  const official = suite === undefined ? [] : scriptsBelow(suite).filter(({ name }) => pattern.test(name))
  const targets = [
    ...scriptsBelow(own).map(({ path, name }) => ({ path, name: name.startsWith('legacy/') ? name : `own/${name}` })),
    ...official,
  ]
  return targets.map(({ path, name }) => [name, base64(readFileSync(path))])
}

const withoutClients: Plugin = {
  name: 'without clients',
  setup(to) {
    to.onLoad({ filter: /clients\.mjs$/ }, () => ({ contents: 'export const clients = {}' }))
  },
}

/** The two forms of the file: as it is, and lowered for engines without classes. */
export async function makeBundle(
  options: BundleOptions,
  native: Native,
): Promise<{ readonly plain: string; readonly lowered: () => string }> {
  const data: Data = { scripts: scripts(options), configurations: options.configurations, ...native }
  const { outputFiles } = await build({
    entryPoints: [join(repoRoot, 'test/engines/shell.ts')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    write: false,
    logLevel: 'error',
    // Shells differ in what encoding they take a file to be in.
    charset: 'ascii',
    plugins: Object.keys(native.clients).length > 0 ? [] : [withoutClients],
  })
  const { text } = outputFiles[0]!
  const ascii = JSON.stringify(data).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const front = `globalThis.DATA = ${ascii};\n`
  return { plain: front + text, lowered: () => front + lower(text) }
}
