/**
 * `vitrine/core` and what it leaves out: each missing feature is refused with the import that brings it, and runs once that is made. In
 * processes of their own, since everything is loaded in this one.
 */
import { buildSync } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { repoRoot } from './helpers/files.ts'

const url = (path: string): string => JSON.stringify(new URL(`file://${repoRoot}/${path}`).href)

/** What a script logs, as JSON in its last line. `vitrine` is the core, `wat` makes bytes of text. */
function inCore(script: string): unknown {
  const source = `(async () => {
    const vitrine = await import(${url('src/core.ts')})
    const { watToWasm: wat } = await import(${url('src/text/index.ts')})
    ${script}
  })()`
  const output = execFileSync(process.execPath, ['--import', 'tsx', '-e', source], { cwd: repoRoot, encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1)!)
}

const programs: readonly (readonly [feature: string, family: string, text: string, result: number])[] = [
  ['simd', 'simd', '(i32x4.extract_lane 1 (i32x4.add (v128.const i32x4 1 2 3 4) (v128.const i32x4 10 20 30 40)))', 22],
  ['gc', 'gc', '(i31.get_s (ref.i31 (i32.const 7)))', 7],
  ['threads', 'threads', '(drop (i32.atomic.rmw.add (i32.const 8) (i32.const 5))) (i32.atomic.load (i32.const 8))', 5],
  [
    'stack-switching',
    'stack-switching',
    '(block $on (result (ref null $k)) (resume $k (on $t $on) (cont.new $k (ref.func $g))) (return (i32.const 1))) (drop) (i32.const 3)',
    3,
  ],
  ['wide-arithmetic', 'wide-arithmetic', '(i64.mul_wide_u (i64.const -1) (i64.const 2)) (drop) (i32.wrap_i64)', -2],
]

test.each(programs)('%s', (feature, family, body, result) => {
  const text = `(module (memory 1)${
    feature === 'stack-switching' ? '(type $f (func)) (type $k (cont $f)) (tag $t) (func $g (suspend $t)) (elem declare func $g)' : ''
  } (func (export "run") (result i32) ${body}))`
  const found = inCore(`
    const bytes = wat(${JSON.stringify(text)})
    const options = { features: { ${JSON.stringify(feature)}: true } }
    let message
    try { vitrine.compile(bytes, options) } catch (error) { message = [error.code, error.feature, error.message] }
    await import(${url(`src/families/${family}.ts`)})
    const { exports } = vitrine.instantiate(vitrine.compile(bytes, options), {})
    console.log(JSON.stringify([message, exports.run()]))`)
  expect(found).toEqual([
    ['unsupported', feature, expect.stringContaining(`not loaded; import 'vitrine/${family}', or 'vitrine', which has everything`)],
    result,
  ])
})

test('executors: auto is the loop until there is a choice, closure has to be imported', () => {
  const found = inCore(`
    const module = vitrine.compile(wat('(module (func (export "run") (result i32) (i32.const 5)))'))
    const run = (executor) => vitrine.instantiate(module, {}, { executor }).exports.run()
    const results = [run('auto'), run('switch')]
    try { run('closure') } catch (error) { results.push(error.message) }
    await import(${url('src/families/closure.ts')})
    console.log(JSON.stringify([...results, run('closure'), run('auto')]))`)
  expect(found).toEqual([5, 5, "the executor 'closure' is not loaded: import 'vitrine/closure'", 5, 5])
})

test('run of vitrine/wasi imports what a program needs, and nothing for one that needs nothing', () => {
  const loop = '(local $i i32) (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4000000))))'
  const found = inCore(`
    const { run } = await import(${url('src/wasi/run.ts')})
    const { missingFor } = await import(${url('src/spec/features.ts')})
    const { providedExecutor } = await import(${url('src/runtime/executors.ts')})
    const seen = []
    const look = () => seen.push([missingFor('simd') === undefined, missingFor('gc') === undefined, providedExecutor('closure', 'fast') !== undefined])
    const program = (body) => wat('(module (memory (export "memory") 1) (func (export "_start") ' + body + '))')
    await run(program('(nop)')); look()
    await run(program('(drop (v128.const i32x4 1 2 3 4))')); look()
    await run(program(${JSON.stringify(loop)}))
    // The program may have ended before they came.
    for (let i = 0; i < 500 && providedExecutor('closure', 'fast') === undefined; i++) await new Promise((done) => setTimeout(done, 20))
    look()
    await run(program('(nop)'), { executor: 'reference' })
    console.log(JSON.stringify(seen))`)
  expect(found).toEqual([
    [false, false, false],
    [true, false, false],
    [true, false, true],
  ])
})

/** The source files of a bundle of `contents`. */
function filesOf(contents: string): string[] {
  const { metafile } = buildSync({
    stdin: { contents, resolveDir: repoRoot },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
    metafile: true,
  })
  return Object.keys(Object.values(metafile.outputs)[0]!.inputs)
}

test('a bundler keeps what `vitrine` imports for its effects', () => {
  const kept = filesOf("export { compile } from './src/index.ts'")
  expect(kept).toEqual(expect.arrayContaining(programs.map(([, family]) => `src/families/${family}.ts`)))
  expect(kept).toContain('src/families/closure.ts')
})

test('no entry point unpacks the instruction table at import, and the core has no function for each numeric instruction', () => {
  const [core, all] = ['core', 'index'].map((entry) => filesOf(`export * from './src/${entry}.ts'`)) as [string[], string[]]
  for (const files of [core, all]) {
    expect(files).toContain('src/spec/instruction-table.ts')
    expect(files).not.toContain('src/spec/instructions.ts')
  }
  expect(core).not.toContain('src/ops/semantics/index.ts')
})
