/**
 * Source text of the text format and where errors lie in it. The text is kept as a string of bytes (one char per byte,
 * 0–255): scripts may hold ill-formed UTF-8 on purpose, and slices of such a string are cheap. Used by the lexer.
 */
import { decodeUtf8Lossy, encodeUtf8 } from '../bytes/utf8.ts'
import { MalformedError } from '../errors.ts'

/** Bytes or text → byte string. A text of ASCII characters, which most are, is one already. */
export function byteString(source: Uint8Array | string): string {
  if (typeof source === 'string' && isAscii(source)) return source
  const bytes = typeof source === 'string' ? encodeUtf8(source) : source
  let text = ''
  // In pieces: the arguments of a call go over the JS stack.
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode.apply(null, bytes.subarray(i, i + 4096) as unknown as number[])
  return text
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** `source[start, end)` of a byte string as bytes. */
export function bytesOf(source: string, start = 0, end: number = source.length): Uint8Array {
  const bytes = new Uint8Array(end - start)
  for (let i = start; i < end; i++) bytes[i - start] = source.charCodeAt(i)
  return bytes
}

const shown = (source: string, start: number, end: number): string => decodeUtf8Lossy(bytesOf(source, start, end))

/** 1-based line and column (in characters, not bytes) of a byte offset. */
export function placeOf(source: string, offset: number): { line: number; column: number; lineStart: number } {
  let line = 1
  let lineStart = 0
  for (;;) {
    const next = source.indexOf('\n', lineStart)
    if (next === -1 || next >= offset) break
    line++
    lineStart = next + 1
  }
  return { line, column: [...shown(source, lineStart, offset)].length + 1, lineStart }
}

/** At most this much of a line is shown on either side of the caret. */
const EXCERPT = 60

/** The error for `message` at a byte offset: the message, the place, the line and a caret under the place. */
export function textError(source: string, message: string, offset: number): MalformedError {
  const { line, column, lineStart } = placeOf(source, offset)
  let lineEnd = source.indexOf('\n', offset)
  if (lineEnd === -1) lineEnd = source.length
  const from = Math.max(lineStart, offset - EXCERPT)
  const before = shown(source, from, offset)
  const after = shown(source, offset, Math.min(lineEnd, offset + EXCERPT))
  const excerpt = (before + after).replace(/[\t\r]/g, ' ')
  const number = `${line}`
  return new MalformedError(
    `${message} at line ${line}, column ${column}\n  ${number} | ${excerpt}\n  ${' '.repeat(number.length)} | ${' '.repeat([...before].length)}^`,
    { offset, line, column },
  )
}
