/**
 * Puts a fault into a copy of the engine, in a temporary folder, and lets the fuzzer look for it. The generated executor is
 * generated anew, so that a fault in the semantics is in every executor: only native WebAssembly can tell.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repoRoot } from '../helpers/files.ts'
import { FLAGS, bundleFuzzer } from './bundle.ts'
import type { Fault } from './faults.ts'
import type { Task } from './fuzzer.ts'
import { findOracle } from './oracle-command.ts'

export interface Hunt {
  readonly fault: Fault
  /** The number of the first program that differed; 0 if none did, -1 if one did not come to an end. */
  readonly found: number
  readonly what: string
  readonly ms: number
}

/** Seconds of CPU, several times what all programs need: one may hang because of the fault, which counts as finding it. */
const PATIENCE = 400

export class Laboratory {
  private readonly root = mkdtempSync(join(tmpdir(), 'vitrine-faults-'))
  private readonly oracle = findOracle()

  /** Generated files are those of a fault that is no longer there. */
  private stale = false

  constructor() {
    for (const folder of ['src', 'scripts', 'test/fuzz', 'test/helpers', 'spec-tests', 'package.json', 'tsconfig.json'])
      cpSync(join(repoRoot, folder), join(this.root, folder), { recursive: true, filter: (path) => !path.endsWith('node_modules') })
    symlinkSync(join(repoRoot, 'node_modules'), join(this.root, 'node_modules'))
  }

  /** Runs up to `count` programs on an engine with that fault; without one, when it is undefined. */
  hunt(fault: Fault, count: number): Hunt {
    const file = join(this.root, fault.file)
    const source = readFileSync(file, 'utf8')
    if (source.split(fault.find).length !== 2)
      throw new Error(`${fault.name}: what is to be replaced does not stand exactly once in ${fault.file}`)
    writeFileSync(
      file,
      source.replace(fault.find, () => fault.replace),
    )
    try {
      const started = performance.now()
      const { found, what } = this.run(fault.file.startsWith('src/ops/'), count)
      return { fault, found, what, ms: Math.round(performance.now() - started) }
    } finally {
      writeFileSync(file, source)
    }
  }

  private generate(): void {
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/gen-executors.ts'], { cwd: this.root, stdio: 'pipe' })
  }

  private run(generated: boolean, count: number): { found: number; what: string } {
    if (generated || this.stale) this.generate()
    this.stale = generated
    const bundle = join(this.root, 'fuzzer.mjs')
    bundleFuzzer(this.root, bundle)
    const task: Task = { kind: 'first difference', count, oracle: this.oracle }
    const command = ['-c', `ulimit -t ${PATIENCE}; exec "$0" "$@"`, process.execPath, ...FLAGS, bundle]
    const child = spawnSync('sh', command, { encoding: 'utf8', input: JSON.stringify(task) })
    if (child.signal !== null) return { found: -1, what: `ended by ${child.signal}` }
    if (child.status !== 0) return { found: 1, what: child.stderr.slice(0, 300) }
    return JSON.parse(child.stdout) as { found: number; what: string }
  }

  close(): void {
    rmSync(this.root, { recursive: true })
  }
}
