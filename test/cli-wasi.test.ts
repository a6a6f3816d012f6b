/**
 * What the command line offers a guest beyond files: sockets, threads, host calls shown, scripts with a shebang, and ends in
 * the middle of a host call. A bundle of src/cli/main.ts in processes of its own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watToWasm } from '../src/text/index.ts'
import { bundlePackage } from './helpers/command.ts'
import { repoRoot } from './helpers/files.ts'

let dir = ''
let main = ''
const guest = (path: string): string => join(repoRoot, 'examples/guests', path)

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-cli-wasi-'))
  main = await bundlePackage(dir)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Ended {
  code: number | null
  out: string
  err: string
}
function vitrine(...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', input: '' })
  return { code: status, out: stdout, err: stderr }
}
function begin(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err }))) }
}
function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

/** Imports, a memory, and pieces that programs here are made of. */
const wat = (body: string): string => `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1000) "partial")
  (func $iov (param $ptr i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $ptr)) (i32.store (i32.const 4) (local.get $length)))
  (func $sleep (param $ms i64)
    (i64.store (i32.const 152) (i64.mul (local.get $ms) (i64.const 1000000)))
    (i32.store (i32.const 144) (i32.const 1))
    (drop (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 300))))
  ${body})`

test('--listen: an echo server for two connections', async () => {
  const server = file(
    'echo.wat',
    wat(`(func (export "_start") (local $left i32) (local $fd i32)
      (local.set $left (i32.const 2))
      (loop $next
        (if (call $accept (i32.const 3) (i32.const 0) (i32.const 16)) (then (call $exit (i32.const 9))))
        (local.set $fd (i32.load (i32.const 16)))
        (block $end (loop $more
          (call $iov (i32.const 2000) (i32.const 100))
          (drop (call $read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br_if $end (i32.eqz (i32.load (i32.const 8))))
          (i32.store (i32.const 4) (i32.load (i32.const 8)))
          (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 12)))
          (br $more)))
        (drop (call $shutdown (local.get $fd) (i32.const 2)))
        (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))`),
  )
  // A free port, as far as one can know.
  const port = await new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as net.AddressInfo
      probe.close(() => resolve(free))
    })
  })
  const { ended } = begin('run', '--verbose', '--listen', `127.0.0.1:${port}`, server)
  const ask = async (text: string): Promise<string> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await new Promise((resolve, reject) => {
          let answer = ''
          const socket = net.connect(port, '127.0.0.1', () => socket.end(text))
          socket.on('data', (chunk: Buffer) => (answer += String(chunk)))
          socket.on('end', () => resolve(answer))
          socket.on('error', reject)
        })
      } catch (error) {
        if (attempt > 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  expect(await ask('hello')).toBe('hello')
  expect(await ask('again')).toBe('again')
  expect(await ended).toMatchObject({ code: 0, err: expect.stringContaining(`granted: listener 127.0.0.1:${port} (rw, tcp)`) as string })
  expect(vitrine('run', server)).toMatchObject({
    code: 9,
    err: /accept on fd 3 — no listener is granted there; grant it with --listen HOST:PORT/,
  })
  expect(vitrine('run', '--listen', 'nowhere', server)).toMatchObject({ code: 2, err: /--listen: 'nowhere' is no address.*HOST:PORT/ })
})

describe('what --dir and --file grant', { timeout: 120_000 }, () => {
  const ls = guest('c/ls.wasm')
  const tree = { 'about.txt': 'about', 'sub/deep.txt': 'deep' }
  const packed = (name: string, bytes: Uint8Array): string => file(name, bytes)

  test('a single file, and nothing else of its directory', () => {
    const host = file('app.json', '{}')
    expect(vitrine('run', '-v', '--file', `${host}::/etc/app.json,ro`, ls, '/etc')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^- +2 {2}app.json\n1 entr/) as string,
      err: expect.stringContaining('granted: file /etc/app.json (ro, node)') as string,
    })
    // The guest overwrites it, and only the guest sees that.
    const truncate = file(
      'truncate.wat',
      wat(`(data (i32.const 1100) "app.json")
      (func (export "_start") (call $exit
        (call $open (i32.const 3) (i32.const 0) (i32.const 1100) (i32.const 8) (i32.const 8) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16))))`),
    )
    expect(vitrine('run', '--file', `${host}::/etc/app.json,ro`, truncate).code).not.toBe(0)
    expect(vitrine('run', '--file', `${host}::/etc/app.json,overlay`, truncate)).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(host, 'utf8')).toBe('{}')
    expect(vitrine('run', '--file', `${host}::/etc/app.json`, truncate).code).toBe(0)
    expect(readFileSync(host, 'utf8')).toBe('')
    expect(vitrine('run', '--file', `${dir}::/x`, ls, '/').err).toBe(`vitrine: cannot grant ${dir}: not a regular file\n`)
    expect(vitrine('run', '--file', `${host}.no::/x`, ls, '/')).toMatchObject({
      code: 2,
      err: `vitrine: cannot grant ${host}.no: no such file\n`,
    })
    expect(vitrine('run', '--file', '::/x', ls, '/').err).toContain('--file HOST::GUEST')
    expect(vitrine('run', '--file', `${host}::/`, ls, '/').err).toContain('is not a path for a file')
  })

  test.each([
    ['a.zip', () => zipSync({ 'about.txt': strToU8('about'), 'sub/deep.txt': strToU8('deep') })],
    ['a.tar', () => packTar(Object.entries(tree).map(([name, body]) => ({ header: { name, size: body.length, type: 'file' }, body })))],
    [
      'a.TGZ',
      async () =>
        gzipSync(await packTar(Object.entries(tree).map(([name, body]) => ({ header: { name, size: body.length, type: 'file' }, body })))),
    ],
  ] as const)('an archive: %s', async (name, make) => {
    const path = packed(name, await make())
    const shown = vitrine('run', '--dir', `${path}::/data`, ls, '/data')
    expect(shown.err).toBe('')
    expect(shown.out).toMatch(/about.txt\n.*sub\/\n2 entries/)
    expect(vitrine('run', '--dir', `${path}::/data,rw`, ls, '/data')).toMatchObject({
      code: 2,
      err: /archives are never changed.*,overlay/s,
    })
    const writing = ['run', '--dir', `${path}::.`, guest('c/files.wasm')]
    expect(vitrine(...writing)).toMatchObject({
      code: expect.not.stringMatching('^0$') as number,
      err: /grant it with --dir HOST::\.,overlay/,
    })
    expect(vitrine('run', '--dir', `${path}::.,overlay`, guest('c/files.wasm')).code).toBe(0)
    // As a single file it is only a file.
    expect(vitrine('run', '--file', `${path}::/data/${name}`, ls, '/data').out).toContain(name)
    expect(vitrine('run', '--dir', `${file(`bad-${name}`, 'no archive')}::/data`, ls, '/data')).toMatchObject({
      code: 2,
      err: /^vitrine: cannot grant /,
    })
  })

  test(',overlay: the guest may change everything, and the directory stays as it is', () => {
    const host = join(dir, 'below')
    mkdirSync(host)
    writeFileSync(join(host, 'keep.txt'), 'keep')
    expect(vitrine('run', '--dir', `${host}::.,overlay`, guest('c/files.wasm'))).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(host)).toEqual(['keep.txt'])
  })
})

describe('--strace', () => {
  test('lines and JSON on stderr; the guest’s output stays apart', () => {
    const text = vitrine('run', '--strace', guest('c/exit-code.wasm'), '3')
    expect(text.code).toBe(3)
    expect(text.err).toMatch(/^ {2}args_sizes_get\(\) = 0 count=2 size=\d+\n[^]* {2}proc_exit\(code=3\) = EXIT\n$/)
    const json = vitrine('run', '--strace=json', guest('c/hello.wasm'))
    const entries = json.err.trimEnd().split('\n').map((line) => JSON.parse(line) as { name: string; args: { data?: string } }) // prettier-ignore
    const written = entries.filter(({ name }) => name === 'fd_write').map(({ args }) => args.data)
    expect(written.join('')).toBe(json.out)
    expect(vitrine('run', '--strace=xml', guest('c/hello.wasm'))).toMatchObject({
      code: 2,
      err: /--strace=xml is unknown\nwrite --strace or/,
    })
    // The value only follows an equals sign: what comes next is the program.
    expect(vitrine('--strace', guest('c/hello.wasm')).code).toBe(0)
  })
})

describe('scripts', () => {
  test('a shebang line before a binary, and in text, whose lines keep their numbers', () => {
    const shebang = `#!/usr/bin/env -S ${process.execPath} ${main} run\n`
    const binary = file('script', Buffer.concat([Buffer.from(shebang), readFileSync(guest('c/exit-code.wasm'))]))
    chmodSync(binary, 0o755)
    expect(spawnSync(binary, ['5']).status).toBe(5)
    const text = file('script.wat', `${shebang}(module (memory (export "memory") 1)\n  (func (export "_start") unreachable))`)
    expect(vitrine(text)).toMatchObject({ code: 134, err: expect.stringContaining('script.wat:3:') as string })
    expect(vitrine('validate', text)).toMatchObject({ code: 0 })
  })
  test('vitrine x.wasm', () => {
    expect(vitrine(guest('c/exit-code.wasm'), '7').code).toBe(7)
  })
})

test('threads need no switch; --features -threads takes them away', () => {
  expect(vitrine('run', guest('c/threads.wasm'))).toMatchObject({ code: 0, out: /counted under the lock: 1200\n$/ })
  expect(vitrine('run', '--features', '-threads', guest('c/threads.wasm'))).toMatchObject({ code: 1, err: /feature 'threads'/ })
})

describe('an end inside a host call', () => {
  const sleeper = (): string =>
    file('sleeper.wat', wat('(func (export "_start") (drop (call $shutdown (i32.const 0) (i32.const 1))) (call $sleep (i64.const 60000)))'))

  test('a timeout and Ctrl-C leave no timer behind', async () => {
    const before = performance.now()
    expect(await begin('run', '--timeout', '100', sleeper()).ended).toMatchObject({ code: 124, err: /time limit exceeded/ })
    const { child, ended } = begin('run', '--strace', sleeper())
    await new Promise((resolve) => child.stderr!.once('data', resolve))
    child.kill('SIGINT')
    expect(await ended).toMatchObject({
      code: 130,
      err: expect.stringMatching(/^ {2}sock_shutdown.*\n {2}poll_oneoff\(count=1\) = INTERRUPTED\n$/) as string,
    })
    expect(performance.now() - before).toBeLessThan(30_000)
  })

  test.runIf(process.platform === 'linux')(
    'a write to a pipe that nobody reads; how far it came is told',
    { timeout: 120_000 },
    async () => {
      const writer = file(
        'flood.wat',
        wat(`(func (export "_start")
        (drop (memory.grow (i32.const 60)))
        (call $iov (i32.const 2000) (i32.const 3000000))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))`),
      )
      const shell = (command: string): Ended => {
        const { status, stdout, stderr } = spawnSync('bash', ['-c', command, 'bash', process.execPath, main, writer], { encoding: 'utf8' })
        return { code: status, out: stdout, err: stderr }
      }
      const limited = shell('"$1" "$2" run --timeout 300 "$3" | { sleep 8; wc -c; }; echo ${PIPESTATUS[0]}')
      expect(limited.out).toMatch(/^ *\d+\n124\n$/)
      const written = Number(limited.out.split('\n')[0])
      expect(written).toBeLessThan(3_000_000)
      expect(limited.err).toContain(`stopped in fd_write on fd 1, with ${written} of 3000000 bytes written\n`)
      // Once the first byte has come, it is surely writing.
      const pid = join(dir, 'pid')
      const interrupted = shell(
        `{ "$1" "$2" run "$3" & echo $! > ${pid}; wait $!; echo $? >&2; } | { head -c 1 > /dev/null; kill -INT "$(< ${pid})"; sleep 4; wc -c; }`,
      )
      expect(interrupted.err).toContain(`of 3000000 bytes written\n`)
      expect(interrupted.err).toMatch(/^130$/m)
      // A reader that is only slow gets everything.
      expect(shell('"$1" "$2" run "$3" | { sleep 1; wc -c; }').out.trim()).toBe('3000000')
    },
  )

  test('what was written before is there, also to standard output', async () => {
    const out = join(dir, 'granted')
    mkdirSync(out)
    const writer = file(
      'writer.wat',
      wat(`(data (i32.const 1100) "f")
      (func (export "_start")
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 1100) (i32.const 1) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
        (call $iov (i32.const 1000) (i32.const 7))
        (drop (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $sleep (i64.const 60000)))`),
    )
    const { child, ended } = begin('run', '--dir', `${out}::/`, writer)
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, out: 'partial' })
    expect(readdirSync(out)).toEqual(['f'])
    expect(readFileSync(join(out, 'f'), 'utf8')).toBe('partial')
  })

  // The process does other things besides, sometimes.
  test('a sleep of a second takes next to no CPU time', { retry: 2 }, async () => {
    const { run } = await import('../src/wasi/index.ts')
    const bytes = watToWasm(wat('(func (export "_start") (call $sleep (i64.const 1000)))'))
    await run(watToWasm(wat('(func (export "_start") (call $sleep (i64.const 1)))')))
    const before = process.cpuUsage()
    const since = performance.now()
    await run(bytes)
    const { user, system } = process.cpuUsage(before)
    expect(performance.now() - since).toBeGreaterThan(999)
    expect((user + system) / 1000, 'ms of CPU time').toBeLessThan(20)
  })
})
