/**
 * Strings and identifiers of the text format (spec §6.3.3, §6.3.5), escaped so that they are read back to the same bytes
 * and characters, and so that nothing in them can disturb a terminal or reorder a line. Called by the printer.
 */
import { hiddenCharacters } from '../source.ts'

/** What a byte of data is written as: printable ASCII as it is, everything else as an escape. */
const byteWords: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  switch (byte) {
    case 0x09:
      return '\\t'
    case 0x0a:
      return '\\n'
    case 0x0d:
      return '\\r'
    case 0x22:
      return '\\"'
    case 0x5c:
      return '\\\\'
    default:
      return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, '0')}`
  }
})

/** Columns of one string of data; longer data becomes several strings. */
const DATA_WIDTH = 100

/** Bytes as string literals, each at most about `DATA_WIDTH` wide. No bytes: no strings. */
export function dataStrings(bytes: Uint8Array): readonly string[] {
  const strings: string[] = []
  let text = '"'
  for (let i = 0; i < bytes.length; i++) {
    text += byteWords[bytes[i]!]!
    if (text.length > DATA_WIDTH) {
      strings.push(`${text}"`)
      text = '"'
    }
  }
  if (text.length > 1) strings.push(`${text}"`)
  return strings
}

const plainText = /^[ !#-[\]-~]*$/
/** What is escaped: hidden characters, quotes and backslashes. */
const escaped = new RegExp(`["\\\\]|${hiddenCharacters.source}`, 'g')

/** A name as a string literal. */
export function quoted(text: string): string {
  if (plainText.test(text)) return `"${text}"`
  return `"${text.replace(escaped, (c) => {
    const code = c.charCodeAt(0)
    return code < 0x80 ? byteWords[code]! : `\\u{${code.toString(16)}}`
  })}"`
}

const plainId = /^[!#-'*+\-.-:<-Z\\^-z|~]+$/

/** A name as an identifier: `$x`, or `$"…"` where it has other characters than those of identifiers. It must not be empty. */
export const identifier = (name: string): string => (plainId.test(name) ? `$${name}` : `$${quoted(name)}`)
