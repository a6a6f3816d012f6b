/** What only the machine's file system and streams can show: kinds of files, modes, nanoseconds, races, child processes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Directory } from '../directory.ts'
import { SysError } from '../errno.ts'
import type { OpenHow } from '../file-system.ts'
import { compare, time } from '../time.ts'
import { checkWindowsName, hasHandleRelative } from './node-fs.ts'
import { directory, fdOutput, fileInput, nodeClock, NodeFs, stdin, streamInput } from './index.ts'

const top = fs.mkdtempSync(join(os.tmpdir(), 'vitrine-node-'))
afterAll(() => fs.rmSync(top, { recursive: true, force: true }))
let at = ''
let count = 0
beforeEach(() => {
  at = join(top, String(count++))
  fs.mkdirSync(at)
})

const READ: OpenHow = { read: true, write: false, create: false, exclusive: false, truncate: false }
const WRITE: OpenHow = { ...READ, write: true }
const text = (s: string): Uint8Array => new TextEncoder().encode(s)
const linux = hasHandleRelative()

function errno(body: () => unknown): string | undefined {
  try {
    body()
  } catch (e) {
    if (e instanceof SysError) return e.errno
    throw e
  }
  return undefined
}

describe.each(linux ? [true, false] : [false])('node file system, handles: %s', (handleRelative) => {
  const open = (access: 'ro' | 'rw' = 'rw'): NodeFs => new NodeFs(at, access, handleRelative)

  test('devices, FIFOs and sockets are refused and do not block', async () => {
    if (process.platform === 'win32') return
    execFileSync('mkfifo', [join(at, 'fifo')])
    const { createServer } = await import('node:net')
    const server = createServer().listen(join(at, 'socket'))
    await new Promise((r) => server.on('listening', r))
    const provider = open()
    const root = provider.root()
    for (const how of [READ, WRITE, { ...WRITE, read: false }, { ...WRITE, truncate: true }, { ...WRITE, create: true }])
      for (const name of ['fifo', 'socket'])
        expect(
          errno(() => provider.open(root, name, how)),
          name,
        ).toBe('acces')
    expect(provider.stat(root, 'fifo').type).toBe('fifo')
    expect(provider.stat(root, 'socket').type).toBe('socket')
    if (linux) {
      const dev = new NodeFs('/dev', 'rw', handleRelative)
      const handle = dev.root()
      expect(errno(() => dev.open(handle, 'null', WRITE))).toBe('acces')
      dev.closeDir(handle)
    }
    server.close()
    provider.closeDir(root)
  })

  test('read-only provider refuses by itself', () => {
    fs.writeFileSync(join(at, 'f'), 'x')
    const provider = open('ro')
    const root = provider.root()
    for (const body of [
      () => provider.open(root, 'f', WRITE),
      () => provider.open(root, 'f', { ...READ, truncate: true }),
      () => provider.open(root, 'g', { ...READ, create: true }),
      () => provider.mkdir(root, 'd'),
      () => provider.rmdir(root, 'd'),
      () => provider.unlink(root, 'f'),
      () => provider.symlink('f', root, 'l'),
      () => provider.link(root, 'f', root, 'l'),
      () => provider.rename(root, 'f', root, 'l'),
      () => provider.setTimes(root, 'f', { atime: 'now', mtime: 'now' }),
      () => provider.open(root, 'f', READ).setTimes({ atime: 'now', mtime: 'now' }),
    ])
      expect(errno(body)).toBe('rofs')
    expect(fs.readFileSync(join(at, 'f'), 'utf8')).toBe('x')
    provider.closeDir(root)
  })

  test('times keep all nanoseconds', () => {
    fs.writeFileSync(join(at, 'f'), 'x')
    fs.mkdirSync(join(at, 'd'))
    fs.symlinkSync('f', join(at, 'l'))
    const provider = open()
    const root = provider.root()
    for (const name of ['f', 'd', 'l']) {
      for (const nanos of [0, 1, 999, 1000, 123_456_789, 999_999_999]) {
        for (const seconds of [0, 1, 1_700_000_000, 4_000_000_000]) {
          provider.setTimes(root, name, { atime: undefined, mtime: time(seconds, nanos) })
          expect(provider.stat(root, name).mtime, `${name} ${seconds}.${nanos}`).toEqual(time(seconds, nanos))
        }
      }
    }
    provider.setTimes(root, 'f', { atime: time(7, 7), mtime: undefined })
    expect(provider.stat(root, 'f')).toMatchObject({ atime: time(7, 7), mtime: time(4_000_000_000, 999_999_999) })
    const file = provider.open(root, 'f', WRITE)
    void file.setTimes({ atime: undefined, mtime: time(1_600_000_000, 987_654_321) })
    expect(provider.stat(root, 'f').mtime).toEqual(time(1_600_000_000, 987_654_321))
    // The machine's clock wins as soon as the file changes.
    void file.write(text('y'), 0)
    expect(provider.stat(root, 'f').mtime.seconds).toBeGreaterThan(1_650_000_000)
    void file.setTimes({ atime: undefined, mtime: 'now' })
    expect(Math.abs(provider.stat(root, 'f').mtime.seconds - Date.now() / 1000)).toBeLessThan(5)
    void file.close()
    provider.closeDir(root)
  })

  test('append goes to the end, wherever that is by then', () => {
    const provider = open()
    const root = provider.root()
    const file = provider.open(root, 'f', { ...WRITE, create: true })
    void file.append(text('one'))
    fs.appendFileSync(join(at, 'f'), 'two')
    void file.append(text('three'))
    void file.write(text('O'), 0)
    expect(fs.readFileSync(join(at, 'f'), 'utf8')).toBe('Onetwothree')
    void file.close()
    provider.closeDir(root)
  })

  test('no descriptor is left open', () => {
    if (!linux) return
    fs.mkdirSync(join(at, 'a/b/c'), { recursive: true })
    fs.writeFileSync(join(at, 'a/b/c/f'), 'x')
    fs.symlinkSync('../../a/b', join(at, 'a/b/up'))
    const open1 = (): number => fs.readdirSync('/proc/self/fd').length
    const before = open1()
    const dir = Directory.grant({ provider: open(), access: 'rw' }, '/') as Directory
    const how = { ...READ, directory: false }
    for (const path of ['a/b/c/f', 'a/b/up/c/f', 'a/b/c', 'a/b/c/none', 'a/b/../../..', 'a/b/c/f/x', 'a/b/up/up/up/c/../../b']) {
      try {
        const opened = dir.open(path, true, how) as Exclude<ReturnType<Directory['open']>, Promise<unknown>>
        if (opened.kind === 'file') void opened.file.close()
        else opened.directory.close()
      } catch (e) {
        expect(e).toBeInstanceOf(SysError)
      }
    }
    void dir.mkdir('a/b/c/new')
    void dir.rename('a/b/c/new', dir, 'a/new')
    void dir.stat('a/new', true)
    void dir.list()
    dir.close()
    expect(open1()).toBe(before)
  })
})

describe.runIf(linux)('races', () => {
  /** Another process swaps `box/d` between a directory and a symlink to `outside`, as fast as it can. */
  const swapper = `
    const fs = require('node:fs'), [box] = process.argv.slice(1)
    process.stdout.write('go')
    for (;;) { try { fs.renameSync(box + '/d', box + '/real'); fs.renameSync(box + '/link', box + '/d'); fs.renameSync(box + '/d', box + '/link'); fs.renameSync(box + '/real', box + '/d') } catch (e) { } }`

  test('the walk never leaves; a naive one does', async () => {
    const box = join(at, 'box')
    fs.mkdirSync(join(box, 'd'), { recursive: true })
    fs.mkdirSync(join(at, 'outside'))
    fs.writeFileSync(join(box, 'd/f'), 'inside')
    fs.writeFileSync(join(at, 'outside/f'), 'secret')
    fs.symlinkSync('../outside', join(box, 'link'))
    const child = spawn(process.execPath, ['-e', swapper, box])
    await new Promise((r) => child.stdout.once('data', r))
    try {
      const dir = Directory.grant(directory(box), '/box') as Directory
      const buffer = new Uint8Array(10)
      const naive = (): string => {
        const path = join(box, 'd/f')
        // Checks the whole path, then opens it: what a resolver on strings does.
        if (!fs.realpathSync(path).startsWith(fs.realpathSync(box))) return 'refused'
        return fs.readFileSync(path, 'utf8')
      }
      let escapes = 0
      let reads = 0
      let naiveEscapes = 0
      const end = Date.now() + 25_000
      while (Date.now() < end && (naiveEscapes === 0 || reads < 2000)) {
        try {
          const opened = dir.open('d/f', true, { ...READ, directory: false }) as Exclude<ReturnType<Directory['open']>, Promise<unknown>>
          if (opened.kind === 'file') {
            void opened.file.read(buffer, 0)
            void opened.file.close()
            reads++
            if (buffer[0] === 's'.charCodeAt(0)) escapes++
          }
        } catch (e) {
          expect(['notcapable', 'noent', 'loop', 'notdir', 'inval']).toContain((e as SysError).errno)
        }
        try {
          if (naive() === 'secret') naiveEscapes++
        } catch {
          // Nothing there at the moment.
        }
      }
      expect(escapes).toBe(0)
      expect(reads).toBeGreaterThan(100)
      expect(naiveEscapes).toBeGreaterThan(0)
      dir.close()
    } finally {
      child.kill('SIGKILL')
    }
  })
})

test('directory() refuses what is none', () => {
  fs.writeFileSync(join(at, 'f'), '')
  expect(() => directory(join(at, 'f'))).toThrow(/not a directory/)
  expect(() => directory(join(at, 'none'))).toThrow(/ENOENT/)
  expect(directory(at).access).toBe('ro')
})

test('Windows device names', () => {
  for (const name of ['CON', 'con', 'NUL.txt', 'COM1', 'com¹', 'LPT9.x.y', 'CONIN$', 'aux ', 'a:b', 'a\\b', 'x.', 'a*'])
    expect(
      errno(() => checkWindowsName(name)),
      name,
    ).toBeDefined()
  for (const name of ['console', 'com', 'COM10', 'nul1', '.git', 'a.b', 'con-1'])
    expect(
      errno(() => checkWindowsName(name)),
      name,
    ).toBeUndefined()
})

test('clock', async () => {
  const clock = nodeClock()
  const [a, b] = [clock.monotonic(), clock.monotonic()]
  expect(compare(b, a)).toBeGreaterThanOrEqual(0)
  expect(Math.abs(clock.wall().seconds - Date.now() / 1000)).toBeLessThan(3)
  const before = clock.cpu!('process')
  for (const end = Date.now() + 30; Date.now() < end;);
  expect(compare(clock.cpu!('process'), before)).toBeGreaterThan(0)
  const start = clock.monotonic()
  await clock.timer(time(0, 15_000_000)).done
  expect(compare(clock.monotonic(), time(start.seconds, start.nanos))).toBeGreaterThan(0)
})

describe('stdio', () => {
  test('file input', () => {
    fs.writeFileSync(join(at, 'in'), 'data')
    const input = fileInput(join(at, 'in'))
    const buffer = new Uint8Array(3)
    expect([input.read(buffer), input.read(buffer), input.read(buffer)]).toEqual([3, 1, 0])
    input.close!()
    expect(errno(() => fileInput(join(at, 'none')))).toBe('noent')
  })

  test('stream input: parks, keeps what it waited for, ends', async () => {
    const stream = new PassThrough()
    const input = streamInput(stream)
    const ready = input.ready!()
    expect(ready).toBeInstanceOf(Promise)
    stream.write('hello')
    await ready
    expect(input.ready!()).toBe(true)
    const buffer = new Uint8Array(3)
    expect(input.read(buffer)).toBe(3)
    expect(input.available!()).toBe(2)
    expect(input.read(buffer)).toBe(2)
    const later = input.read(buffer)
    stream.end('xyz!')
    expect(await later).toEqual(text('xyz'))
    expect(input.read(buffer)).toBe(1)
    const end = input.read(buffer)
    expect(typeof end === 'number' ? end : (await end).length).toBe(0)
    expect(input.ready!()).toBe(true)
    expect(input.read(buffer)).toBe(0)
  })

  test('a broken stream fails once and is then at its end', async () => {
    const stream = new PassThrough()
    const input = streamInput(stream)
    const read = input.read(new Uint8Array(1)) as Promise<Uint8Array>
    stream.destroy(Object.assign(new Error('x'), { code: 'EIO' }))
    await expect(read).rejects.toMatchObject({ errno: 'io' })
  })

  test('a broken pipe is an errno', () => {
    if (process.platform === 'win32') return
    // The write end of a pipe whose reader is gone: through a shell, because Node makes socket pairs.
    const program = `
      import { fdOutput } from ${JSON.stringify(new URL('./stdio.ts', import.meta.url).href)}
      const out = fdOutput(1)
      let errno = 'none'
      try { for (let i = 0; i < 1000; i++) out.write(new Uint8Array(10000)) } catch (e) { errno = e.errno }
      process.stderr.write(errno)`
    const file = join(at, 'p.mts')
    fs.writeFileSync(file, program)
    const tsx = new URL('../../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname
    const run = spawnSync('sh', ['-c', `"${process.execPath}" "${tsx}" "${file}" | head -c 1 >/dev/null`], { encoding: 'utf8' })
    expect(run.stderr).toBe('pipe')
  })

  test('a slow reader gets everything', async () => {
    if (process.platform === 'win32') return
    const file = join(at, 'p.mts')
    fs.writeFileSync(
      file,
      `import { fdOutput } from ${JSON.stringify(new URL('./stdio.ts', import.meta.url).href)}
      const out = fdOutput(1)
      process.exitCode = out.write(new Uint8Array(1000000).fill(120)) === 1000000 ? 0 : 1`,
    )
    const tsx = new URL('../../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname
    const child = spawn(process.execPath, [tsx, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let size = 0
    child.stdout.on('data', (chunk: Uint8Array) => {
      size += chunk.length
      child.stdout.pause()
      setTimeout(() => child.stdout.resume(), 1)
    })
    expect(await new Promise((r) => child.on('close', r))).toBe(0)
    expect(size).toBe(1000000)
  })

  test('standard input of a process: read as it comes; an open one does not keep the process alive', async () => {
    const file = join(at, 'p.mts')
    fs.writeFileSync(
      file,
      `import { stdin } from ${JSON.stringify(new URL('./stdio.ts', import.meta.url).href)}
      const input = stdin()
      for (let i = 0; i < 3; i++) {
        const buffer = new Uint8Array(3)
        const read = input.read(buffer)
        const bytes = typeof read === 'number' ? buffer.subarray(0, read) : await read
        process.stdout.write(i + ':' + String.fromCharCode(...bytes) + (typeof read === 'number' ? ' now ' : ' later '))
      }
      await Promise.race([input.ready(), new Promise((r) => setTimeout(r, 20))])
      input.close()`,
    )
    const tsx = new URL('../../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname
    const child = spawn(process.execPath, [tsx, file], { stdio: ['pipe', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Uint8Array) => {
      out += String.fromCharCode(...chunk)
      if (out === '0:abc later 1:d now ') child.stdin.write('ef')
    })
    setTimeout(() => child.stdin.write('abcd'), 300)
    expect(await new Promise((r) => child.on('close', r))).toBe(0)
    expect(out).toBe('0:abc later 1:d now 2:ef later ')
  })

  test('what kind of thing stdin is', () => {
    expect(typeof stdin({ mode: 'sync' }).read).toBe('function')
    expect(fdOutput(fs.openSync(join(at, 'out'), 'w')).isTTY).toBe(false)
  })
})
