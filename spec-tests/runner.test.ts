/**
 * Our own scripts (own/*.wast) on every configuration, and the runner itself: a runner that cannot fail proves nothing,
 * so each kind of assertion is given something wrong here as well.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { featureSet } from '../src/spec/features.ts'
import { featuresOf } from './features.ts'
import { Report } from './report.ts'
import { type Result, STATIC, runScript } from './run-suite.ts'
import { configurations } from './runner.ts'
import { Script } from './script.ts'

const own = join(dirname(fileURLToPath(import.meta.url)), 'own')
const none = (): ReadonlyMap<string, string> => new Map()

function run(
  script: Script,
  options: { line?: number; expected?: (column: string) => ReadonlyMap<string, string>; timeout?: number } = {},
): Result[] {
  const results: Result[] = []
  runScript(script, { configurations, timeout: 10_000, expected: none, ...options }, (result) => results.push(result))
  return results
}
const script = (source: string, features = featureSet()): Script => new Script('test.wast', new TextEncoder().encode(source), features)
const shown = ({ column, line, command, verdict }: Result): string =>
  `${line} [${column}] ${command}: ${verdict.status === 'failed' ? `${verdict.kind}: expected ${verdict.expected}, got ${verdict.got}` : verdict.status}`

describe('own scripts', () => {
  for (const file of readdirSync(own).filter((name) => name.endsWith('.wast'))) {
    it(
      file,
      () => {
        const results = run(new Script(file, readFileSync(join(own, file)), featureSet()))
        expect(results.filter(({ verdict }) => verdict.status !== 'passed').map(shown)).toEqual([])
        for (const column of file.startsWith('invalid') || file.startsWith('malformed') ? [STATIC] : configurations.map((c) => c.name)) {
          expect(results.filter((r) => r.column === column).length).toBeGreaterThan(5)
        }
      },
      120_000,
    )
  }
})

const module = `(module
  (func (export "i32") (result i32) (i32.const 1))
  (func (export "i64") (result i64) (i64.const 0x100000001))
  (func (export "f32") (result f32) (f32.const nan:0x200000))
  (func (export "zero") (result f64) (f64.const 0))
  (func (export "null") (result externref) (ref.null extern))
  (func (export "id") (param externref) (result externref) (local.get 0))
  (func (export "func") (result funcref) (ref.null func))
  (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "trap") (unreachable))
  (func $deep (export "deep") (call $deep)))`

describe('what is wrong fails', () => {
  const commands = [
    '(assert_return (invoke "i32") (i32.const 2))',
    '(assert_return (invoke "i32") (i64.const 1))',
    '(assert_return (invoke "i32"))',
    '(assert_return (invoke "two") (i32.const 1))',
    '(assert_return (invoke "two") (i32.const 1) (i32.const 3))',
    '(assert_return (invoke "i32") (either (i32.const 2) (i32.const 3)))',
    '(assert_return (invoke "i64") (i64.const 1))',
    '(assert_return (invoke "i64") (i64.const 0x100000000))',
    '(assert_return (invoke "f32") (f32.const nan:0x200001))',
    '(assert_return (invoke "f32") (f32.const nan:canonical))',
    '(assert_return (invoke "f32") (f32.const nan:arithmetic))',
    '(assert_return (invoke "zero") (f64.const -0.0))',
    '(assert_return (invoke "null") (ref.extern 0))',
    '(assert_return (invoke "null") (ref.extern))',
    '(assert_return (invoke "func") (ref.null extern))',
    '(assert_return (invoke "func") (ref.func))',
    '(assert_return (invoke "id" (ref.extern 1)) (ref.extern 2))',
    '(assert_return (invoke "id" (ref.extern 1)) (ref.null extern))',
    '(assert_return (invoke "trap"))',
    '(assert_return (invoke "nowhere"))',
    '(assert_return (invoke "i32" (i32.const 1)) (i32.const 1))',
    '(assert_return (get "i32") (i32.const 1))',
    '(assert_return (invoke $nobody "i32") (i32.const 1))',
    '(assert_trap (invoke "i32") "unreachable")',
    '(assert_trap (invoke "trap") "unreachable executed twice")',
    '(assert_trap (invoke "trap") "integer overflow")',
    '(assert_trap (invoke "deep") "call stack exhausted")',
    '(assert_exhaustion (invoke "trap") "unreachable")',
    '(assert_exception (invoke "trap"))',
    '(invoke "trap")',
    '(register "nobody" $nobody)',
    '(module instance $a $nobody)',
    '(assert_unlinkable (module) "unknown import")',
    '(assert_unlinkable (module (import "no" "no" (func))) "incompatible import type")',
    '(assert_trap (module) "unreachable")',
    '(assert_trap (module (import "no" "no" (func))) "unreachable")',
    '(module (import "no" "no" (func)))',
  ]
  for (const command of commands) {
    it(command, () => {
      const results = run(script(`${module}\n${command}`)).filter(({ line, column }) => line > 1 && column !== STATIC)
      const ours = results.filter((r) => r.line === module.split('\n').length + 1)
      expect(ours.map(({ verdict }) => verdict.status)).toEqual(configurations.map(() => 'failed'))
    })
  }

  const statics = [
    '(module (func (result i32)))',
    '(module quote "(func")',
    '(module binary "")',
    '(assert_malformed (module quote "(func)") "unexpected token")',
    '(assert_malformed (module quote "(func (drop))") "type mismatch")',
    '(assert_malformed (module quote "(func") "unknown operator")',
    '(assert_invalid (module) "type mismatch")',
    '(assert_invalid (module (func (drop))) "unknown local")',
    '(assert_invalid (module quote "(func") "unexpected token")',
    '(this is no script',
  ]
  for (const command of statics) {
    it(command, () => {
      expect(
        run(script(command))
          .filter((r) => r.column === STATIC)
          .map(({ verdict }) => verdict.status),
      ).toEqual(['failed'])
    })
  }

  it('takes what depends on a failed module along', () => {
    const results = run(
      script('(module $a (func (export "f") (drop)))\n(register "a")\n(module (import "a" "f" (func)))\n(assert_return (invoke $a "f"))'),
    )
    const kinds = results
      .filter((r) => r.column === 'reference')
      .map(({ verdict }) => (verdict.status === 'failed' ? verdict.kind : verdict.status))
    expect(kinds).toEqual(['result', 'dependent', 'dependent', 'dependent'])
  })

  it('ends a loop that does not end', () => {
    const results = run(script('(module (func (export "f") (loop (br 0))))\n(assert_return (invoke "f"))'), { timeout: 50 })
    const kinds = results.filter((r) => r.line === 2).map(({ verdict }) => (verdict.status === 'failed' ? verdict.kind : verdict.status))
    expect(kinds).toEqual(configurations.map(() => 'timeout'))
  })
})

describe('lists', () => {
  const source =
    '(module (func (export "f") (result i32) (i32.const 1)))\n(assert_return (invoke "f") (i32.const 2))\n(assert_return (invoke "f") (i32.const 1))'
  const statuses = (list: ReadonlyMap<string, string>): string[] =>
    run(script(source), { expected: (column) => (column === 'reference' ? list : new Map()) })
      .filter((r) => r.column === 'reference')
      .map(({ verdict }) => verdict.status)

  it('an expected failure counts as skipped, an unexpected pass fails, and so does an entry without a command', () => {
    expect(statuses(new Map())).toEqual(['passed', 'failed', 'passed'])
    expect(statuses(new Map([['test.wast:2', 'why']]))).toEqual(['passed', 'skipped', 'passed'])
    expect(statuses(new Map([['test.wast:3', 'why']]))).toEqual(['passed', 'failed', 'failed'])
    expect(
      statuses(
        new Map([
          ['test.wast:9', 'why'],
          ['other.wast:9', 'why'],
        ]),
      ),
    ).toEqual(['passed', 'failed', 'passed', 'failed'])
  })

  it('runs one command by its line', () => {
    expect(run(script(source), { line: 3 }).map(({ line, column, verdict }) => `${line} ${column} ${verdict.status}`)).toEqual(
      configurations.map(({ name }) => `3 ${name} passed`),
    )
  })
})

describe('features', () => {
  it('differ by folder', () => {
    expect(featuresOf('core/simd')).toEqual(featureSet())
    expect(featuresOf('legacy/exceptions/core').has('legacy-exceptions')).toBe(true)
    expect(featuresOf('proposals/threads').has('multi-memory')).toBe(false)
  })
})

describe('report', () => {
  it('has one row a folder, and shows a failure of all configurations once', () => {
    const report = new Report()
    for (const result of run(script(`${module}\n(assert_return (invoke "i32") (i32.const 2))`))) report.add(result)
    const n = configurations.length
    const names = configurations.map((c) => c.name)
    expect(report.total).toEqual({ passed: 1 + n, failed: n, skipped: 0 })
    expect(report.tableLines(names).map((line) => line.replace(/ +/g, ' '))).toEqual([
      `passed/failed/skipped static ${names.join(' ')}`,
      `. 1/0/0${' 1/1/0'.repeat(n)}`,
      `all 1/0/0${' 1/1/0'.repeat(n)}`,
    ])
    expect(report.failureLines(5).slice(0, 4)).toEqual([
      `test.wast: ${n} failed`,
      `  test.wast:12 [${names.join(' ')}] (assert_return (invoke "i32") (i32.const 2))`,
      '    expected i32 2',
      '    got      i32 1',
    ])
  })
})
