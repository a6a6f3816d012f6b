/**
 * Our own UTF-8 coder: TextDecoder and TextEncoder are missing in several engines. Strict as the spec's grammar
 * (§5.2.4): no overlong forms, no surrogates, nothing above U+10FFFF.
 */

/** Decodes `bytes[start, end)`; undefined when it is not well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  let text = ''
  let i = start
  while (i < end) {
    const b = bytes[i++]!
    if (b < 0x80) {
      text += String.fromCharCode(b)
      continue
    }
    const more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1
    if (b < 0xc2 || b > 0xf4 || i + more > end) return undefined
    let code = b & (0x3f >> more)
    for (let k = 0; k < more; k++) {
      const next = bytes[i++]!
      if ((next & 0xc0) !== 0x80) return undefined
      code = (code << 6) | (next & 0x3f)
    }
    if ((more === 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) || (more === 3 && (code < 0x10000 || code > 0x10ffff)))
      return undefined
    text += String.fromCodePoint(code)
  }
  return text
}

/** Decodes like TextDecoder: each ill-formed byte becomes U+FFFD. For showing guest bytes to a person. */
export function decodeUtf8Lossy(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const whole = decodeUtf8(bytes, start, end)
  if (whole !== undefined) return whole
  let text = ''
  let i = start
  while (i < end) {
    const b = bytes[i]!
    const length = b < 0x80 ? 1 : b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2
    const part = i + length <= end ? decodeUtf8(bytes, i, i + length) : undefined
    text += part ?? '\ufffd'
    i += part === undefined ? 1 : length
  }
  return text
}

/** Encodes a string; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3)
  let n = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code >= 0xd800 && code < 0xe000) {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0
      if (code < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
        i++
      } else code = 0xfffd
    }
    if (code < 0x80) out[n++] = code
    else if (code < 0x800) {
      out[n++] = 0xc0 | (code >> 6)
      out[n++] = 0x80 | (code & 0x3f)
    } else if (code < 0x10000) {
      out[n++] = 0xe0 | (code >> 12)
      out[n++] = 0x80 | ((code >> 6) & 0x3f)
      out[n++] = 0x80 | (code & 0x3f)
    } else {
      out[n++] = 0xf0 | (code >> 18)
      out[n++] = 0x80 | ((code >> 12) & 0x3f)
      out[n++] = 0x80 | ((code >> 6) & 0x3f)
      out[n++] = 0x80 | (code & 0x3f)
    }
  }
  return out.slice(0, n)
}
