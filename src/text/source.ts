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

/** Characters that show nothing, move the cursor of a terminal or change the order of others. */
export const hiddenCharacters: RegExp =
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** A part of the source as people may see it: one character for each of its characters, and none that is hidden. */
export function shown(source: string, start: number, end: number): string {
  return decodeUtf8Lossy(bytesOf(source, start, end)).replace(hiddenCharacters, (c) => {
    const code = c.charCodeAt(0)
    if (code === 0x09 || code === 0x0d) return ' '
    // Control characters have pictures of their own: ␛ for escape.
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd'
  })
}

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
  const excerpt = (before + after).trimEnd()
  const number = `${line}`
  return new MalformedError(
    `${message} at line ${line}, column ${column}\n  ${number} | ${excerpt}\n  ${' '.repeat(number.length)} | ${' '.repeat([...before].length)}^`,
    { offset, line, column },
  )
}
