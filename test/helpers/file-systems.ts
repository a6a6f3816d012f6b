/**
 * Every file system that can be granted, built from the same description of a tree, for tests that must hold on all of them.
 * Where it is possible the tree is a directory `box`, and beside it lies `outside/secret`, which nobody may reach.
 */
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { zipSync, type Zippable } from 'fflate'
import { packTar } from 'modern-tar'
import { tarFs } from '../../src/host/archive/tar.ts'
import { zipFs } from '../../src/host/archive/zip.ts'
import type { FileHandle, FileSystemProvider, OpenHow } from '../../src/host/file-system.ts'
import { MemoryFs } from '../../src/host/memory-fs.ts'
import { mounts } from '../../src/host/mounts.ts'
import { hasHandleRelative, NodeFs } from '../../src/host/node/node-fs.ts'
import { OpfsFs } from '../../src/host/opfs/opfs-fs.ts'
import { overlay } from '../../src/host/overlay-fs.ts'
import { fakeOpfs } from './opfs.ts'

/** `name/` directories, strings are files, `-> target` symlinks. */
export type Tree = Readonly<Record<string, string>>

export interface Kind {
  readonly name: string
  readonly writable: boolean
  readonly symlinks: boolean
  readonly hardLinks: boolean
  /** A directory handle stays on its directory when that is moved or replaced. */
  readonly staysOnDirectory: boolean
  /** A file that is open can be removed and renamed. */
  readonly removesOpenFiles: boolean
  /** Every operation answers at once. */
  readonly sync: boolean
  readonly build: (tree: Tree) => Promise<FileSystemProvider>
}

const temporary: string[] = []
/** For `afterAll`. */
export function removeTemporary(): void {
  for (const path of temporary.splice(0)) fs.rmSync(path, { recursive: true, force: true })
}
export function temporaryDirectory(): string {
  const path = fs.mkdtempSync(join(os.tmpdir(), 'vitrine-fs-'))
  temporary.push(path)
  return path
}

export const READ: OpenHow = { read: true, write: false, create: false, exclusive: false, truncate: false }
export const WRITE: OpenHow = { ...READ, write: true }
export const CREATE: OpenHow = { ...WRITE, create: true }
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The parents of all paths, then the paths themselves: `[path, content]`, directories end in a slash. */
function* steps(tree: Tree): Generator<[path: string, content: string]> {
  const made = new Set<string>()
  for (const [path, content] of Object.entries(tree)) {
    const parts = path.split('/')
    for (let i = 1; i < parts.length; i++) {
      const parent = `${parts.slice(0, i).join('/')}/`
      if (!made.has(parent)) yield [parent, '']
      made.add(parent)
    }
    if (!path.endsWith('/')) yield [path, content]
  }
}

/** Makes the tree through the provider's own operations. */
export async function plant<D>(provider: FileSystemProvider<D>, tree: Tree): Promise<void> {
  const within = async (path: string, body: (dir: D, name: string) => unknown): Promise<void> => {
    const parts = path.split('/').filter((p) => p !== '')
    let dir = await provider.root()
    for (const part of parts.slice(0, -1)) {
      const next = await provider.openDir(dir, part)
      provider.closeDir(dir)
      dir = next
    }
    await body(dir, parts[parts.length - 1]!)
    provider.closeDir(dir)
  }
  for (const [path, content] of steps(tree))
    await within(path, async (dir, name) => {
      if (path.endsWith('/')) await provider.mkdir(dir, name)
      else if (content.startsWith('-> ')) await provider.symlink(content.slice(3), dir, name)
      else {
        const file = await provider.open(dir, name, CREATE)
        await file.write(bytes(content), 0)
        await file.close()
      }
    })
}

const OUTSIDE: Tree = { 'outside/secret': 'secret' }
export const inBox = (tree: Tree): Tree => ({
  ...OUTSIDE,
  'box/': '',
  ...Object.fromEntries(Object.entries(tree).map(([k, v]) => [`box/${k}`, v])),
})

/** The same provider with `box` as its root. */
const rootedAtBox = <P extends FileSystemProvider>(provider: P): P =>
  Object.assign(Object.create(provider) as P, {
    root: () => {
      const top = provider.root()
      return top instanceof Promise ? top.then((t) => provider.openDir(t, 'box')) : provider.openDir(top, 'box')
    },
  })

/** What must never change, by provider: everything outside of the box, and for overlays also what is below. */
const untouchable: WeakMap<FileSystemProvider, () => Promise<string>> = new WeakMap()

/** A text that changes when anything changed which the guest must not reach; undefined where there is nothing of the kind. */
export const fingerprint = async (provider: FileSystemProvider): Promise<string | undefined> => untouchable.get(provider)?.()

/** All of a file system as text. */
async function everything<D>(provider: FileSystemProvider<D>, dir: D, prefix = ''): Promise<string> {
  let text = ''
  for (const { name } of [...(await provider.list(dir))].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const stat = await provider.stat(dir, name)
    text += `${prefix}${name} ${stat.type} ${stat.mtime.seconds}.${stat.mtime.nanos} `
    if (stat.type === 'directory') {
      const child = await provider.openDir(dir, name)
      text += `\n${await everything(provider, child, `${prefix}${name}/`)}`
      provider.closeDir(child)
    } else if (stat.type === 'file') {
      const file = await provider.open(dir, name, READ)
      const buffer = new Uint8Array(1000)
      const read = await file.read(buffer, 0)
      text += `${stat.nlink} ${String.fromCharCode(...(typeof read === 'number' ? buffer.subarray(0, read) : read))}\n`
      await file.close()
    } else text += '\n'
  }
  return text
}
async function below(provider: FileSystemProvider, path: string): Promise<string> {
  let dir = await provider.root()
  if (path !== '') dir = await provider.openDir(dir, path)
  return everything(provider, dir)
}
function keep<P extends FileSystemProvider>(provider: P, look: () => Promise<string>): P {
  untouchable.set(provider, look)
  return provider
}
/** An overlay over a provider, whose contents must stay as they are. */
const over = (lower: FileSystemProvider): FileSystemProvider =>
  keep(overlay(lower) as FileSystemProvider, async () => `${await below(lower, '')}${await fingerprint(lower)}`)

async function memoryBox(tree: Tree): Promise<FileSystemProvider> {
  const memory = new MemoryFs() as FileSystemProvider
  await plant(memory, inBox(tree))
  return keep(rootedAtBox(memory), () => below(memory, 'outside'))
}

function nodeBox(tree: Tree): string {
  const top = temporaryDirectory()
  for (const [path, content] of steps(inBox(tree))) {
    const full = join(top, path)
    if (path.endsWith('/')) fs.mkdirSync(full)
    else if (content.startsWith('-> ')) fs.symlinkSync(content.slice(3), full)
    else fs.writeFileSync(full, content)
  }
  return join(top, 'box')
}

async function nodeKind(tree: Tree, access: 'ro' | 'rw', handles: boolean): Promise<FileSystemProvider> {
  const box = nodeBox(tree)
  const outside = new NodeFs(join(box, '../outside'), 'ro', false) as FileSystemProvider
  return keep(new NodeFs(box, access, handles) as FileSystemProvider, () => below(outside, ''))
}

/** The directories `a` and `a/b`, where the tree has them, are mounts of their own. */
async function inParts(tree: Tree): Promise<FileSystemProvider> {
  const parts: Record<string, Record<string, string>> = { '': {}, 'a/': {}, 'a/b/': {} }
  for (const [path, content] of Object.entries(tree)) {
    const part = ['a/b/', 'a/', ''].find((prefix) => path.startsWith(prefix))!
    parts[part]![path.slice(part.length)] = content
  }
  const table: Record<string, FileSystemProvider> = {}
  for (const [part, content] of Object.entries(parts)) {
    delete content['']
    if (part === '' || Object.keys(tree).some((path) => path.startsWith(part))) table[`/${part}`] = await memoryBox(content)
  }
  return mounts(table) as FileSystemProvider
}

/** As `zip` on Unix writes it: every other file is stored, the others are deflated. */
export function zipOf(tree: Tree): Uint8Array {
  const entries: Zippable = {}
  let stored = true
  for (const [path, content] of steps(tree)) {
    const link = content.startsWith('-> ')
    stored = !stored
    entries[path] = [
      bytes(link ? content.slice(3) : content),
      { os: 3, attrs: (link ? 0o120777 : 0o100644) << 16, level: link || stored ? 0 : 6 },
    ]
  }
  return zipSync(entries)
}
export const tarOf = (tree: Tree): Promise<Uint8Array> =>
  packTar(
    [...steps(tree)].map(([name, content]) =>
      name.endsWith('/')
        ? { header: { name, size: 0, type: 'directory' as const } }
        : content.startsWith('-> ')
          ? { header: { name, size: 0, type: 'symlink' as const, linkname: content.slice(3) } }
          : { header: { name, size: bytes(content).length, type: 'file' as const }, body: bytes(content) },
    ),
  )

/** The same provider, but every answer comes later; reads answer with the bytes themselves. */
export function later<D>(provider: FileSystemProvider<D>): FileSystemProvider<D> {
  const slowly = <T extends object>(object: T, atOnce: readonly string[]): T =>
    new Proxy(object, {
      get: (target, key) => {
        const value = target[key as keyof T] as unknown
        if (typeof value !== 'function') return value
        if (atOnce.includes(key as string)) return value.bind(target) as unknown
        return async (...args: unknown[]) => {
          // What is to be written is only lent until the call returns, and what is to be read must not be touched later.
          const own = args.map((a) => (!(a instanceof Uint8Array) ? a : key === 'read' ? new Uint8Array(a.length) : a.slice()))
          await Promise.resolve()
          const result = await (value as (...a: unknown[]) => unknown).apply(target, own)
          if (key === 'read' && typeof result === 'number') return (own[0] as Uint8Array).slice(0, result)
          return key === 'open' ? slowly(result as FileHandle, []) : result
        }
      },
      has: (target, key) => key in target,
    })
  return slowly(provider, ['closeDir'])
}

const full = { writable: true, symlinks: true, hardLinks: true, staysOnDirectory: true, removesOpenFiles: true, sync: true }
const packed = { ...full, writable: false, hardLinks: false }
const noLinks = { ...full, symlinks: false, hardLinks: false, staysOnDirectory: false, removesOpenFiles: false, sync: false }

export const kinds: readonly Kind[] = [
  { name: 'memory', ...full, build: memoryBox },
  { name: 'memory, later', ...full, sync: false, build: async (tree) => later(await memoryBox(tree)) },
  { name: 'overlay over memory', ...full, build: async (tree) => over(await memoryBox(tree)) },
  { name: 'overlay over memory, later', ...full, sync: false, build: async (tree) => over(later(await memoryBox(tree))) },
  {
    name: 'overlay over nothing',
    ...full,
    build: async (tree) => {
      const provider = overlay(new MemoryFs())
      await plant(provider, tree)
      return provider as FileSystemProvider
    },
  },
  { name: 'mounts', ...full, build: async (tree) => mounts({ '/': await memoryBox(tree) }) as FileSystemProvider },
  { name: 'mounts, in parts', ...full, hardLinks: false, build: inParts },
  { name: 'zip', ...packed, sync: false, build: async (tree) => rootedAtBox(zipFs(zipOf(inBox(tree))) as FileSystemProvider) },
  { name: 'tar', ...packed, build: async (tree) => rootedAtBox(tarFs(await tarOf(inBox(tree))) as FileSystemProvider) },
  { name: 'overlay over tar', ...full, build: async (tree) => over(rootedAtBox(tarFs(await tarOf(inBox(tree))) as FileSystemProvider)) },
  { name: 'node, checked paths', ...full, staysOnDirectory: false, build: async (tree) => nodeKind(tree, 'rw', false) },
  ...(hasHandleRelative()
    ? [
        { name: 'node, handles', ...full, build: async (tree: Tree) => nodeKind(tree, 'rw', true) },
        { name: 'overlay over node', ...full, build: async (tree: Tree) => over(await nodeKind(tree, 'ro', true)) },
      ]
    : []),
  ...[
    { name: 'opfs, streams', accessHandles: false, canMove: true },
    { name: 'opfs, access handles', accessHandles: true, canMove: false },
  ].map(({ name, ...options }) => ({
    name,
    ...noLinks,
    build: async (tree: Tree): Promise<FileSystemProvider> => {
      const top = fakeOpfs(options)
      const all = new OpfsFs(top) as FileSystemProvider
      await plant(all, inBox(tree))
      return keep(new OpfsFs(await top.getDirectoryHandle('box')) as FileSystemProvider, () => below(all, 'outside'))
    },
  })),
]
