/**
 * `npm run js-api -- [FILE…] [--native PROGRAM] [--node-flag=FLAG…] [--verbose]`: the js-api tests of the specification on the
 * namespace of `src/js-api`. They are W3C test data and not part of this repository: `WASM_SPEC` names a clone of
 * WebAssembly/spec. With `--native` the same tests run on the WebAssembly of that Node as well, and every subtest that it passes
 * must pass here.
 */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, relative, resolve, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { repoRoot } from '../../test/helpers/files.ts'
import type { Subtest } from './harness.ts'

/** Milliseconds that one file may take: limits.any.js makes modules of up to 1 GiB, which takes an engine without JIT minutes. */
const patience = 1_800_000

/** What a file's subtests came to; `broken` if it ended before all were recorded. */
interface Outcome {
  readonly subtests: readonly Subtest[]
  readonly broken: string | undefined
}

/** Test files below the root, by their path with `/`. */
function filesOf(root: string): readonly string[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'))
  return all.filter((path) => path.endsWith('.any.js') || path.startsWith('error-interfaces')).sort()
}

/** The scripts that a file wants evaluated before it, in order. `/wasm/jsapi/` is the root of the tests. */
function scriptsOf(root: string, file: string): readonly string[] {
  const wanted = [...readFileSync(join(root, file), 'utf8').matchAll(/^\/\/ META: script=(\S+)/gm)].map(([, path]) => path!)
  return wanted.map((path) =>
    join(root, path.startsWith('/') ? path.replace(/^\/wasm\/jsapi\//, '') : posix.join(posix.dirname(file), path)),
  )
}

/** Bundles that a child evaluates before the tests: the harness, alone or after the namespace was installed. */
async function bundle(folder: string, name: string, imports: readonly string[]): Promise<string> {
  const outfile = join(folder, name)
  await build({
    stdin: { contents: imports.map((path) => `import ${JSON.stringify(path)}`).join('\n'), resolveDir: repoRoot },
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2022',
    outfile,
    // The harness is wanted for its effect, which package.json denies it.
    ignoreAnnotations: true,
    logLevel: 'error',
  })
  return outfile
}

/** Evaluates scripts in the realm of a new process, one after another, and takes the record of the harness. */
function run(program: string, flags: readonly string[], scripts: readonly string[], record: string): Outcome {
  rmSync(record, { force: true })
  const child = join(record, '..', 'child.cjs')
  writeFileSync(
    child,
    `const { readFileSync, writeFileSync } = require('node:fs'), { runInThisContext } = require('node:vm')
process.on('unhandledRejection', () => {}) // a subtest that fails may leave one
for (const path of ${JSON.stringify(scripts)}) runInThisContext(readFileSync(path, 'utf8'), { filename: path })
subtestsOfThisFile().then((subtests) => writeFileSync(${JSON.stringify(record)}, JSON.stringify(subtests)))`,
  )
  const { status, signal, stderr } = spawnSync(program, [...flags, child], { encoding: 'utf8', timeout: patience })
  const whole = existsSync(record)
  const subtests = whole ? (JSON.parse(readFileSync(record, 'utf8')) as Subtest[]) : []
  const why = /^\w*Error.*/m.exec(stderr)?.[0] ?? stderr.trim()
  const broken = whole ? undefined : `ended before its end (${signal ?? `exit code ${status}`}): ${why}`
  return { subtests, broken }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      native: { type: 'string' },
      'node-flag': { type: 'string', multiple: true, default: [] },
      verbose: { type: 'boolean', default: false },
    },
  })
  const place = process.env.WASM_SPEC ?? ''
  const root = resolve(place, 'test/js-api')
  if (place === '' || !existsSync(root)) {
    console.log(
      place === ''
        ? 'The js-api tests are not here: set WASM_SPEC to a clone of WebAssembly/spec.'
        : `WASM_SPEC is set to '${place}', but there is no '${relative('.', root)}'.`,
    )
    console.log('0 passed, 0 failed')
    return place === '' ? 0 : 1
  }
  const files = filesOf(root).filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-js-api-'))
  const record = join(folder, 'record.json')
  let passed = 0
  let failed = 0
  let nativePassed = 0
  let behind = 0
  const problem = (text: string): void => {
    failed++
    console.log(text)
  }
  try {
    const harness = join(repoRoot, 'spec-tests/js-api/harness.ts')
    const alone = await bundle(folder, 'native.js', [harness])
    const ours = await bundle(folder, 'vitrine.js', [join(repoRoot, 'src/js-api/force.ts'), harness])
    for (const file of files) {
      const scripts = [...scriptsOf(root, file), join(root, file)]
      const here = run(process.execPath, values['node-flag'], [ours, ...scripts], record)
      if (here.broken !== undefined) problem(`${file}: ${here.broken}`)
      const failures = here.subtests.filter(({ failure }) => failure !== undefined)
      passed += here.subtests.length - failures.length
      const native = values.native === undefined ? undefined : run(values.native, [], [alone, ...scripts], record)
      // Subtests of one file may share a name: they are told apart by their order.
      const nativePasses = new Set(named(native?.subtests ?? []).flatMap(([name, s]) => (s.failure === undefined ? [name] : [])))
      nativePassed += nativePasses.size
      if (native?.broken !== undefined) console.log(`${file}, natively: ${native.broken}`)
      for (const [name, { failure }] of named(here.subtests)) {
        const also = native === undefined ? '' : nativePasses.has(name) ? ' (passes natively)' : ' (fails natively too)'
        if (failure !== undefined) problem(`${file}: ${name}: ${failure}${also}`)
        if (failure === undefined) nativePasses.delete(name)
      }
      behind += nativePasses.size
      if (values.verbose) console.log(`${file}: ${here.subtests.length - failures.length} of ${here.subtests.length}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  if (values.native !== undefined) console.log(`natively ${nativePassed} passed, of which ${behind} do not pass here`)
  console.log(`${files.length} files`)
  console.log(`${passed} passed, ${failed} failed`)
  return (values.native === undefined ? failed : behind) === 0 ? 0 : 1
}

function named(subtests: readonly Subtest[]): readonly (readonly [string, Subtest])[] {
  const seen = new Map<string, number>()
  return subtests.map((subtest) => {
    const n = (seen.get(subtest.name) ?? 0) + 1
    seen.set(subtest.name, n)
    return [n === 1 ? subtest.name : `${subtest.name} (${n})`, subtest] as const
  })
}

process.exitCode = await main()
