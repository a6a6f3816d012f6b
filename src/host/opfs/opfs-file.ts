/**
 * Open files of the browser's file system. All handles of a guest on one file share one of these, because the browser lets
 * only one writer in. In a dedicated worker an access handle does everything at once; elsewhere reads come from a snapshot
 * and writes go to a stream, which must be closed before they can be read again. Opened by `opfs-fs.ts`.
 */
import type { Maybe } from '../maybe.ts'
import { type AccessHandleLike, type BlobLike, opfs, opfsError, type OpfsFileHandle, type WritableLike } from './handles.ts'
import { fail } from '../errno.ts'

/** One open file, whatever it is read and written through. */
export interface OpfsContents {
  read(buffer: Uint8Array, position: number): number | Promise<Uint8Array>
  write(data: Uint8Array, position: number): Maybe<number>
  append(data: Uint8Array): Maybe<number>
  size(): Maybe<number>
  truncate(size: number): Maybe<void>
  sync(): Maybe<void>
  close(): Maybe<void>
}

export async function openContents(handle: OpfsFileHandle): Promise<OpfsContents> {
  if (handle.createSyncAccessHandle !== undefined) return new AccessContents(await opfs(() => handle.createSyncAccessHandle!()))
  return new StreamContents(handle, await opfs(() => handle.getFile()))
}

class AccessContents implements OpfsContents {
  private readonly access: AccessHandleLike

  constructor(access: AccessHandleLike) {
    this.access = access
  }
  read(buffer: Uint8Array, position: number): number {
    return now(() => this.access.read(buffer, { at: position }))
  }
  write(data: Uint8Array, position: number): number {
    return now(() => this.access.write(data, { at: position }))
  }
  append(data: Uint8Array): number {
    return this.write(data, this.size())
  }
  size(): number {
    return now(() => this.access.getSize())
  }
  truncate(size: number): void {
    now(() => this.access.truncate(size))
  }
  sync(): void {
    now(() => this.access.flush())
  }
  close(): void {
    this.access.close()
  }
}

function now<T>(body: () => T): T {
  try {
    return body()
  } catch (e) {
    throw opfsError(e)
  }
}

class StreamContents implements OpfsContents {
  private readonly handle: OpfsFileHandle
  private snapshot: BlobLike | undefined
  private stream: WritableLike | undefined
  private length: number
  /** Operations happen one after the other, in the order of the calls. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(handle: OpfsFileHandle, snapshot: BlobLike) {
    this.handle = handle
    this.snapshot = snapshot
    this.length = snapshot.size
  }

  read(buffer: Uint8Array, position: number): Promise<Uint8Array> {
    const wanted = buffer.length
    return this.inTurn(async () => {
      await this.commit()
      this.snapshot ??= await this.handle.getFile()
      return new Uint8Array(await this.snapshot.slice(position, position + wanted).arrayBuffer())
    })
  }
  write(data: Uint8Array, position: number): Promise<number> {
    const own = data.slice()
    return this.inTurn(() => this.put(own, position))
  }
  append(data: Uint8Array): Promise<number> {
    const own = data.slice()
    return this.inTurn(() => this.put(own, this.length))
  }
  size(): Promise<number> {
    return this.inTurn(() => Promise.resolve(this.length))
  }
  truncate(size: number): Promise<void> {
    return this.inTurn(async () => {
      await (await this.writing()).truncate(size)
      this.length = size
    })
  }
  sync(): Promise<void> {
    return this.inTurn(() => this.commit())
  }
  close(): Promise<void> {
    return this.sync()
  }

  private async put(data: Uint8Array, position: number): Promise<number> {
    if (data.length === 0) return 0
    const stream = await this.writing()
    // Writing beyond the end is an error in some browsers.
    if (position > this.length) await stream.truncate(position)
    await stream.write({ type: 'write', position, data })
    this.length = Math.max(this.length, position + data.length)
    return data.length
  }
  private async writing(): Promise<WritableLike> {
    if (this.handle.createWritable === undefined) throw fail('rofs')
    this.snapshot = undefined
    this.stream ??= await this.handle.createWritable({ keepExistingData: true })
    return this.stream
  }
  private async commit(): Promise<void> {
    const { stream } = this
    this.stream = undefined
    if (stream !== undefined) await stream.close()
  }
  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => opfs(body))
    this.last = result.catch(() => {})
    return result
  }
}
