/**
 * What goes wrong below a guest: full disks, no descriptors, no permission, files and directories that vanish, pipes that break,
 * providers that throw or never answer. The guest gets the right errno, what was written stays, the host does not crash.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { kinds, later, removeTemporary, temporaryDirectory } from '../../../test/helpers/file-systems.ts'
import { BUF, CREAT, DIRECTORY, OUT, rooted, TestGuest, TRUNC } from '../../../test/helpers/guest.ts'
import { isLimit } from '../../errors.ts'
import { fail } from '../../host/errno.ts'
import type { FileHandle, FileSystemProvider } from '../../host/file-system.ts'
import { memoryFs, MemoryFs } from '../../host/memory-fs.ts'
import { directory, hasHandleRelative, NodeFs } from '../../host/node/node-fs.ts'
import { overlay } from '../../host/overlay-fs.ts'
import { run } from '../run.ts'
import type { DirectoryOption } from '../wasi.ts'
import { FILE_RIGHTS } from './abi.ts'

afterAll(removeTemporary)
let top = ''
beforeEach(() => {
  top = temporaryDirectory()
})
const linux = hasHandleRelative()
const isRoot = process.getuid?.() === 0

/** Writes until nothing more fits; the bytes that the guest was told are written. */
async function fill(g: TestGuest, fd: number, chunk: number): Promise<{ written: number; errno: string }> {
  g.memory.fill(BUF, chunk, 0x61)
  let written = 0
  for (;;) {
    const errno = await g.call('fd_write', fd, ...g.iovecs([BUF, chunk]), OUT)
    if (errno !== 'success') return { written, errno }
    written += g.u32()
  }
}

describe('ENOSPC', () => {
  test('a quota: what fits is written, and said to be', async () => {
    for (const provider of [memoryFs({ quota: 20_000 }), overlay(memoryFs({ files: { f: '' } }), { quota: 20_000 })]) {
      const g = new TestGuest({ fs: { '/': provider } })
      const fd = (await g.open(3, 'f', { oflags: CREAT, rights: FILE_RIGHTS })) as number
      const { written, errno } = await fill(g, fd, 3000)
      expect(errno).toBe('nospc')
      expect(written).toBeGreaterThan(18_000)
      expect(provider.readFile('f')!.length).toBe(written)
      expect(await g.call('fd_allocate', fd, 0, 0, 30_000, 0)).toBe('nospc')
      expect(await g.call('fd_filestat_set_size', fd, 30_000, 0)).toBe('nospc')
      expect(await g.path('path_create_directory', 3, 'd')).toBe('nospc')
      // Over old bytes there is room, and what is removed can be used again.
      expect(await g.call('fd_pwrite', fd, ...g.iovecs([BUF, 3000]), 0, 0, OUT)).toBe('success')
      expect(await g.call('fd_filestat_set_size', fd, 0, 0)).toBe('success')
      expect(await g.path('path_create_directory', 3, 'd')).toBe('success')
      g.wasi.close()
    }
  })

  test('a small disk', async (ctx) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', top], { stdio: 'ignore' })
    } catch {
      console.warn('SKIPPED: no tmpfs can be mounted here, a real full disk is not tested')
      ctx.skip()
    }
    try {
      const g = new TestGuest({ fs: { '/': directory(top, { access: 'rw' }) } })
      const fd = (await g.open(3, 'f', { oflags: CREAT, rights: FILE_RIGHTS })) as number
      const { written, errno } = await fill(g, fd, 3000)
      expect(errno).toBe('nospc')
      expect(written).toBeGreaterThan(30_000)
      expect(fs.statSync(join(top, 'f')).size).toBe(written)
      expect(fs.readFileSync(join(top, 'f')).every((b) => b === 0x61)).toBe(true)
      g.wasi.close()
    } finally {
      execFileSync('umount', [top])
    }
  })
})

test.runIf(linux)('EMFILE: the process has no descriptors left; nothing leaks and everything works again', () => {
  fs.mkdirSync(join(top, 'a/b'), { recursive: true })
  fs.writeFileSync(join(top, 'a/b/f'), 'x')
  const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  const program = join(top, 'p.mts')
  fs.writeFileSync(
    program,
    `import fs from 'node:fs'
    import { directory } from ${source('../../host/node/index.ts')}
    import { Directory } from ${source('../../host/directory.ts')}
    const dir = Directory.grant(directory(${JSON.stringify(top)}, { access: 'rw' }), '/')
    const how = { read: true, write: false, create: false, exclusive: false, truncate: false, directory: false }
    const attempt = (body) => { try { body(); return 'success' } catch (e) { return e.errno ?? String(e) } }
    const open = () => fs.readdirSync('/proc/self/fd').length
    const before = open()
    const files = []
    let errno = 'success'
    while (errno === 'success' && files.length < 10000) errno = attempt(() => files.push(dir.open('a/b/f', true, how).file))
    const others = [() => dir.open('a/b/new', true, { ...how, write: true, create: true }), () => dir.mkdir('a/b/d'), () => dir.list(), () => dir.rename('a/b/f', dir, 'a/b/f')].map(attempt)
    for (const file of files) file.close()
    // The directories a and a/b may be kept open, if they had not changed for long enough.
    console.log(JSON.stringify([errno, others.every((e) => e === 'mfile' || e === 'success'), open() - before <= 2, attempt(() => dir.open('a/b/f', true, how).file.close())]))`,
  )
  const tsx = new URL('../../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname
  const child = spawnSync('sh', ['-c', `ulimit -n 200; exec "${process.execPath}" "${tsx}" "${program}"`], { encoding: 'utf8' })
  expect(child.stderr).toBe('')
  expect(JSON.parse(child.stdout)).toEqual(['mfile', true, true, 'success'])
})

test.runIf(process.platform !== 'win32')('EACCES: files and directories that this user may not use', async (ctx) => {
  if (isRoot && process.seteuid === undefined) ctx.skip()
  fs.chmodSync(top, 0o755)
  fs.mkdirSync(join(top, 'closed/in'), { recursive: true })
  fs.writeFileSync(join(top, 'closed/f'), 'x')
  fs.writeFileSync(join(top, 'secret'), 'x')
  fs.writeFileSync(join(top, 'mine'), 'x')
  fs.chmodSync(join(top, 'closed'), 0)
  fs.chmodSync(join(top, 'secret'), 0)
  // Root may do everything: become nobody for a moment.
  if (isRoot) process.seteuid!(65534)
  try {
    for (const provider of [new NodeFs(top, 'rw', linux), overlay(new NodeFs(top, 'rw', linux))]) {
      const g = new TestGuest({ fs: { '/': provider } })
      expect(await g.contents(3, 'secret')).toBe('acces')
      expect(await g.contents(3, 'closed/f')).toBe('acces')
      expect(await g.open(3, 'closed/new', { oflags: CREAT, rights: FILE_RIGHTS })).toBe('acces')
      expect(await g.path('path_create_directory', 3, 'closed/in/new')).toBe('acces')
      expect(await g.looked('path_filestat_get', 3, 0, 'closed/f', OUT)).toBe('acces')
      expect(await g.contents(3, 'mine')).toBe('"x"')
      g.wasi.close()
    }
  } finally {
    if (isRoot) process.seteuid!(0)
    fs.chmodSync(join(top, 'closed'), 0o700)
  }
})

const onDisk: [string, () => DirectoryOption][] = [
  ['node, checked paths', () => new NodeFs(top, 'rw', false)],
  ...(linux
    ? ([
        ['node, handles', () => new NodeFs(top, 'rw', true)],
        ['overlay over node', () => overlay(new NodeFs(top, 'ro', true))],
      ] as [string, () => DirectoryOption][])
    : []),
]
describe.each(onDisk)('others at work in the same directory: %s', (_name, make) => {
  test('a file that becomes shorter under its reader', async () => {
    fs.writeFileSync(join(top, 'f'), 'x'.repeat(5000))
    const g = new TestGuest({ fs: { '/': make() } })
    const fd = (await g.open(3, 'f', { rights: FILE_RIGHTS })) as number
    expect(await g.read(fd, 1000)).toBe(`"${'x'.repeat(1000)}"`)
    fs.truncateSync(join(top, 'f'), 1200)
    expect(await g.read(fd, 1000)).toBe(`"${'x'.repeat(200)}"`)
    expect(await g.read(fd, 1000)).toBe('""')
    fs.truncateSync(join(top, 'f'), 0)
    expect(await g.call('fd_seek', fd, 0, 0, 0, OUT)).toBe('success')
    expect(await g.read(fd, 1000)).toBe('""')
    expect(await g.write(fd, 'new')).toBe('success')
    expect(await g.call('fd_seek', fd, 0, 0, 0, OUT)).toBe('success')
    expect(await g.read(fd, 1000)).toBe('"new"')
    g.wasi.close()
  })

  test('a directory that is removed under its handle', async () => {
    fs.mkdirSync(join(top, 'd/sub'), { recursive: true })
    fs.writeFileSync(join(top, 'd/f'), 'x')
    const g = new TestGuest({ fs: { '/': make() } })
    const fd = (await g.open(3, 'd', { oflags: DIRECTORY, rights: -1 & ~FILE_RIGHTS })) as number
    fs.rmSync(join(top, 'd'), { recursive: true })
    expect(await g.contents(fd, 'f')).toBe('noent')
    expect(await g.contents(fd, 'sub/f')).toBe('noent')
    expect(await g.contents(3, 'd/f')).toBe('noent')
    expect(['noent', 'success']).toContain(await g.call('fd_readdir', fd, BUF, 1000, 0, 0, OUT))
    for (const name of ['path_unlink_file', 'path_remove_directory']) expect(await g.path(name, fd, 'f'), name).toBe('noent')
    // And something else takes the place.
    fs.writeFileSync(join(top, 'd'), 'a file')
    expect(await g.contents(fd, 'f')).toBe('noent')
    expect(await g.call('fd_close', fd)).toBe('success')
    g.wasi.close()
  })

  test('a file that is replaced by a link, a directory, nothing', async () => {
    const outside = temporaryDirectory()
    fs.writeFileSync(join(outside, 'secret'), 'secret')
    const g = new TestGuest({ fs: { '/': make() } })
    for (const replace of [() => fs.symlinkSync(join(outside, 'secret'), join(top, 'f')), () => fs.mkdirSync(join(top, 'f')), () => {}]) {
      fs.rmSync(join(top, 'f'), { recursive: true, force: true })
      fs.writeFileSync(join(top, 'f'), 'mine')
      const fd = await g.open(3, 'f')
      fs.rmSync(join(top, 'f'))
      replace()
      // An overlay has seen a file there, and no longer finds it below.
      if (typeof fd === 'number') expect(await g.read(fd)).toBe('"mine"')
      expect(['notcapable', 'noent', 'isdir', 'notdir', 'loop']).toContain(await g.contents(3, 'f'))
      expect(['notcapable', 'noent', 'isdir', 'notdir', 'loop']).toContain(await g.open(3, 'f', { oflags: 0, rights: FILE_RIGHTS }))
    }
    expect(fs.readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
    g.wasi.close()
  })
})

test('a broken pipe on stdout: EPIPE for the guest, again and again', async () => {
  const stream = new PassThrough()
  let taken = 0
  const g = new TestGuest({
    stdout: {
      write: (chunk) => {
        if (taken > 10) throw fail('pipe')
        taken += chunk.length
        return chunk.length
      },
    },
    stderr: stream,
  })
  expect(await g.write(1, 'hello world')).toBe('success')
  for (let i = 0; i < 3; i++) expect(await g.write(1, 'x')).toBe('pipe')
  expect(taken).toBe(11)
  // A Node stream that is destroyed does not bring the host down.
  stream.on('error', () => {})
  stream.destroy()
  expect(['success', 'io', 'pipe']).toContain(await g.write(2, 'x'))
  g.wasi.close()
})

/** All calls on files and directories, on whatever provider. */
const everyCall: [string, (g: TestGuest) => Promise<unknown>][] = [
  ['open', (g) => g.open(3, 'f')],
  ['open below', (g) => g.open(3, 'd/f')],
  ['create', (g) => g.open(3, 'new', { oflags: CREAT, rights: FILE_RIGHTS })],
  ['truncate', (g) => g.open(3, 'f', { oflags: TRUNC, rights: FILE_RIGHTS })],
  ['open a directory', (g) => g.open(3, 'd', { oflags: DIRECTORY })],
  ['stat', (g) => g.looked('path_filestat_get', 3, 1, 'f', OUT)],
  ['set times', (g) => g.looked('path_filestat_set_times', 3, 1, 'f', 1, 0, 1, 0, 5)],
  ['mkdir', (g) => g.path('path_create_directory', 3, 'new')],
  ['rmdir', (g) => g.path('path_remove_directory', 3, 'd')],
  ['unlink', (g) => g.path('path_unlink_file', 3, 'f')],
  ['readlink', (g) => g.path('path_readlink', 3, 'l', BUF, 100, OUT)],
  ['symlink', (g) => g.symlink('x', 3, 'new')],
  ['link', (g) => g.link(3, 'f', 3, 'new')],
  ['rename', (g) => g.rename(3, 'f', 3, 'new')],
  ['readdir', (g) => g.call('fd_readdir', 3, BUF, 1000, 0, 0, OUT)],
  ['own stat', (g) => g.call('fd_filestat_get', 3, OUT)],
  ['own times', (g) => g.call('fd_filestat_set_times', 3, 1, 0, 1, 0, 5)],
  ['read', (g) => g.read(4)],
  ['write', (g) => g.write(4, 'x')],
  ['pread', (g) => g.call('fd_pread', 4, ...g.iovecs([BUF, 5], [BUF, 5]), 0, 0, OUT)],
  ['pwrite', (g) => g.call('fd_pwrite', 4, ...g.iovecs([BUF, 5], [BUF, 5]), 0, 0, OUT)],
  ['seek to the end', (g) => g.call('fd_seek', 4, 0, 0, 2, OUT)],
  ['stat of a file', (g) => g.call('fd_filestat_get', 4, OUT)],
  ['set size', (g) => g.call('fd_filestat_set_size', 4, 5, 0)],
  ['allocate', (g) => g.call('fd_allocate', 4, 0, 0, 5, 0)],
  ['times of a file', (g) => g.call('fd_filestat_set_times', 4, 1, 0, 1, 0, 5)],
  ['sync', (g) => g.call('fd_sync', 4)],
  ['close', (g) => g.call('fd_close', 4)],
]

/** A memory file system with an open file at fd 4, which from `broken()` on answers each call with `answer`. */
async function breaking(
  answer: () => unknown,
  options: { signal?: AbortSignal } = {},
): Promise<{ g: TestGuest; memory: MemoryFs; broken: () => void; closed: () => number }> {
  let isBroken = false
  let closedDirs = 0
  const memory = new MemoryFs({ files: { f: 'contents', 'd/f': '' } })
  memory.symlink('f', memory.root(), 'l')
  const wrap = <T extends object>(object: T): T =>
    new Proxy(object, {
      get: (target, key) => {
        const value = target[key as keyof T] as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (key === 'closeDir') closedDirs++
          if (isBroken && key !== 'root' && key !== 'closeDir') return answer()
          const result = (value as (...a: unknown[]) => unknown).apply(target, args)
          return key === 'open' ? wrap(result as FileHandle) : result
        }
      },
    })
  const g = new TestGuest({ fs: { '/': wrap(memory) as FileSystemProvider }, ...options })
  await g.open(3, 'f', { rights: FILE_RIGHTS })
  return { g, memory, broken: () => void (isBroken = true), closed: () => closedDirs }
}

const noError: unknown = 'the provider is broken'
describe.each([
  [
    'throws',
    () => {
      throw new Error('the provider is broken')
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('the provider is broken'))],
  [
    'throws what is no error',
    () => {
      throw noError
    },
  ],
])('a provider that %s', (_name, answer) => {
  test.each(everyCall)('%s: io, and the log says why', async (_call, body) => {
    const { g, broken, memory } = await breaking(answer as () => unknown)
    broken()
    expect(await body(g)).toBe('io')
    expect(g.wasi.denied.map((d) => d.reason).join()).toContain('the provider is broken')
    g.wasi.close()
    expect(memory.readText('f')).toBe('contents')
  })
})

describe('a provider that never answers', () => {
  test.each(everyCall)('%s: an abort ends it, and everything is closed', async (_call, body) => {
    const controller = new AbortController()
    const { g, broken, closed } = await breaking(() => new Promise(() => {}), { signal: controller.signal })
    broken()
    const call = body(g)
    setTimeout(() => controller.abort(new Error('enough')), 5)
    await expect(call).rejects.toMatchObject({ code: 'interrupted' })
    // From now on nothing is begun any more.
    await expect(g.open(3, 'f')).rejects.toMatchObject({ code: 'interrupted' })
    const before = closed()
    g.wasi.close()
    expect(closed()).toBe(before + 1)
  })

  test('one that answers after its guest was given up: what it opened is closed', async () => {
    const memory = new MemoryFs({ files: { f: 'x', 'd/': '' } })
    let answer = (): void => {}
    let closed = 0
    const slow = new Proxy(memory, {
      get: (target, key) => {
        const value = target[key as keyof MemoryFs] as unknown
        if (key === 'open')
          return (...args: Parameters<MemoryFs['open']>) =>
            new Promise((resolve) => {
              answer = () => {
                const file = target.open(...args)
                const close = file.close.bind(file)
                resolve(Object.assign(file, { close: () => (closed++, close()) }))
              }
            })
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const controller = new AbortController()
    const g = new TestGuest({ fs: { '/': slow }, signal: controller.signal })
    const call = g.open(3, 'f')
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'interrupted' })
    g.wasi.close()
    answer()
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(closed).toBe(1)
  })

  test('a whole program: the time limit or the signal', async () => {
    const program = fs.readFileSync(new URL('../../../examples/guests/c/ls.wasm', import.meta.url))
    const never = (): DirectoryOption =>
      new Proxy(memoryFs(), {
        get: (target, key) => {
          const value = target[key as keyof MemoryFs] as unknown
          if (key === 'list' || key === 'openDir') return () => new Promise(() => {})
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    const options = { args: ['/data'], fs: { '/data': never() } }
    await expect(run(program, { ...options, limits: { wallMs: 30 } })).rejects.toSatisfy(isLimit)
    const reason = new Error('the person has left')
    await expect(run(program, { ...options, signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(run(program, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

test('what was written before a failure is counted', async () => {
  const memory = new MemoryFs({ files: { f: '' } })
  let calls = 0
  let failure: unknown = fail('nospc')
  const open = memory.open.bind(memory)
  const flaky = Object.assign(Object.create(memory) as MemoryFs, {
    open: (...args: Parameters<MemoryFs['open']>) => {
      const file = open(...args)
      const write = file.write.bind(file)
      return Object.assign(file, {
        write: (data: Uint8Array, position: number) => {
          if (++calls > 1) throw failure
          return write(data, position)
        },
      })
    },
  })
  for (const provider of [flaky as FileSystemProvider, later(flaky) as FileSystemProvider, flaky as FileSystemProvider]) {
    calls = 0
    memory.writeFile('f', '')
    const g = new TestGuest({ fs: { '/': await rooted(provider) } })
    const fd = (await g.open(3, 'f', { rights: FILE_RIGHTS })) as number
    // Two parts that are too large to be put together.
    expect(await g.call('fd_write', fd, ...g.iovecs([BUF, 70_000], [BUF, 70_000]), OUT)).toBe('success')
    expect(g.u32()).toBe(70_000)
    expect(memory.readFile('f')!.length).toBe(70_000)
    expect(await g.call('fd_write', fd, ...g.iovecs([BUF, 10]), OUT)).toBe(failure instanceof Error ? 'io' : 'nospc')
    // The last round: an error that no provider should throw.
    if (provider !== flaky) failure = new Error('broken')
    g.wasi.close()
  }
})

test('every file system gives back what a run held open, however it ended', async () => {
  for (const kind of kinds) {
    const provider = await rooted(await kind.build({ 'a/f': 'x' }))
    const opened = fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').length : 0
    const g = new TestGuest({ fs: { '/': provider } })
    for (const path of ['a', 'a/f', 'a/f', '.']) expect(typeof (await g.open(3, path)), kind.name).toBe('number')
    g.wasi.close()
    expect(await g.read(4), kind.name).toBe('badf')
    if (kind.name.startsWith('node')) expect(fs.readdirSync('/proc/self/fd').length, kind.name).toBe(opened)
  }
})
