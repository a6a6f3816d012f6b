/** Kept directory handles: the same as opening each time, whatever others do to the directories meanwhile. */
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { CachedDir, DirCache } from './dir-cache.ts'
import { hasHandleRelative } from './node-fs.ts'

const top = fs.mkdtempSync(join(os.tmpdir(), 'vitrine-dir-cache-'))
afterAll(() => fs.rmSync(top, { recursive: true, force: true }))
const FLAGS = 0o10000000 | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW
const openFds = (): number => fs.readdirSync('/proc/self/fd').length
/** Longer than the grain of the timestamps of the file systems that tests run on. */
const grain = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40))

describe.runIf(hasHandleRelative())('DirCache', () => {
  let trees = 0
  function start(settled = 20): {
    root: string
    base: CachedDir
    enter: (parent: CachedDir, name: string, deeper?: boolean) => CachedDir
    opened: () => number
    cache: DirCache
  } {
    const root = join(top, String(trees++))
    fs.mkdirSync(join(root, 'a/b'), { recursive: true })
    fs.writeFileSync(join(root, 'a/file'), 'old')
    const cache = new DirCache(settled)
    let opened = 0
    const enter = (parent: CachedDir, name: string, deeper = false): CachedDir =>
      cache.find(parent, name, deeper) ??
      cache.enter(parent, name, () => {
        opened++
        return fs.openSync(parent.prefix + name, FLAGS)
      })
    return { root, base: new CachedDir(fs.openSync(root, FLAGS)), enter, opened: () => opened, cache }
  }
  const contents = (dir: CachedDir): string => fs.readFileSync(`${dir.prefix}file`, 'utf8')

  test('opens once while nothing changes; closes everything in the end', async () => {
    const before = openFds()
    const { base, enter, opened, cache } = start()
    await grain()
    for (let i = 0; i < 5; i++) {
      const a = enter(base, 'a')
      const b = enter(a, 'b')
      cache.release(b)
      cache.release(a)
    }
    expect(opened()).toBe(2)
    cache.release(base)
    expect(openFds()).toBe(before)
  })

  test('another directory, a symlink or nothing in its place is seen at once', async () => {
    const { root, base, enter, cache } = start()
    await grain()
    cache.release(enter(base, 'a'))
    const held = enter(base, 'a')
    await grain()
    fs.renameSync(join(root, 'a'), join(root, 'away'))
    fs.mkdirSync(join(root, 'a'))
    fs.writeFileSync(join(root, 'a/file'), 'new')
    const now = enter(base, 'a')
    expect(contents(now)).toBe('new')
    // Who has the old one goes on with that.
    expect(contents(held)).toBe('old')
    cache.release(held)
    cache.release(now)
    fs.rmSync(join(root, 'a'), { recursive: true })
    expect(() => enter(base, 'a')).toThrow(/ENOENT/)
    fs.symlinkSync('away', join(root, 'a'))
    expect(() => enter(base, 'a')).toThrow(/ENOTDIR|ELOOP/)
    cache.release(base)
  })

  /** Where ext, tmpfs, XFS or btrfs are not to be had, every step looks at the parent, which is right as well. */
  test('one look in the middle of a path vouches for both names, until one of them changes', async () => {
    const { root, base, enter, cache } = start()
    const reach = (): { text: string; looks: number } => {
      const looks = vi.spyOn(fs, 'fstatSync')
      const a = enter(base, 'a', true)
      const b = enter(a, 'b')
      const text = fs.existsSync(`${b.prefix}mark`) ? fs.readFileSync(`${b.prefix}mark`, 'utf8') : ''
      cache.release(b)
      cache.release(a)
      const count = looks.mock.calls.length
      looks.mockRestore()
      return { text, looks: count }
    }
    const warm = async (): Promise<number> => {
      await grain()
      for (let i = 0; i < 3; i++) reach()
      return reach().looks
    }
    const fewest = await warm()
    expect([1, 2]).toContain(fewest)
    fs.mkdirSync(join(root, 'c/b'), { recursive: true })
    fs.writeFileSync(join(root, 'c/b/mark'), 'c')
    expect(await warm()).toBe(fewest)
    // The first name, by a rename of its directory, and by an exchange of what has the name.
    fs.renameSync(join(root, 'a'), join(root, 'a0'))
    fs.renameSync(join(root, 'c'), join(root, 'a'))
    expect(reach().text).toBe('c')
    expect(await warm()).toBe(fewest)
    // The second name.
    fs.renameSync(join(root, 'a/b'), join(root, 'a/b0'))
    fs.mkdirSync(join(root, 'a/b'))
    fs.writeFileSync(join(root, 'a/b/mark'), 'second')
    expect(reach().text).toBe('second')
    await warm()
    // The first name becomes a symlink to where the directory has gone: never followed here.
    fs.renameSync(join(root, 'a'), join(root, 'a1'))
    fs.symlinkSync('a1', join(root, 'a'))
    expect(reach).toThrow(/ENOTDIR|ELOOP/)
    fs.unlinkSync(join(root, 'a'))
    expect(reach).toThrow(/ENOENT/)
    // The look of a walk that was broken off serves nobody.
    fs.renameSync(join(root, 'a1'), join(root, 'a'))
    await warm()
    const held = enter(base, 'a')
    cache.release(enter(base, 'a', true))
    fs.renameSync(join(root, 'a/b'), join(root, 'a/b1'))
    expect(() => enter(held, 'b')).toThrow(/ENOENT/)
    cache.release(held)
    cache.release(base)
  })

  test('a directory that has just changed is not relied upon', () => {
    const { root, base, enter, cache } = start(1000)
    for (let i = 0; i < 20; i++) {
      const dir = enter(base, 'a')
      expect(contents(dir)).toBe(i === 0 ? 'old' : String(i - 1))
      cache.release(dir)
      // As fast as it goes: many of these within one grain of the clock.
      fs.renameSync(join(root, 'a'), join(root, `away${i}`))
      fs.mkdirSync(join(root, 'a'))
      fs.writeFileSync(join(root, 'a/file'), String(i))
    }
    cache.release(base)
  })

  test('not more than a few dozen are kept', async () => {
    const before = openFds()
    const { root, base, enter, cache } = start()
    for (let i = 0; i < 100; i++) fs.mkdirSync(join(root, `d${i}/e`), { recursive: true })
    await grain()
    for (let i = 0; i < 100; i++) {
      const d = enter(base, `d${i}`)
      cache.release(enter(d, 'e'))
      cache.release(d)
    }
    expect(openFds() - before).toBeLessThan(40)
    cache.release(base)
    expect(openFds()).toBe(before)
  })
})
