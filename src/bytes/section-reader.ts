/**
 * A cursor over the contents of a custom section: reads like `ByteReader`, and its errors name offsets of the file that
 * the section stands in. Used by the readers of custom sections (src/module/names.ts, src/decoder/custom/).
 */
import { MalformedError } from '../errors.ts'
import { ByteReader } from './reader.ts'

export class SectionReader extends ByteReader {
  /** Where `bytes[0]` lies in the file. */
  readonly base: number

  constructor(bytes: Uint8Array, base: number, start = 0, end: number = bytes.length) {
    super(bytes, start, end)
    this.base = base
  }

  override fail(message: string, at: number = this.pos): never {
    throw new MalformedError(message, { offset: this.base + at })
  }

  /** A part of `length` bytes as a reader of its own; this one moves behind it. */
  part(length: number): SectionReader {
    const start = this.pos
    this.slice(length)
    return new SectionReader(this.bytes, this.base, start, this.pos)
  }

  /** Whether bytes are left. */
  more(): boolean {
    return this.pos < this.end
  }

  /** Nothing may follow. */
  done(what: string): void {
    if (this.more()) this.fail(`unexpected content after the end of ${what}: ${this.end - this.pos} bytes`)
  }

  /** A vector whose entries take at least `bytesEach`. */
  vec<T>(read: () => T, bytesEach = 1): T[] {
    const list: T[] = []
    const n = this.count(bytesEach)
    for (let i = 0; i < n; i++) list.push(read())
    return list
  }

  /** Subsections as many conventions have them: an id, a size, contents. `read` gets each; what it leaves unread is an error. */
  subsections(read: (id: number, part: SectionReader) => void): void {
    while (this.more()) {
      const id = this.byte()
      const part = this.part(this.size())
      read(id, part)
      part.done(`subsection ${id}`)
    }
  }

  /** Signed LEB128 of at most 64 bits as a number; exact from -2^53 to 2^53. */
  s64AsNumber(): number {
    const lo = this.s64()
    return this.hi * 0x1_0000_0000 + (lo >>> 0)
  }
}
