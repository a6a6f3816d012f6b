/**
 * The command line from outside: a bundle of src/cli/main.ts in processes of its own. What guests print is compared with
 * node:wasi elsewhere (examples/check.ts); here it is about options, exit codes, messages, pipes and the other commands.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundlePackage } from './helpers/command.ts'
import { repoRoot } from './helpers/files.ts'

let dir = ''
let main = ''
const guest = (path: string): string => join(repoRoot, 'examples/guests', path)
const fixtures: string = join(repoRoot, 'examples/fixtures')

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-cli-'))
  main = await bundlePackage(dir)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Ended {
  code: number | null
  out: string
  err: string
}
function vitrine(args: readonly string[], options: { input?: string; env?: Record<string, string>; cwd?: string } = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    input: '',
    env: { ...process.env, VITRINE_DEBUG: '' },
    ...options,
  })
  expect(stderr).not.toMatch(/^\s+at .*\.(js|ts):\d+/m)
  return { code: status, out: stdout, err: stderr }
}
/** A file in the test's directory. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

describe('help and usage', () => {
  test('general help, version, help of each command fit a screen', () => {
    expect(vitrine(['--help']).out).toMatch(
      /run .*\n.*validate .*\n.*inspect .*\n.*trace .*\n.*profile .*\n.*cover .*\n.*debug .*\n.*dap .*\n.*explain .*\n.*parse .*\n.*print /,
    )
    expect(vitrine([]).code).toBe(2)
    const { version } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { version: string }
    expect(vitrine(['--version']).out).toBe(`vitrine ${version}\n`)
    for (const command of ['run', 'validate', 'inspect', 'trace', 'explain', 'parse', 'print']) {
      const { code, out } = vitrine([command, '--help'])
      expect(code).toBe(0)
      expect(out).toMatch(/Usage: vitrine .*\n[^]*Examples:/)
      expect(out.split('\n').length, command).toBeLessThanOrEqual(32)
      expect(Math.max(...out.split('\n').map((line) => line.length)), command).toBeLessThanOrEqual(120)
    }
    expect(vitrine(['help', 'trace']).out).toBe(vitrine(['trace', '-h']).out)
  })

  test('mistakes are told with a hint and exit code 2', () => {
    const mistakes: [string[], RegExp][] = [
      [['rnu', 'x'], /did you mean run\?/],
      [['run'], /no file is given\nusage: /],
      [['run', '--dri', '.', 'x.wasm'], /unknown option --dri; did you mean --dir\?/],
      [['run', '--dir'], /--dir needs a value: --dir HOST/],
      [['run', '--dir', '/nowhere/at/all', guest('c/hello.wasm')], /cannot grant \/nowhere\/at\/all: no such directory/],
      [['run', '--fuel', 'much', guest('c/hello.wasm')], /--fuel needs a whole number/],
      [['run', '--tier', 'slow', guest('c/hello.wasm')], /one of: auto, fast, exact/],
      [['run', '--max-memory', '1XB', guest('c/hello.wasm')], /'1XB' is not a size/],
      [['run', '--clock', 'sundial', guest('c/hello.wasm')], /--clock 'sundial' is no clock/],
      [['run', '--verbose=1', guest('c/hello.wasm')], /--verbose takes no value/],
      [['run', guest('wat/fac.wasm')], /has no _start[^]*--invoke NAME: fac, /],
      [['run', '--invoke', 'nope', guest('wat/fac.wasm')], /no exported function 'nope'\nthere are: fac, /],
      [['run', '--invoke', 'fac', guest('wat/fac.wasm')], /fac takes 1 argument \(i64\), not 0/],
      [['run', '--invoke', 'fac', guest('wat/fac.wasm'), 'five'], /'five' is not an i64/],
      [['trace', '--func', 'fac', '--func', 'nope*', '--invoke', 'fac', guest('wat/fac.wasm'), '5'], /--func 'nope\*' matches no function/],
      [['trace', '--func', '99', '--invoke', 'fac', guest('wat/fac.wasm'), '5'], /--func '99' matches no function/],
      [['trace', '-o', join(dir, 'no/such'), guest('c/hello.wasm')], /cannot write .*no\/such: no such directory/],
    ]
    for (const [args, message] of mistakes) {
      const { code, err, out } = vitrine(args)
      expect(err, args.join(' ')).toMatch(message)
      expect(code, args.join(' ')).toBe(2)
      expect(out).toBe('')
    }
  })
})

describe('run', () => {
  test('everything after the file is the guest’s, options too; argv[0] is the file’s name', () => {
    const expected = 'Hello from C\nargc = 4\nargv[0] = hello.wasm\nargv[1] = --help\nargv[2] = --\nargv[3] = -x=1\n'
    expect(vitrine(['run', guest('c/hello.wasm'), '--help', '--', '-x=1'])).toEqual({ code: 0, out: expected, err: '' })
    expect(vitrine(['run', '--', guest('c/hello.wasm'), '--help', '--', '-x=1']).out).toBe(expected)
    expect(vitrine([guest('c/hello.wasm'), '--help', '--', '-x=1']).out).toBe(expected)
    expect(vitrine(['--argv0=me', guest('c/hello.wasm')]).out).toBe('Hello from C\nargc = 1\nargv[0] = me\n')
  })

  test('directories: several, read-only, aliases, two colons in the host path', () => {
    const { out, code } = vitrine([
      'run',
      '--mapdir',
      `${dir}::/first`,
      '--volume',
      `${fixtures}::/second,ro`,
      guest('c/ls.wasm'),
      '/second',
    ])
    expect(out).toMatch(/about\.txt[^]*6 entries/)
    expect(code).toBe(0)
    const odd = join(dir, 'a::b')
    mkdirSync(odd)
    expect(vitrine(['run', `--dir=${odd}::/x`, guest('c/ls.wasm'), '/x']).out).toMatch(/^0 entries/)
    expect(vitrine(['run', '--dir', `${odd}::.`, guest('c/files.wasm')]).code).toBe(0)
    const readOnly = vitrine(['run', '--dir', `${odd}::.,ro`, guest('c/files.wasm')])
    expect(readOnly.code).not.toBe(0)
    expect(readOnly.err).toMatch(/denied: .*grant it with --dir/)
    expect(vitrine(['run', '-q', '--dir', `${odd}::.,ro`, guest('c/files.wasm')]).err).not.toMatch(/denied/)
  })

  test('environment: set, passed on, absent', () => {
    const env = { ...(process.env as Record<string, string>), PASSED: 'from here' }
    const { out } = vitrine(
      ['run', '--env', 'SET=a=b', '--env', 'PASSED', '--env', 'NOT_THERE', guest('c/env.wasm'), 'SET', 'PASSED', 'NOT_THERE', 'PATH'],
      { env },
    )
    expect(out).toContain('a=b')
    expect(out).toContain('from here')
    expect(out).toContain('2 variables')
  })

  test('stdin: piped, from a file, empty, slow', async () => {
    expect(vitrine(['run', guest('c/cat-upper.wasm')], { input: 'abc\n' }).out).toBe('ABC\n')
    expect(vitrine(['run', '--stdin', file('in.txt', 'from a file'), guest('c/cat-upper.wasm')]).out).toBe('FROM A FILE')
    expect(vitrine(['run', '--stdin', join(dir, 'none'), guest('c/cat-upper.wasm')])).toMatchObject({ code: 2, err: /no such file/ })
    expect(vitrine(['run', guest('c/cat-upper.wasm')]).out).toBe('')
    const child = spawn(process.execPath, [main, 'run', guest('c/cat-upper.wasm')], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdout.setEncoding('utf8')
    const next = (): Promise<string> => new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdin.write('one\n')
    expect(await next()).toBe('ONE\n')
    child.stdin.write('two\n')
    expect(await next()).toBe('TWO\n')
    child.stdin.end()
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  })

  test('exit codes: the guest’s, low 8 bits', () => {
    expect(vitrine(['run', guest('c/exit-code.wasm'), '7']).code).toBe(7)
    expect(vitrine(['run', guest('c/exit-code.wasm'), '255', 'return']).code).toBe(255)
    const exit = file(
      'exit.wat',
      `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
      (func (export "_start") (call $exit (i32.const 0x1234_5603))))`,
    )
    expect(vitrine([exit]).code).toBe(3)
  })

  test('a trap: backtrace with names, 134', () => {
    const { code, err, out } = vitrine(['run', guest('c/trap.wasm'), 'divide'])
    expect(code).toBe(134)
    expect(out).toBe('before: divide\n')
    expect(err).toMatch(
      /^trap: integer divide by zero\n {4}at divide \(trap\.wasm:0x[\da-f]+\)\n {4}at trap \(trap\.wasm:0x[\da-f]+\)\n {4}at main \(/,
    )
    const deep = vitrine(['run', guest('c/trap.wasm'), 'stack'])
    expect(deep.code).toBe(134)
    expect(deep.err).toMatch(/^trap: call stack exhausted\n {4}at recurse .*\n {4}at recurse .*\[49 times\]\n {4}…\n$/)
  })

  test('an uncaught exception: tag, values, backtrace, 134; of either proposal', () => {
    const path = file(
      'throws.wat',
      `(module (tag $oops (param i32 f64)) (tag $t)
  (func $inner (param i32) (throw $oops (local.get 0) (f64.const -0.5)))
  (func $middle (try (do (call $inner (i32.const 7))) (catch $t) (catch_all (rethrow 0))))
  (func (export "_start") (block $x (result exnref) (try_table (catch_all_ref $x) (call $middle)) (return)) (throw_ref)))`,
    )
    expect(vitrine(['run', path])).toEqual({
      code: 134,
      out: '',
      err: 'uncaught exception $oops(i32 7, f64 -0.5)\n    at inner (throws.wat:2:28)\n    at middle (throws.wat:3:26)\n    at _start (throws.wat:4:83)\n',
    })
    const trace = vitrine(['trace', path])
    expect(trace.code).toBe(134)
    const lines = trace.out.replaceAll(/ +/g, ' ')
    expect(lines).toContain('inner 2:28 throw $oops 7 -0.5 -> throws $oops\nmiddle 3:77 rethrow 0 -> throws $oops\n')
    expect(lines).toContain('throw_ref exn:$oops -> throws $oops\n')
    expect(vitrine(['trace', '--jsonl', path]).out).toContain('"op":"rethrow","text":"rethrow 0"')
  })

  test('a trap in a text module is shown by line and column', () => {
    const path = file('trap.wat', '(module\n  (func $inner unreachable)\n  (func (export "_start")\n    (call $inner)))')
    expect(vitrine([path])).toEqual({
      code: 134,
      out: '',
      err: `trap: unreachable\n    at inner (trap.wat:2:16)\n    at _start (trap.wat:4:5)\n  instruction: unreachable\n  to look into it: vitrine debug ${path}\n`,
    })
  })

  test('fuel 125, timeout 124 (computing and waiting), Ctrl-C 130', async () => {
    const spin = file('spin.wat', '(module (memory (export "memory") 1) (func $spin (export "_start") (loop (br 0))))')
    expect(vitrine(['run', '--fuel', '1_000', spin])).toMatchObject({ code: 125, err: /spin.*all fuel consumed/ })
    expect(vitrine(['run', '--timeout', '100', spin])).toMatchObject({ code: 124, err: /time limit exceeded/ })
    const started = (args: string[]): ReturnType<typeof spawn> =>
      spawn(process.execPath, [main, 'run', ...args], { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = (child: ReturnType<typeof spawn>): Promise<unknown> => new Promise((resolve) => child.on('close', resolve))
    // Standard input stays open and silent.
    expect(await ended(started(['--timeout', '100', guest('c/cat-upper.wasm')]))).toBe(124)
    for (const args of [[guest('c/cat-upper.wasm')], [guest('c/sieve.wasm'), '90000000']]) {
      const child = started(args)
      if (args.length === 1) {
        child.stdin!.write('x\n')
        await new Promise((resolve) => child.stdout!.once('data', resolve))
      } else await new Promise((resolve) => setTimeout(resolve, 1500))
      child.kill('SIGINT')
      expect(await ended(child)).toBe(130)
    }
  })

  test('a reader that goes away early is no crash', () => {
    const lines = file(
      'lines.wat',
      `(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 16) "a line\\n")
      (func (export "_start")
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 7))
        (loop $again
          (br_if $again (i32.eqz (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
          (call $exit (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))))`,
    )
    const shell = (command: string): Ended => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' })
      return { code: status, out: stdout, err: stderr }
    }
    const node = `"${process.execPath}" "${main}"`
    // 64 is EPIPE in Preview 1: the guest is told.
    expect(shell(`${node} run "${lines}" | head -n 2; echo "\${PIPESTATUS[0]}"`)).toEqual({ code: 0, out: 'a line\na line\n64\n', err: '' })
    expect(shell(`${node} trace "${guest('c/hello.wasm')}" 2>/dev/null | head -n 1; echo "\${PIPESTATUS[0]}"`).out).toMatch(
      /^_start\S* .*\n0\n$/,
    )
    expect(shell(`${node} inspect "${guest('go/lines.wasm')}" | head -n 1`)).toMatchObject({ err: '', out: /valid\n$/ })
  })

  test.runIf(existsSync('/dev/full'))('results that cannot be written are an error', () => {
    const to = (redirection: string, ...args: string[]): { err: string; code: number | null } => {
      const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
      const { stderr, status } = spawnSync('bash', ['-c', `${words} ${redirection}`], { encoding: 'utf8' })
      return { err: stderr, code: status }
    }
    const full = { err: 'vitrine: cannot write to standard output: no space left on device\n', code: 1 }
    for (const args of [
      ['inspect', guest('wat/fac.wat')],
      ['validate', guest('wat/fac.wat')],
      ['--help'],
      ['run', '--invoke', 'fac', guest('wat/fac.wat'), '5'],
    ])
      expect(to('>/dev/full', ...args), args.join(' ')).toEqual(full)
    const traced = to('>/dev/full', 'trace', guest('c/hello.wasm'))
    expect(traced.err).toMatch(/vitrine: cannot write to standard output: no space left on device\n$/)
    expect(traced.code).toBe(1)
    // A program is told by its own write, and decides itself.
    expect(to('>/dev/full', 'run', guest('c/hello.wasm')).code).toBe(0)
  })

  test('names that every JS object has are names like others', () => {
    const { out } = vitrine(['run', '--dir', `${fixtures}::constructor`, guest('c/ls.wasm'), 'constructor'])
    expect(out).toMatch(/about\.txt/)
    const names = ['__proto__', 'toString']
    expect(vitrine(['run', ...names.flatMap((name) => ['--env', `${name}=5`]), guest('c/env.wasm'), ...names]).out).toContain(
      'getenv(__proto__) = 5\ngetenv(toString) = 5\n',
    )
  })

  test('--invoke: integers, hexadecimals, floats, several results, modules without WASI', () => {
    const invoke = (name: string, path: string, ...args: string[]): string => vitrine(['run', '--invoke', name, path, ...args]).out
    expect(invoke('fac', guest('wat/fac.wasm'), '20')).toBe('2432902008176640000\n')
    expect(invoke('fac', guest('wat/fac.wat'), '0x14')).toBe('2432902008176640000\n')
    expect(invoke('divmod', guest('wat/tail-calls.wasm'), '17', '5')).toBe('3\n2\n')
    const types = file(
      'types.wat',
      `(module
      (func (export "i32") (param i32) (result i32) local.get 0) (func (export "i64") (param i64) (result i64) local.get 0)
      (func (export "f32") (param f32) (result f32) local.get 0) (func (export "f64") (param f64) (result f64) local.get 0)
      (func (export "none")) (func (export "ref") (param externref) (result externref) local.get 0))`,
    )
    expect(invoke('i32', types, '0xffffffff')).toBe('-1\n')
    expect(invoke('i32', types, '-2147483648')).toBe('-2147483648\n')
    expect(invoke('i64', types, '18446744073709551615')).toBe('-1\n')
    expect(invoke('f32', types, '0.1')).toBe('0.1\n')
    expect(['nan', 'inf', '-inf', '-0', '1e300'].map((text) => invoke('f64', types, text))).toEqual([
      'nan\n',
      'inf\n',
      '-inf\n',
      '-0\n',
      '1e+300\n',
    ])
    expect(invoke('none', types)).toBe('')
    expect([invoke('ref', types, 'null'), invoke('ref', types, 'hi')]).toEqual(['null\n', 'hi\n'])
    expect(vitrine(['run', '--invoke', 'i32', types, '4294967296'])).toMatchObject({ code: 2, err: /is not an i32/ })
    expect(vitrine(['run', '--invoke', 'fac-checked', guest('wat/fac.wasm'), '100'])).toMatchObject({ code: 134, err: /^trap: / })
  })

  test('reactors: _initialize comes first; both kinds at once are refused', () => {
    const reactor = file(
      'reactor.wat',
      `(module (global $g (mut i32) (i32.const 1)) (memory (export "memory") 1)
      (func (export "_initialize") (global.set $g (i32.const 42))) (func (export "get") (result i32) (global.get $g)))`,
    )
    expect(vitrine(['run', '--invoke', 'get', reactor]).out).toBe('42\n')
    expect(vitrine(['run', reactor])).toEqual({ code: 0, out: '', err: '' })
    const both = file('both.wat', '(module (func (export "_initialize")) (func (export "_start")))')
    expect(vitrine(['run', both])).toMatchObject({ code: 1, err: /exports both _start and _initialize/ })
    const hidden = file(
      'hidden.wat',
      `(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory 1) (func (export "_start")))`,
    )
    expect(vitrine(['run', hidden])).toMatchObject({ code: 1, err: /must export its memory/ })
  })

  test('repeatable: virtual and fixed clocks, seeds, memory limits', () => {
    const twice = (args: string[]): [string, string] => [vitrine(args).out, vitrine(args).out]
    const [a, b] = twice(['run', '--clock', 'fixed:2024-02-29T12:00:00Z', guest('c/time.wasm'), 'now'])
    expect(a).toBe(b)
    const [c, d] = twice(['run', '--seed', '7', guest('c/random.wasm'), 'bytes'])
    expect(c).toBe(d)
    expect(c).not.toBe(vitrine(['run', '--seed', '8', guest('c/random.wasm'), 'bytes']).out)
    expect(vitrine(['run', '--max-memory', '64KiB', guest('c/hello.wasm')])).toMatchObject({
      code: 1,
      err: /memory 0 wants \d+ bytes at the start; the limit is 65536/,
    })
  })

  test('the same on every executor and tier', () => {
    const expected = vitrine(['run', guest('c/int64.wasm')]).out
    for (const flags of [
      ['--tier', 'exact'],
      ['--executor', 'closure'],
      ['--executor', 'closure', '--tier', 'exact'],
      ['--executor', 'reference'],
    ])
      expect(vitrine(['run', ...flags, guest('c/int64.wasm')]).out).toBe(expected)
  })

  test('files that cannot be run are explained in one paragraph, exit code 1', () => {
    const cases: [string, RegExp][] = [
      [join(dir, 'none.wasm'), /^vitrine: cannot read .*none\.wasm: no such file\n$/],
      [dir.concat('/dist'), /^vitrine: cannot read .*: it is a directory\n$/],
      [
        file('text.wasm', 'hello'),
        /^vitrine: .*text\.wasm: not a module: magic header not detected: the file begins with 68 65 6c 6c \[at offset 0x0\]\n$/,
      ],
      [file('page.wasm', '<!DOCTYPE html>\n<html>'), /magic header not detected: this is a web page/],
      [file('empty.wasm', ''), /not a module: the file is empty\n$/],
      [
        file('cut.wasm', readFileSync(guest('c/hello.wasm')).subarray(0, 500)),
        /^vitrine: .*cut\.wasm: not a module: .* \[at offset 0x[\da-f]+\]\n$/,
      ],
      [
        file('syntax.wat', '(module\n  (func (i32.conts 1)))'),
        /syntax\.wat:2:10: unknown operator i32\.conts; did you mean i32\.const\?\n {2}2 \| .*\n.*\^\n$/,
      ],
      [
        file('invalid.wat', '(module\n  (func $f (export "_start")\n    i32.const 1))'),
        /invalid module: type mismatch.*\[in function 0 \(f\), at invalid\.wat:3:\d+\]\n$/,
      ],
      [file('import.wat', '(module (import "env" "f" (func)) (func (export "_start")))'), /cannot be linked: unknown import: .*env\.f/],
    ]
    for (const [path, message] of cases) {
      const { code, err } = vitrine(['run', path])
      expect(err).toMatch(message)
      expect(code, path).toBe(1)
    }
  })

  test('VITRINE_DEBUG=1 shows the JS stack', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'run', guest('c/trap.wasm'), 'divide'], {
      encoding: 'utf8',
      env: { ...process.env, VITRINE_DEBUG: '1' },
    })
    expect(status).toBe(134)
    expect(stderr).toMatch(/at .*main\.js:\d+/)
  })
})

describe('validate', () => {
  test('many files, exit code 0 or 1', () => {
    const good = [guest('c/hello.wasm'), guest('wat/fac.wat')]
    expect(vitrine(['validate', ...good])).toEqual({ code: 0, out: good.map((path) => `${path}: valid\n`).join(''), err: '' })
    const bad = file('bad.wat', '(module (func (result i32) i64.const 1))')
    const { code, out, err } = vitrine(['validate', bad, good[0]!])
    expect(code).toBe(1)
    expect(out).toBe(`${good[0]!}: valid\n`)
    expect(err).toMatch(/bad\.wat: invalid module: type mismatch.*\[in function 0, at bad\.wat:1:\d+\]/)
    const named = file('named.wat', '(module (func $half (param $n i32) (result i64)\n  local.get $n\n  i32.const 2\n  i32.div_u))')
    expect(vitrine(['validate', named]).err)
      .toBe(`${named}: invalid module: type mismatch: end: expected i64, found i32 (pushed by i32.div_u at 4:3) [in function 0 (half), at named.wat:4:12]
  in function 0 half at 4:12:
         2:3  local.get $n
         3:3  i32.const 2
         4:3  i32.div_u
  >     4:12  end
`)
  })
})

describe('--features', () => {
  test('switches features on and off, by name', () => {
    const shared = file('shared.wat', '(module (memory 1 1 shared))')
    expect(vitrine(['validate', shared])).toMatchObject({
      code: 1,
      err: /a shared memory needs the feature 'threads', which is off \[at offset 0x[\da-f]+\]\n--features threads switches it on\.\n$/,
    })
    expect(vitrine(['validate', '--features', 'threads', shared])).toMatchObject({ code: 0, out: `${shared}: valid\n` })
    expect(vitrine(['validate', '--features', '-sign-extension', guest('go/lines.wasm')]).err).toMatch(
      /instruction i\d\d\.extend\d+_s needs the feature 'sign-extension', which is off \[in function \d+, at offset/,
    )
    expect(vitrine(['run', '--features', '-mvp', guest('c/hello.wasm')])).toMatchObject({ code: 1, err: /needs the feature 'mvp'/ })
    expect(vitrine(['validate', '--features', 'thread', shared])).toMatchObject({
      code: 2,
      err: /no feature 'thread'\ndid you mean threads\?/,
    })
  })
})

describe('inspect', () => {
  test('sections, imports, exports, features', () => {
    const { out, code } = vitrine(['inspect', guest('c/hello.wasm')])
    expect(code).toBe(0)
    expect(out).toMatch(/^.*hello\.wasm: \d+ bytes, valid\nfeatures: mvp/)
    expect(out).toMatch(/^memory 0: \d+\.\. pages of 64 KiB$/m)
    expect(out).toMatch(/^code +0x[\da-f]+ +\d+ +\d+$/m)
    expect(out).toMatch(/^custom name +0x[\da-f]+ +\d+$/m)
    expect(out).toMatch(/^wasi_snapshot_preview1\.fd_write +func \d+ +\[i32 i32 i32 i32\] -> \[i32\]$/m)
    expect(out).toMatch(/^_start +func \d+ +\[\] -> \[\]$/m)
  })

  test('--json; features of types and of instructions; modules that cannot run here', () => {
    const json = (path: string): Record<string, unknown> => JSON.parse(vitrine(['inspect', '--json', path]).out) as Record<string, unknown>
    const memories = json(guest('wat/multi-memory.wat'))
    expect(memories['features']).toEqual(['mvp', 'multi-value', 'bulk-memory', 'multi-memory'])
    expect(memories['memories']).toEqual(['1.. pages of 64 KiB', '1..2 pages of 64 KiB'])
    expect(json(guest('wat/tail-calls.wasm'))['features']).toContain('tail-call')
    const bytes = readFileSync(guest('wat/fac.wasm'))
    const sections = json(guest('wat/fac.wasm'))['sections'] as { offset: number; size: number }[]
    const last = sections[sections.length - 1]!
    expect(last.offset + last.size).toBe(bytes.length)
    const invalid = json(file('invalid2.wat', '(module (func (result i32)))'))
    expect(invalid).toMatchObject({ valid: false, problem: /type mismatch/ })
  })
})

describe('custom sections in inspect', () => {
  const custom = (name: string, data: string): string => `(@custom "${name}" "${data}")`
  test('are shown in words, ill-formed ones with what is wrong', () => {
    const path = file(
      'custom.wat',
      `(module $app (func $f)
        ${custom('producers', '\\01\\08language\\01\\03C11\\00')}
        ${custom('target_features', '\\02+\\07simd128-\\07atomics')}
        ${custom('build_id', '\\02\\de\\ad')}
        ${custom('sourceMappingURL', '\\05a.map')}
        ${custom('dylink.0', '\\01\\04\\10\\02\\00\\00\\02\\09\\01\\07libc.so')}
        ${custom('linking', '\\03')}
        ${custom('unknown', 'xyz')})`,
    )
    const { out, code } = vitrine(['inspect', path])
    expect(code).toBe(0)
    for (const line of [
      'producers: language C11',
      'target_features: +simd128 -atomics',
      'build_id: dead',
      'sourceMappingURL: a.map',
      'dylink.0: memory 16 bytes aligned to 4, table 0 elements aligned to 1; needs libc.so',
      'name: module app; names of 1 function',
    ])
      expect(out.split('\n')).toContain(line)
    expect(out).toMatch(/^linking: ill-formed and ignored: linking version 3 is not known; known is 2 at 0x[\da-f]+$/m)
    expect(out).toMatch(/, valid\n/)

    const { customs } = JSON.parse(vitrine(['inspect', '--json', path]).out) as { customs: Record<string, unknown>[] }
    expect(customs.map((c) => [c['name'], c['kind']])).toEqual([
      ['producers', 'producers'],
      ['target_features', 'target features'],
      ['build_id', 'build id'],
      ['sourceMappingURL', 'url'],
      ['dylink.0', 'dylink'],
      ['linking', undefined],
      ['unknown', undefined],
      ['name', 'names'],
    ])
    expect(customs[1]!['value']).toEqual([
      { prefix: '+', name: 'simd128' },
      { prefix: '-', name: 'atomics' },
    ])
    expect(customs[2]).toMatchObject({ size: 3, value: 'dead' })
    expect(customs[5]!['problem']).toMatch(/linking version 3/)
    expect(customs[7]!['value']).toMatchObject({ module: 'app', counts: { function: 1, local: 0 } })
  })

  test('--section shows one, decoded and as bytes', () => {
    const path = join(dir, 'custom.wat')
    expect(vitrine(['inspect', '--section', 'target_features', path]).out).toMatch(
      /^custom target_features: 19 bytes from (0x[\da-f]+)\n {2}\+simd128 -atomics\n {2}\+ simd128\n {2}- atomics\n\1 {2}02 2b 07 73 .* {2}\.\+\.simd128-\.atom\n/,
    )
    expect(vitrine(['inspect', '--section', 'unknown', path]).out).toMatch(/^custom unknown: 3 bytes.*\n0x[\da-f]+ {2}78 79 7a +xyz\n$/)
    expect(vitrine(['inspect', '--section', 'type', path]).out).toMatch(/^type: 4 bytes from 0xa\n0xa {2}01 60 00 00 /)
    expect(vitrine(['inspect', '--section', 'nam', path])).toMatchObject({ code: 2, err: /no section 'nam'\ndid you mean name\?/ })
  })
})

describe('explain', () => {
  test('an instruction', () => {
    expect(vitrine(['explain', 'i32.div_s']).out).toBe(`i32.div_s
  Divides the first integer by the second, both taken as signed, and drops the fraction.
  opcode      6d
  immediates  none
  stack       [i32 i32] -> [i32]
  traps       integer divide by zero, integer overflow
  feature     mvp, on by default: the instructions and sections of Wasm 1.0
  spec        §3.4.10 and §4.6.10, numeric instructions
`)
    expect(vitrine(['explain', 'i32x4.relaxed_dot_i8x16_i7x16_add_s']).out).toMatch(/^ {2}opcode {6}fd 93 02$/m)
    expect(vitrine(['explain', 'select']).out.match(/^select$/gm)).toHaveLength(2)
  })

  test('unknown ones: near names, exit code 2', () => {
    expect(vitrine(['explain', 'i32.ad'])).toMatchObject({ code: 2, out: '', err: /no instruction 'i32\.ad'; did you mean .*i32\.add, / })
    expect(vitrine(['explain', 'div_u'])).toMatchObject({ code: 2, err: /did you mean i32\.div_u, i64\.div_u\?/ })
    expect(vitrine(['explain', 'quxquxqux'])).toMatchObject({ code: 2, err: /no instruction 'quxquxqux'\n/ })
    expect(vitrine(['explain'])).toMatchObject({ code: 2, err: /no instruction or offset is given/ })
    expect(vitrine(['explain', '0x10'])).toMatchObject({ code: 2, err: /in which file/ })
    expect(vitrine(['explain', 'i32.add', guest('c/hello.wasm')])).toMatchObject({ code: 2, err: /'i32\.add' is not an offset/ })
    expect(vitrine(['explain', '0xffffffff', guest('c/hello.wasm')])).toMatchObject({ code: 2, err: /beyond the end/ })
  })

  test('a place in a function: names, the stack, the labels', () => {
    const path = file(
      'explain.wat',
      `(module (import "env" "f" (func)) (global (mut i32) (i32.const 7)) (memory 1) (data (i32.const 8) "abc")
  (func $add (param $x i64) (result i32)
    i32.const 1
    loop (result i32)
      local.get $x
      i32.wrap_i64
    end
    i32.add)
  (export "add" (func $add)))`,
    )
    const { out, code } = vitrine(['explain', '6:7', path])
    expect(code).toBe(0)
    expect(out).toMatch(/^0x[\da-f]+: in function 1 \(add\)\n {2}i32\.wrap_i64\n {2}Keeps the low 32 bits\.\n/)
    expect(out).toMatch(
      /^ {2}function {4}\[i64\] -> \[i32\]\n {2}before it {3}\[i32 \| i64\] .*\n {2}label 0 {5}loop at 0x[\da-f]+; a branch takes \[\]\n {2}label 1/m,
    )
    expect(vitrine(['explain', '1:1', path])).toMatchObject({ code: 2, err: /no instruction stands at 1:1/ })
    // Every byte of the file has something to say.
    const wasm = guest('wat/log.wasm')
    const said = new Set<string>()
    for (const offset of [0, 8, 0x0b, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90]) {
      const each = vitrine(['explain', String(offset), wasm])
      expect(each.code).toBe(0)
      said.add(each.out.split('\n')[0]!)
    }
    expect(said.size).toBe(9)
  })
})

describe('profile and cover', () => {
  test('tables, and the exit code and output of the guest', () => {
    const { code, out, err } = vitrine(['profile', '--invoke', 'fac', guest('wat/fac.wat'), '5'])
    expect([code, err]).toEqual([0, '120\n'])
    expect(out).toMatch(/^ *self +instructions +total +calls +function\n100\.0 % +62 +100\.0 % +62 +6 +fac\n$/)
    expect(vitrine(['cover', '--invoke', 'fac', guest('wat/fac.wat'), '5']).out).toMatch(/^100\.0 % +13\/13 +6 +62 {2}fac$/m)
    const trapped = vitrine(['cover', '-o', join(dir, 'trap.txt'), guest('c/trap.wasm'), 'unreachable'])
    expect(trapped.code).toBe(134)
    expect(readFileSync(join(dir, 'trap.txt'), 'utf8')).toMatch(/instructions +\d+ of \d+/)
  })

  test('files for other tools', () => {
    for (const format of ['speedscope', 'cpuprofile', 'chrome', 'html', 'folded']) {
      const path = join(dir, `profile.${format}`)
      const { code, out } = vitrine(['profile', '--format', format, '-o', path, guest('c/hello.wasm')])
      expect([code, out.slice(0, 12)], format).toEqual([0, 'Hello from C'])
      const text = readFileSync(path, 'utf8')
      if (format !== 'html' && format !== 'folded') expect(JSON.parse(text), format).toBeTypeOf('object')
      expect(text, format).toContain('printf')
    }
    const [lcov, wat] = [join(dir, 'lcov.info'), join(dir, 'hello.printed.wat')]
    expect(vitrine(['cover', '--format', 'lcov', '-o', lcov, '--wat', wat, guest('c/hello.wasm')]).code).toBe(0)
    expect(readFileSync(lcov, 'utf8')).toContain(`SF:${wat}\n`)
    expect(readFileSync(wat, 'utf8')).toMatch(/^\(module/)
  })

  test('a recording is shown as the trace was', () => {
    const path = join(dir, 'fac.vtrc')
    const options = ['--invoke', 'fac', guest('wat/fac.wasm'), '3']
    expect(vitrine(['trace', '--format', 'binary', '-o', path, ...options]).code).toBe(0)
    expect(vitrine(['trace', path]).out).toBe(vitrine(['trace', ...options]).out)
    expect(vitrine(['trace', '--jsonl', '--limit', '2', path]).out.split('\n')).toHaveLength(3)
    expect(vitrine(['trace', '--format', 'indent', path]).out).toMatch(/^fac +0x\w+ {6}local\.get/m)
  })

  test('mistakes', () => {
    expect(vitrine(['profile', '--format', 'svg', guest('c/hello.wasm')])).toMatchObject({ code: 2, out: '' })
    expect(vitrine(['profile', '--format', 'toString', guest('c/hello.wasm')]).code).toBe(2)
    expect(vitrine(['profile', '--by', 'mood', guest('c/hello.wasm')]).err).toContain("--by 'mood' is neither instructions nor time")
    expect(vitrine(['cover', '--format', 'pdf', guest('c/hello.wasm')]).err).toContain('text, lcov, html')
    expect(vitrine(['trace', '--format', 'xml', guest('c/hello.wasm')]).code).toBe(2)
    const cut = file('cut.vtrc', 'vtrc\u0002\0\0\0\u0003\0')
    expect(vitrine(['trace', cut])).toMatchObject({ code: 1, out: '' })
    expect(vitrine(['trace', cut]).err).toContain('cut off')
  })
})

describe('trace', () => {
  const fac = `fac                 6:31  local.get $n                  -> 0
fac                 6:22  i64.eqz                       0 -> 1
fac                  6:5  if (result i64)               1
fac                 7:13  i64.const 1                   -> 1
fac                  8:7  else
fac                 9:85  end
fac                 9:86  end                           1
`
  test('function, place, instruction, operands, results', () => {
    expect(vitrine(['trace', '--invoke', 'fac', guest('wat/fac.wat'), '0'])).toEqual({ code: 0, out: fac, err: '1\n' })
    const { out } = vitrine([
      'trace',
      '--func',
      'no*ne',
      '--func',
      'div',
      file(
        'div.wat',
        `(module
      (func $div (param $a f64) (result f64) (f64.div (local.get $a) (f64.const 0)))
      (func (export "f") (param externref) (result f64)
        (drop (select (i64.const -1) (i64.const 2) (ref.is_null (local.get 0)))) (call $div (f64.const -1))))`,
      ),
      '--invoke',
    ])
    expect(out).toBe('')
    const all = vitrine(['trace', '--invoke', 'f', join(dir, 'div.wat'), 'null']).out.replaceAll(/ +/g, ' ')
    expect(all).toContain('ref.is_null null -> 1\n')
    expect(all).toContain('select -1 2 1 -> -1\n')
    expect(all).toContain('drop -1\n')
    expect(all).toContain('f64.div -1 0 -> -inf\n')
    const only = vitrine(['trace', '--func', 'd?v', '--invoke', 'f', join(dir, 'div.wat'), 'null']).out
    expect(only.split('\n').every((line) => line === '' || line.startsWith('div '))).toBe(true)
    expect(vitrine(['trace', '--func', '0', '--invoke', 'f', join(dir, 'div.wat'), 'null']).out).toBe(only)
  })

  test('host calls have their results, traps are named, the guest’s output goes to stderr', () => {
    const { out, err, code } = vitrine(['trace', guest('wat/hello-wasi.wat')])
    expect(out).toMatch(/call \$fd_write +1 0 2 16 -> 0\n/)
    expect(out).toMatch(/call \$proc_exit +42\n$/)
    expect(err).toBe('Hello, WASI by hand!\nHello, WASI by hand!\n')
    expect(code).toBe(42)
    const trap = vitrine(['trace', '--func', 'divide', guest('c/trap.wasm'), 'divide'])
    expect(trap.code).toBe(134)
    expect(trap.out).toMatch(/i32\.div_s +\d+ 0 -> trap: integer divide by zero\n$/)
  })

  test('--limit, --jsonl, --output', () => {
    const { out, err, code } = vitrine(['trace', '--limit', '3', '--jsonl', guest('c/hello.wasm')])
    expect(code).toBe(0)
    expect(err).toMatch(/ended after 3 lines/)
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events.length).toBe(3)
    const none = vitrine(['trace', '--limit', '0', guest('c/hello.wasm')])
    expect([none.out, none.err]).toEqual(['', 'vitrine: the program was ended after 0 lines\n'])
    expect(events[0]).toMatchObject({ name: '_start.command_export', op: 'call', text: 'call $_start', depth: 1, operands: [] })
    const path = join(dir, 'trace.jsonl')
    expect(vitrine(['trace', '--jsonl', '-o', path, guest('c/hello.wasm')])).toMatchObject({ code: 0, out: /^Hello from C/, err: '' })
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1000)
    const write = lines
      .map((line) => JSON.parse(line) as { text: string; results: unknown })
      .find((event) => /^call \$\w*imported\w*fd_write$/.test(event.text))
    expect(write).toMatchObject({ results: [{ type: 'i32', value: '0' }] })
  })
})

describe('parse and print', () => {
  test('text → file → text → the same file', () => {
    const wasm = join(dir, 'fac.wasm')
    const wat = join(dir, 'fac.wat')
    expect(vitrine(['parse', guest('wat/fac.wat'), '-o', wasm])).toEqual({ code: 0, out: '', err: '' })
    expect(vitrine(['run', '--invoke', 'fac', wasm, '20']).out).toBe('2432902008176640000\n')
    expect(vitrine(['print', wasm, '-o', wat])).toEqual({ code: 0, out: '', err: '' })
    expect(readFileSync(wat, 'utf8')).toContain('(i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1))))')
    expect(vitrine(['parse', wat, '--output', join(dir, 'again.wasm')]).code).toBe(0)
    expect(readFileSync(join(dir, 'again.wasm'))).toEqual(readFileSync(wasm))
    // To stdout, when that is no terminal.
    const piped = spawnSync(process.execPath, [main, 'parse', wat])
    expect(piped.stdout).toEqual(readFileSync(wasm))
  })

  test('--flat, --offsets, --types, --no-names', () => {
    const wat = file('add.wat', '(module (func $add (param $a i32) (result i32)\n  (i32.add (local.get $a) (i32.const 1))))')
    expect(vitrine(['print', '--flat', '--offsets', '--types', wat]).out.split('\n')).toEqual([
      '         (module',
      '           (type (;0;) (func (param i32) (result i32)))',
      '           (func $add (;0;) (type 0) (param $a i32) (result i32)',
      '(;0x19;)     local.get $a  ;; [] -> [i32]',
      '(;0x1b;)     i32.const 1  ;; [] -> [i32]',
      '(;0x1d;)     i32.add  ;; [i32 i32] -> [i32]',
      '(;0x1e;)   )',
      '         )',
      '',
    ])
    const bare = join(dir, 'bare.wasm')
    expect(vitrine(['parse', '--no-names', wat, '-o', bare]).code).toBe(0)
    expect(vitrine(['print', bare]).out).toContain('(i32.add (local.get 0) (i32.const 1))')
    expect(vitrine(['print', '--no-names', wat]).out).toContain('(i32.add (local.get 0) (i32.const 1))')
  })

  test('mistakes', () => {
    const bad = vitrine(['parse', file('bad.wat', '(module\n  (func (i32.ad)))')])
    expect(bad).toMatchObject({ code: 1, out: '' })
    expect(bad.err).toMatch(
      /bad\.wat:2:10: unknown operator i32\.ad; did you mean i32\.add, i32\.and\?\n {2}2 \| {3}\(func \(i32\.ad\)\)\)\n.*\^\n$/,
    )
    expect(vitrine(['parse', guest('c/hello.wasm')])).toMatchObject({ code: 2, err: /is not text\nvitrine print/ })
    expect(vitrine(['print', guest('c/hello.wasm'), guest('c/hello.wasm')])).toMatchObject({ code: 2, err: /print takes one file/ })
    expect(vitrine(['print', file('cut.wasm', Uint8Array.of(0, 0x61, 0x73))])).toMatchObject({ code: 1, err: /unexpected end/ })
    expect(vitrine(['print', guest('c/hello.wasm'), '-o', join(dir, 'no/such/dir')])).toMatchObject({
      code: 2,
      err: /cannot write .*dir: no such directory/,
    })
  })

  test('- is standard input and standard output', () => {
    const text = '(module (func $three (export "f") (result i32) i32.const 3))'
    const { stdout } = spawnSync(process.execPath, [main, 'parse', '-', '-o', '-'], { input: text })
    expect(stdout.subarray(0, 4).toString('latin1')).toBe('\0asm')
    const printed = spawnSync(process.execPath, [main, 'print', '-', '-o', '-'], { input: stdout, encoding: 'utf8' }).stdout
    expect(printed).toContain('(export "f" (func $three))')
    expect(vitrine(['run', '--invoke', 'f', '-'], { input: text }).out).toBe('3\n')
    expect(vitrine(['validate', '-'], { input: text }).out).toBe('<stdin>: valid\n')
    expect(vitrine(['parse', '-'], { input: '(module (func' }).err).toMatch(
      /^<stdin>:1:9: unexpected token: end of text; this \( is not closed\n/,
    )
    expect(vitrine(['print', '-']).err).toBe('vitrine: <stdin>: not a module: the file is empty\n')
  })

  test('encodings and line ends of other systems', () => {
    expect(vitrine(['print', file('bom.wat', '\ufeff(module\r\n  (func))\r\n')]).code).toBe(0)
    expect(vitrine(['parse', file('bom.wat', '\ufeff(module\r\n  (func nop x))\r\n')]).err).toMatch(
      /bom\.wat:2:13: unknown operator x\n {2}2 \| {3}\(func nop x\)\)\n {4}\| {13}\^\n$/,
    )
    expect(vitrine(['parse', file('wide.wat', Buffer.from('\ufeff(module)', 'utf16le'))]).err).toMatch(
      /wide\.wat:1:1: malformed UTF-8 encoding: this looks like UTF-16\n/,
    )
    expect(vitrine(['parse', file('long.wat', `(func ${'nop '.repeat(100_000)}x)`)]).err).toMatch(
      /:1:400007: unknown operator x\n.{0,80}\n.{0,80}\n$/,
    )
  })

  test('names in a module cannot disturb a terminal', () => {
    const wat = file(
      'names.wat',
      '(func $"\\1b[2J" (export "\\1b]0;title\\07\\u{202e}") (result i32) (i32.div_s (i32.const 1) (i32.const 0)))',
    )
    for (const args of [
      ['print'],
      ['inspect'],
      ['inspect', '--json'],
      ['explain', '0x30'],
      ['run'],
      ['run', '--invoke', '\x1b]0;title\x07\u202e'],
    ]) {
      const { out, err } = vitrine([...args, wat])
      // oxlint-disable-next-line no-control-regex -- that is what it looks for
      expect(out + err, args.join(' ')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(out + err).toMatch(args[0] === 'print' ? /\\u\{202e\}/ : /\\u001b/)
    }
    const json = JSON.parse(vitrine(['inspect', '--json', wat]).out) as { exports: { name: string }[] }
    expect(json.exports[0]!.name).toBe('\x1b]0;title\x07\u202e')
  })

  test.skipIf(process.platform === 'win32')('a full disk', () => {
    const full = vitrine(['print', guest('c/hello.wasm'), '-o', '/dev/full'])
    expect(full).toMatchObject({ code: 1, err: 'vitrine: cannot write the output file: no space left on device\n' })
  })

  test.skipIf(process.platform === 'win32')('a reader that goes away ends it quietly', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${main}" print "${guest('go/lines.wasm')}" | head -n 1`], {
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).toEqual({ stdout: '(module\n', stderr: '' })
  })
})
