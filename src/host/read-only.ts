/**
 * What read-only means, in one place: files that refuse every change, and the error that a refused change gets. Used by
 * `directory.ts` for read-only grants, by `mounts.ts` for read-only mounts, by `archive/` for file systems that are read-only by nature.
 */
import { errnoOf, fail } from './errno.ts'
import type { FileHandle, FileStat, FileSystemProvider, OpenHow } from './file-system.ts'
import { attempt, chain, type Maybe } from './maybe.ts'

/** An open file through which nothing can be changed: neither contents nor times, also when the provider would allow it. */
export class ReadOnlyFile implements FileHandle {
  private readonly file: FileHandle

  constructor(file: FileHandle) {
    this.file = file
  }
  read(buffer: Uint8Array, position: number): number | Promise<Uint8Array> {
    return this.file.read(buffer, position)
  }
  write(): never {
    throw fail('badf')
  }
  append(): never {
    throw fail('badf')
  }
  size(): Maybe<number> {
    return this.file.size()
  }
  stat(): Maybe<FileStat> {
    return this.file.stat()
  }
  /** As ftruncate of a descriptor that is not open for writing. */
  truncate(): never {
    throw fail('inval')
  }
  setTimes(): never {
    throw fail('rofs')
  }
  sync(dataOnly: boolean): Maybe<void> {
    return this.file.sync(dataOnly)
  }
  close(): Maybe<void> {
    return this.file.close()
  }
}

export const changes = (how: OpenHow): boolean => how.write || how.create || how.truncate

/** Refuses to open for a change. What a missing or existing name would say comes first, as on a read-only mount of POSIX. */
export function refuseOpen<D>(provider: FileSystemProvider<D>, dir: D, name: string, how: OpenHow): Maybe<never> {
  return attempt<never>(
    () =>
      chain(provider.stat(dir, name), (stat) => {
        if (how.create && how.exclusive) throw fail('exist')
        throw fail(stat.type === 'symlink' ? 'loop' : stat.type === 'directory' ? 'isdir' : 'rofs')
      }),
    (e) => {
      throw errnoOf(e) === 'noent' && how.create ? fail('rofs') : e
    },
  )
}

/** Refuses a new name: `exist` when it is taken, else `rofs`. */
export function refuseNew<D>(provider: FileSystemProvider<D>, dir: D, name: string): Maybe<never> {
  return attempt<never>(
    () =>
      chain(provider.stat(dir, name), () => {
        throw fail('exist')
      }),
    (e) => {
      throw errnoOf(e) === 'exist' ? e : fail('rofs')
    },
  )
}
