/**
 * Finds native WebAssembly to compare with: that of a Node newer than the one the tests run on, if `npm ci` has been done in
 * this folder, since older ones lack the garbage collector, the new exceptions, 64-bit memories and continuations; else that
 * of the running Node.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { repoRoot } from '../helpers/files.ts'

/** How the child is started. */
export interface OracleCommand {
  readonly program: string
  readonly flags: readonly string[]
  readonly about: string
}

/**
 * Baseline code only, since programs are short; continuations; old and new exceptions in one module. And no work on other
 * threads: processes are what is run side by side.
 */
const FLAGS = ['--experimental-wasm-wasmfx', '--wasm-allow-mixed-eh-for-testing', '--no-wasm-tier-up', '--single-threaded']

/** The Node of this folder's packages, or else the running one, with those flags that it knows. */
export function findOracle(): OracleCommand {
  const packaged = `${repoRoot}/test/fuzz/node_modules/node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}/bin/node`
  const program = existsSync(packaged) ? packaged : process.execPath
  const flags = FLAGS.filter((flag) => spawnSync(program, [flag, '--version']).status === 0)
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const missing = program === packaged ? '' : ' (the running Node; one that knows more features comes with `npm ci --prefix test/fuzz`)'
  return { program, flags, about: `Node ${version}${missing}` }
}
