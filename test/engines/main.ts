/**
 * `npm run engines -- [ENGINE] [PATTERN]`: bundles the engine, the script runner and those scripts of the official suite whose
 * names match into one file, and runs that in another JS engine. Without an engine it lists them; without a pattern it takes
 * the float scripts, where engines differ most: several make NaNs canonical when they pass through a JS number.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { findSuite, scriptsBelow } from '../../spec-tests/suite.ts'
import { repoRoot } from '../helpers/files.ts'

interface Engine {
  /** What it is, and where it comes from. */
  readonly about: string
  readonly command: readonly string[]
}
const engines: Readonly<Record<string, Engine>> = {
  node: { about: 'this Node', command: [process.execPath] },
  'node-jitless': { about: 'this Node without its JIT', command: [process.execPath, '--jitless'] },
  jsc: {
    about: 'JavaScriptCore without its JIT and without WebAssembly (Debian: libjavascriptcoregtk-4.0-bin)',
    command: ['jsc', '--useJIT=false', '--useWasm=false'],
  },
}

/** Scalar and vector floats: arithmetic, comparison, conversion, literals, and floats in memory and through calls. */
const floats = /^core\/(f32|f64|float_|conversions|const|call_indirect|select|simd\/simd_(f32x4|f64x2|const|conversions|splat|lane))/

async function main([name, pattern]: readonly string[]): Promise<number> {
  const engine = engines[name ?? '']
  if (engine === undefined) {
    for (const [key, { about }] of Object.entries(engines)) console.log(`${key.padEnd(14)} ${about}`)
    return name === undefined ? 0 : 2
  }
  const suite = findSuite()
  if ('missing' in suite) {
    console.log(suite.missing)
    return suite.wrong ? 1 : 0
  }
  const wanted = pattern === undefined ? floats : new RegExp(pattern)
  const scripts = scriptsBelow(suite.root)
    .filter((script) => wanted.test(script.name))
    .map((script) => [script.name, readFileSync(script.path, 'latin1')])
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-engines-'))
  try {
    const outfile = join(folder, 'scripts.js')
    await build({
      entryPoints: [join(repoRoot, 'test/engines/shell.ts')],
      bundle: true,
      format: 'iife',
      platform: 'neutral',
      target: 'es2020',
      outfile,
      define: { SCRIPTS: '__SCRIPTS__' },
      logLevel: 'error',
    })
    // Escaped to ASCII, since shells differ in what encoding they take a file to be in.
    const text = JSON.stringify(scripts).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    writeFileSync(outfile, `var __SCRIPTS__ = ${text};\n${readFileSync(outfile, 'utf8')}`)
    const [program, ...flags] = engine.command
    console.log(`${scripts.length} scripts in ${name}: ${engine.about}`)
    const { status, stdout, stderr, error } = spawnSync(program!, [...flags, outfile], { encoding: 'utf8', maxBuffer: 1 << 28 })
    if (error !== undefined) {
      console.log(`${program} cannot be run: ${error.message}`)
      return 1
    }
    // The last line stays the count.
    process.stderr.write(stderr)
    process.stdout.write(stdout)
    const last = /(\d+) passed, (\d+) failed, \d+ skipped\s*$/.exec(stdout)
    return status === 0 && last !== null && Number(last[1]) > 0 && last[2] === '0' ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
