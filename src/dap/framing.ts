/**
 * The base protocol of the Debug Adapter Protocol: a header with the length of what follows, an empty line, JSON in UTF-8.
 * A header that cannot be read ends the connection, because nobody knows where the next message begins. Called by connection.ts.
 */

/** Bytes of one header, and of one message, at most. */
export const MAX_HEADER = 4096
export const MAX_MESSAGE: number = 64 * 2 ** 20

/** What came in cannot be cut into messages. */
export class FramingError extends Error {}

const CR = 13
const LF = 10

/** Cuts what comes in, in whatever pieces, into the bytes of messages. */
export class Framing {
  private readonly onMessage: (body: Uint8Array) => void
  private header: number[] = []
  private parts: Uint8Array[] = []
  /** Bytes of the message that are still to come; -1 in a header. */
  private missing = -1

  constructor(onMessage: (body: Uint8Array) => void) {
    this.onMessage = onMessage
  }

  /** Takes the next bytes. Throws FramingError; what comes later means nothing then. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.missing < 0) this.headerByte(chunk[at++]!)
      else {
        const part = chunk.subarray(at, at + this.missing)
        at += part.length
        this.missing -= part.length
        // The chunk is the stream's: it may be written over.
        this.parts.push(part.slice())
      }
      if (this.missing === 0) this.finish()
    }
  }

  private headerByte(byte: number): void {
    const { header } = this
    header.push(byte)
    const n = header.length
    if (n > MAX_HEADER) throw new FramingError(`a header is longer than ${MAX_HEADER} bytes`)
    if (byte === LF && header[n - 2] === CR && header[n - 3] === LF && header[n - 4] === CR) {
      this.missing = contentLength(String.fromCharCode(...header.slice(0, -4)))
      this.header = []
    }
  }

  private finish(): void {
    const body = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of this.parts) {
      body.set(part, at)
      at += part.length
    }
    this.parts = []
    this.missing = -1
    this.onMessage(body)
  }
}

/** The length that a header tells. Fields other than Content-Length are passed over. */
function contentLength(header: string): number {
  let length: number | undefined
  for (const line of header.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) throw new FramingError(`a header has a line without a colon: ${shown(line)}`)
    if (line.slice(0, colon).trim().toLowerCase() !== 'content-length') continue
    const value = line.slice(colon + 1).trim()
    if (!/^\d+$/.test(value)) throw new FramingError(`Content-Length is no number: ${shown(value)}`)
    if (length !== undefined && length !== Number(value)) throw new FramingError('a header has two different Content-Length')
    length = Number(value)
  }
  if (length === undefined) throw new FramingError(`a header has no Content-Length: ${shown(header)}`)
  if (length > MAX_MESSAGE) throw new FramingError(`a message of ${length} bytes is longer than ${MAX_MESSAGE}`)
  return length
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** A message with its header. */
export function frame(message: object): Uint8Array {
  const body = Buffer.from(JSON.stringify(message))
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body])
}
