/**
 * The one path resolver: walks a guest path component by component over a provider's (directory handle, name) operations.
 * It interprets symlinks itself and keeps a stack of handles for `..`, so the walk never leaves the granted directory:
 * there is no string on which a lexical escape could work. Every path operation of every adapter comes through here (`directory.ts`).
 *
 * Synchronous providers are walked in a plain loop; where a provider answers with a promise the walk goes on in its callback.
 */
import { errnoOf, fail } from './errno.ts'
import type { FileSystemProvider } from './file-system.ts'
import { ensure, isPromise, type Maybe } from './maybe.ts'

/** As Linux (MAXSYMLINKS). */
const MOST_LINKS = 40
/** Handles held at once during one walk; each is a file descriptor on some providers. */
const DEEPEST = 256

/**
 * What to do at the end of a path. `name` is one component in `dir`, or `.` for the directory itself (paths such as `.`,
 * `a/..`, `a/.`). `mustBeDir` is true after a trailing slash. When symlinks are to be followed, the action throws `loop`
 * on finding one, and the walk goes on at the link's target.
 */
export type Action<D, T> = (dir: D, name: string, mustBeDir: boolean) => Maybe<T>

/**
 * Resolves `path` below `base` and runs `action` there. Handles opened on the way are closed afterwards.
 * Fails with `noent` (also for the empty path), `notdir`, `loop`, `notcapable` (absolute, or above `base`), `inval` (NUL).
 */
export function walk<D, T>(provider: FileSystemProvider<D>, base: D, path: string, follow: boolean, action: Action<D, T>): Maybe<T> {
  const w = new Walk(provider, base, follow, action)
  return ensure(
    () => {
      w.goFor(path, '')
      return w.run()
    },
    () => w.close(),
  )
}

const SLASH = 0x2f
const DOT = 0x2e

class Walk<D, T> {
  private readonly provider: FileSystemProvider<D>
  private readonly follow: boolean
  private readonly action: Action<D, T>
  /** Handles from the granted directory down to the current one. The first is not ours to close. */
  private readonly stack: D[]
  /** What is still to go is `path` from `at` on. */
  private path = ''
  private at = 0
  private links = 0

  constructor(provider: FileSystemProvider<D>, base: D, follow: boolean, action: Action<D, T>) {
    this.provider = provider
    this.follow = follow
    this.action = action
    this.stack = [base]
  }

  /** Puts a path or link target in front of what is still to go. */
  goFor(path: string, rest: string): void {
    if (path.length === 0) throw fail('noent')
    if (path.charCodeAt(0) === SLASH) throw fail('notcapable', 'absolute path')
    if (path.includes('\0')) throw fail('inval')
    this.path = path + rest
    this.at = 0
  }

  /** The next component; `at` is then behind it and the slashes that follow it. Empty at the end. */
  private next(): string {
    const { path, at } = this
    let end = path.indexOf('/', at)
    if (end < 0) end = path.length
    let next = end
    while (path.charCodeAt(next) === SLASH) next++
    this.at = next
    return path.slice(at, end)
  }

  /** Whether the component at `at` is a directory to be opened, and neither the last one nor `..`. */
  private goesDeeper(): boolean {
    const { path, at } = this
    const slash = path.indexOf('/', at)
    return slash >= 0 && slash < path.length - 1 && path.charCodeAt(at) !== DOT
  }

  run(): Maybe<T> {
    const { stack, provider } = this
    for (;;) {
      const dir = stack[stack.length - 1]!
      const part = this.next()
      if (part === '') return this.action(dir, '.', true)
      if (part === '.') continue
      if (part === '..') {
        if (stack.length === 1) throw fail('notcapable', 'leads above the granted directory')
        provider.closeDir(stack.pop()!)
        continue
      }
      if (this.at === this.path.length) return this.finish(dir, part)
      if (stack.length > DEEPEST) throw fail('nametoolong')
      let entered: Maybe<D>
      try {
        entered = provider.openDir(dir, part, this.goesDeeper())
      } catch (e) {
        const expanded = this.expand(dir, part, e)
        if (isPromise(expanded)) return expanded.then(() => this.run())
        continue
      }
      if (isPromise(entered))
        return entered.then(
          (d) => {
            stack.push(d)
            return this.run()
          },
          (e: unknown) => {
            const expanded = this.expand(dir, part, e)
            return isPromise(expanded) ? expanded.then(() => this.run()) : this.run()
          },
        )
      stack.push(entered)
    }
  }

  /** The last component: run the action; when it meets a symlink that is to be followed, go on at its target. */
  private finish(dir: D, name: string): Maybe<T> {
    const follow = this.follow
    try {
      const result = this.action(dir, name, this.path.endsWith('/'))
      return follow && isPromise(result) ? result.then(undefined, (e: unknown) => this.again(dir, name, e)) : result
    } catch (e) {
      if (!follow) throw e
      return this.again(dir, name, e)
    }
  }

  private again(dir: D, name: string, e: unknown): Maybe<T> {
    if (errnoOf(e) !== 'loop') throw e
    const expanded = this.expand(dir, name, e)
    return isPromise(expanded) ? expanded.then(() => this.run()) : this.run()
  }

  /** `name` could not be entered: if it is a symlink, its target takes its place; else the error stands. */
  private expand(dir: D, name: string, e: unknown): Maybe<void> {
    const errno = errnoOf(e)
    if (errno !== 'loop' && errno !== 'notdir') throw e
    if (++this.links > MOST_LINKS) throw fail('loop')
    let target: Maybe<string>
    try {
      target = this.provider.readlink(dir, name)
    } catch {
      throw e
    }
    if (!isPromise(target)) return this.enter(target)
    return target.then(
      (t) => this.enter(t),
      () => {
        throw e
      },
    )
  }

  private enter(target: string): void {
    if (target.charCodeAt(0) === SLASH) throw fail('notcapable', `symlink to ${target}`)
    // Slashes behind the link belong to what it leads to.
    const { path, at } = this
    this.goFor(target, at < path.length ? `/${path.slice(at)}` : path.endsWith('/') ? '/' : '')
  }

  close(): void {
    for (let i = this.stack.length - 1; i > 0; i--) this.provider.closeDir(this.stack[i]!)
  }
}
