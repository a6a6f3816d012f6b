/**
 * The browser's file system interfaces in memory, as far as the OPFS provider uses them, with the errors and locks of the
 * standard (WHATWG fs). With access handles as in a worker, or without as on the main thread.
 */
import type { AccessHandleLike, BlobLike, OpfsDirectoryHandle, OpfsFileHandle, WritableLike } from '../../src/host/opfs/handles.ts'

const error = (name: string): DOMException => new DOMException(`${name} of the stand-in`, name)

export interface FakeOpfsOptions {
  readonly accessHandles: boolean
  readonly canMove: boolean
  /** Most bytes of one file; beyond, QuotaExceededError. */
  readonly quota?: number
}

interface Contents {
  bytes: Uint8Array
  modified: number
  /** An access handle is open. */
  locked: boolean
  writers: number
}

export function fakeOpfs(options: FakeOpfsOptions): OpfsDirectoryHandle {
  return new FakeDirectory(options)
}

class FakeFile implements OpfsFileHandle {
  readonly kind = 'file'
  readonly contents: Contents = { bytes: new Uint8Array(0), modified: Date.now(), locked: false, writers: 0 }
  readonly createSyncAccessHandle?: () => Promise<AccessHandleLike>
  readonly createWritable?: (options: { keepExistingData: boolean }) => Promise<WritableLike>
  readonly move?: (directory: OpfsDirectoryHandle, name: string) => Promise<void>
  parent: FakeDirectory
  name: string

  constructor(options: FakeOpfsOptions, parent: FakeDirectory, name: string) {
    this.parent = parent
    this.name = name
    const { contents } = this
    const quota = options.quota ?? Infinity
    const resize = (bytes: Uint8Array, size: number): Uint8Array => {
      if (size > quota) throw error('QuotaExceededError')
      const resized = new Uint8Array(size)
      resized.set(bytes.subarray(0, size))
      return resized
    }
    const put = (bytes: Uint8Array, data: Uint8Array, at: number): Uint8Array => {
      const grown = resize(bytes, Math.max(bytes.length, at + data.length))
      grown.set(data, at)
      return grown
    }
    if (options.accessHandles)
      this.createSyncAccessHandle = async () => {
        if (contents.locked || contents.writers > 0) throw error('NoModificationAllowedError')
        contents.locked = true
        return {
          read: (buffer, { at }) => {
            const part = contents.bytes.subarray(at, at + buffer.length)
            buffer.set(part)
            return part.length
          },
          write: (data, { at }) => {
            contents.bytes = put(contents.bytes, data, at)
            return data.length
          },
          getSize: () => contents.bytes.length,
          truncate: (size) => void (contents.bytes = resize(contents.bytes, size)),
          flush: () => {},
          close: () => void (contents.locked = false),
        }
      }
    else
      this.createWritable = async ({ keepExistingData }) => {
        if (contents.locked) throw error('NoModificationAllowedError')
        contents.writers++
        let swap: Uint8Array = keepExistingData ? contents.bytes.slice() : new Uint8Array(0)
        return {
          write: async ({ data, position }) => void (swap = put(swap, data, position)),
          truncate: async (size) => void (swap = resize(swap, size)),
          close: async () => {
            contents.writers--
            contents.bytes = swap
            contents.modified = Date.now()
          },
        }
      }
    if (options.canMove)
      this.move = async (directory, name) => {
        this.mustBeFree()
        this.parent.children.delete(this.name)
        this.parent = directory as FakeDirectory
        this.name = name
        this.parent.children.set(name, this)
      }
  }
  async getFile(): Promise<BlobLike> {
    const { bytes, modified } = this.contents
    return { size: bytes.length, lastModified: modified, slice: (a, b) => ({ arrayBuffer: async () => bytes.slice(a, b).buffer }) }
  }
  mustBeFree(): void {
    if (this.contents.locked || this.contents.writers > 0) throw error('NoModificationAllowedError')
  }
}

class FakeDirectory implements OpfsDirectoryHandle {
  readonly kind = 'directory'
  readonly children: Map<string, FakeFile | FakeDirectory> = new Map()
  private readonly options: FakeOpfsOptions

  constructor(options: FakeOpfsOptions) {
    this.options = options
  }
  async getDirectoryHandle(name: string, options?: { create: boolean }): Promise<FakeDirectory> {
    return this.child(name, 'directory', options, () => new FakeDirectory(this.options)) as FakeDirectory
  }
  async getFileHandle(name: string, options?: { create: boolean }): Promise<FakeFile> {
    return this.child(name, 'file', options, () => new FakeFile(this.options, this, name)) as FakeFile
  }
  async removeEntry(name: string, options?: { recursive: boolean }): Promise<void> {
    const child = this.children.get(name)
    if (child === undefined) throw error('NotFoundError')
    if (child.kind === 'file') child.mustBeFree()
    else if (child.children.size > 0 && options?.recursive !== true) throw error('InvalidModificationError')
    this.children.delete(name)
  }
  async *entries(): AsyncIterable<[string, FakeFile | FakeDirectory]> {
    yield* this.children
  }

  private child(
    name: string,
    kind: string,
    options: { create: boolean } | undefined,
    make: () => FakeFile | FakeDirectory,
  ): FakeFile | FakeDirectory {
    if (/[\\/]/.test(name) || name === '.' || name === '..') throw new TypeError('not a name')
    let child = this.children.get(name)
    if (child === undefined) {
      if (options?.create !== true) throw error('NotFoundError')
      this.children.set(name, (child = make()))
    }
    if (child.kind !== kind) throw error('TypeMismatchError')
    return child
  }
}
