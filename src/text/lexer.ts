/**
 * The lexical format (spec §6.3): turns a byte string into tokens, one ahead of the current one. Blank space, nested
 * comments and annotations are passed over; annotations with a meaning are kept in `notes` for the parser.
 * Words are not told apart here: whether `i32.add`, `0x1p3` or `foo` is a keyword, a number or nothing is the parser's question.
 */
import { decodeUtf8 } from '../bytes/utf8.ts'
import { bytesOf, textError } from './source.ts'

/** Kinds of tokens. */
export const EOF = 0
export const LPAR = 1
export const RPAR = 2
/** A run of id characters that does not begin with `$`: keyword, number or reserved. */
export const WORD = 3
/** `$x` or `$"x"`. */
export const ID = 4
export const STRING = 5
/** Anything else that is a token but never a correct one: `a"b"`, `,`, `{`. */
export const RESERVED = 6
/** One of the above; a plain number, so that TypeScript does not take it for constant over an `advance()`. */
export type TokenKind = number

/** An annotation `(@id …)` with a meaning: where it and its contents lie. */
export interface Note {
  readonly id: string
  readonly start: number
  /** First byte after the id, and the closing parenthesis. */
  readonly from: number
  readonly to: number
}
/**
 * Annotations that are read; all others are blank space. Those of the spec's appendix, and two of our own that keep what
 * the text format cannot say: `(@datacount)`, there is a data count section though nothing needs it; `(@names (after x))`,
 * where the name section stands if it is not the last.
 */
const known: ReadonlySet<string> = new Set(['custom', 'name', 'metadata.code.branch_hint', 'datacount', 'names'])

/** 1: an id character, printable ASCII without space, quotes, comma, semicolon and brackets. 2: reserved punctuation. */
const charClass = new Uint8Array(256)
for (let c = 0x21; c < 0x7f; c++) charClass[c] = 1
for (const c of '"(),;[]{}') charClass[c.charCodeAt(0)] = 0
for (const c of ',;[]{}') charClass[c.charCodeAt(0)] = 2

const QUOTE = 0x22
const DOLLAR = 0x24
const BACKSLASH = 0x5c

export class Lexer {
  readonly source: string
  /** Where reading begins and ends; a lexer may be given a part of a larger text. */
  readonly begin: number
  readonly end: number
  /** The current token. */
  kind: TokenKind = EOF
  start = 0
  stop = 0
  /** The token after it. */
  kind2: TokenKind = EOF
  start2 = 0
  stop2 = 0
  /** End of the last token passed. */
  last = 0
  /** Annotations passed so far (up to the token ahead) that nobody has taken. */
  notes: Note[] = []
  private pos: number

  constructor(source: string, start = 0, end: number = source.length) {
    this.source = source
    this.begin = start
    this.end = end
    this.pos = start
    this.last = start
    this.scan()
    this.advance()
  }

  fail(message: string, at: number = this.start): never {
    throw textError(this.source, message, at)
  }

  /** Moves to the next token. */
  advance(): void {
    this.last = this.stop
    this.kind = this.kind2
    this.start = this.start2
    this.stop = this.stop2
    if (this.kind !== EOF || this.pos < this.end) this.scan()
  }

  /** Goes back to (or on to) the token that begins at `start`. */
  seek(start: number): void {
    this.pos = start
    this.stop = start
    this.notes = []
    this.scan()
    this.advance()
  }

  /** Reads the next token into kind2, start2, stop2. */
  private scan(): void {
    const { source, end } = this
    let pos = this.pos
    for (;;) {
      if (pos >= end) {
        this.kind2 = EOF
        this.start2 = this.stop2 = this.pos = end
        return
      }
      const c = source.charCodeAt(pos)
      if (c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d) {
        pos++
        continue
      }
      if (c === 0x28) {
        const next = pos + 1 < end ? source.charCodeAt(pos + 1) : 0
        if (next === 0x3b) {
          pos = this.blockComment(pos)
          continue
        }
        if (next === 0x40) {
          pos = this.annotation(pos)
          continue
        }
        this.token(LPAR, pos, pos + 1)
        return
      }
      if (c === 0x29) {
        this.token(RPAR, pos, pos + 1)
        return
      }
      if (c === 0x3b && pos + 1 < end && source.charCodeAt(pos + 1) === 0x3b) {
        pos = this.lineComment(pos)
        continue
      }
      this.run(pos)
      return
    }
  }

  private token(kind: TokenKind, start: number, stop: number): void {
    this.kind2 = kind
    this.start2 = start
    this.stop2 = this.pos = stop
  }

  /** A maximal run of id characters and strings: tokens must be set apart by blank space or parentheses. */
  private run(start: number): void {
    const { source, end } = this
    let pos = start
    let strings = 0
    let chars = 0
    while (pos < end) {
      const c = source.charCodeAt(pos)
      if (charClass[c] === 1) {
        pos++
        chars++
      } else if (c === QUOTE) {
        pos = this.passString(pos)
        strings++
      } else break
    }
    if (pos === start) {
      const c = source.charCodeAt(pos)
      if (charClass[c] === 2) return this.token(RESERVED, pos, pos + 1)
      this.illegal(pos)
    }
    if (strings === 0) this.token(source.charCodeAt(start) === DOLLAR ? ID : WORD, start, pos)
    else if (strings === 1 && chars === 0) this.token(STRING, start, pos)
    else if (strings === 1 && chars === 1 && source.charCodeAt(start) === DOLLAR) this.token(ID, start, pos)
    else this.token(RESERVED, start, pos)
  }

  /** A byte that belongs to no token: a control character, or a character outside ASCII, or no character at all. */
  private illegal(pos: number): never {
    const { source } = this
    const c = source.charCodeAt(pos)
    const next = source.charCodeAt(pos + 1)
    // What other encodings of text look like.
    const utf16 = pos === 0 && ((c === 0xff && next === 0xfe) || (c === 0xfe && next === 0xff))
    if (utf16) this.fail('malformed UTF-8 encoding: this looks like UTF-16', pos)
    const length = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2
    const char = decodeUtf8(bytesOf(source, pos, Math.min(pos + length, this.end)))
    if (char === undefined) this.fail('malformed UTF-8 encoding', pos)
    const code = char.codePointAt(0)!
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    const hint = code === 0 ? '; is this UTF-16?' : code === 0xfeff ? ', a byte order mark' : ''
    this.fail(`illegal character ${name}${hint}`, pos)
  }

  /** Passes over a string (§6.3.3); its escapes are checked when it is decoded. */
  private passString(start: number): number {
    const { source, end } = this
    let pos = start + 1
    let ascii = true
    for (;;) {
      if (pos >= end) {
        // `$"` and `(@"` begin nothing else than a string, so the suite calls these by the name of what is missing.
        this.unclosed(start)
      }
      const c = source.charCodeAt(pos++)
      if (c === QUOTE) break
      if (c === BACKSLASH) pos++
      else if (c === 0x0a || c === 0x09 || c < 0x20 || c === 0x7f) {
        if (c === 0x0a) this.unclosed(start)
        if (this.prefixed(start)) this.unclosed(start)
        this.fail('illegal control character in string literal', pos - 1)
      } else if (c >= 0x80) ascii = false
    }
    if (!ascii && decodeUtf8(bytesOf(source, start, pos)) === undefined) this.fail('malformed UTF-8 encoding', start)
    return pos
  }

  private prefixed(start: number): boolean {
    const before = start > 0 ? this.source.charCodeAt(start - 1) : 0
    return before === DOLLAR || before === 0x40
  }

  private unclosed(start: number): never {
    const before = start > 0 ? this.source.charCodeAt(start - 1) : 0
    if (before === DOLLAR) this.fail('empty identifier: unclosed string', start - 1)
    if (before === 0x40) this.fail('empty annotation id: unclosed string', start - 1)
    this.fail('unclosed string', start)
  }

  private lineComment(start: number): number {
    const { source, end } = this
    let stop = start
    // A carriage return ends a comment as well (§6.3.2). Not by indexOf: each comment would search the whole text for one.
    for (; stop < end; stop++) {
      const c = source.charCodeAt(stop)
      if (c === 0x0a || c === 0x0d) break
    }
    this.checkUtf8(start, stop)
    return stop
  }

  private blockComment(start: number): number {
    const { source, end } = this
    let depth = 0
    let pos = start
    do {
      if (pos + 1 >= end) this.fail('unclosed comment', start)
      const c = source.charCodeAt(pos)
      const next = source.charCodeAt(pos + 1)
      if (c === 0x28 && next === 0x3b) {
        depth++
        pos += 2
      } else if (c === 0x3b && next === 0x29) {
        depth--
        pos += 2
      } else pos++
    } while (depth > 0)
    this.checkUtf8(start, pos)
    return pos
  }

  private checkUtf8(start: number, stop: number): void {
    for (let i = start; i < stop; i++) {
      if (this.source.charCodeAt(i) >= 0x80) {
        if (decodeUtf8(bytesOf(this.source, i, stop)) === undefined) this.fail('malformed UTF-8 encoding', i)
        return
      }
    }
  }

  /** Passes over `(@id …)` (§6.3.5): any tokens with balanced parentheses, also ones that exist nowhere else. */
  private annotation(start: number): number {
    const { source, end } = this
    let pos = start + 2
    let id: string
    if (pos < end && source.charCodeAt(pos) === QUOTE) {
      pos = this.passString(pos)
      const text = decodeUtf8(this.stringBytes(start + 2, pos))
      if (text === undefined) this.fail('malformed UTF-8 encoding', start + 2)
      id = text
    } else {
      while (pos < end && charClass[source.charCodeAt(pos)] === 1) pos++
      id = source.slice(start + 2, pos)
    }
    if (id === '') this.fail('empty annotation id', start)
    const from = pos
    for (let depth = 1; depth > 0;) {
      if (pos >= end) this.fail('unclosed annotation', start)
      const c = source.charCodeAt(pos)
      if (c === 0x28) {
        if (pos + 1 < end && source.charCodeAt(pos + 1) === 0x3b) pos = this.blockComment(pos)
        else {
          depth++
          pos++
        }
      } else if (c === 0x29) {
        depth--
        pos++
      } else if (c === QUOTE) pos = this.passString(pos)
      else if (c === 0x3b && pos + 1 < end && source.charCodeAt(pos + 1) === 0x3b) pos = this.lineComment(pos)
      else if (c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d || charClass[c] !== 0) pos++
      else this.illegal(pos)
    }
    if (known.has(id)) this.notes.push({ id, start, from, to: pos - 1 })
    return pos
  }

  /** The bytes of the string literal at `source[start, stop)`, quotes included (§6.3.3). */
  stringBytes(start: number, stop: number): Uint8Array {
    const { source } = this
    const out = new Uint8Array(stop - start)
    let n = 0
    for (let pos = start + 1; pos < stop - 1;) {
      const c = source.charCodeAt(pos++)
      if (c !== BACKSLASH) {
        out[n++] = c
        continue
      }
      const escape = source[pos++]!
      const simple = 'tnr"\'\\'.indexOf(escape)
      if (simple >= 0) out[n++] = [0x09, 0x0a, 0x0d, 0x22, 0x27, 0x5c][simple]!
      else if (escape === 'u') {
        const close = source.indexOf('}', pos)
        const digits = source.slice(pos + 1, close)
        if (source[pos] !== '{' || close === -1 || close >= stop || !/^[0-9a-fA-F]+(_[0-9a-fA-F]+)*$/.test(digits))
          this.fail('illegal escape', pos - 2)
        const code = parseInt(digits.replace(/_/g, ''), 16)
        if (code >= 0x110000 || (code >= 0xd800 && code < 0xe000)) this.fail('illegal escape: no such character', pos - 2)
        // Escapes are at least as long as the UTF-8 they stand for, so `out` is large enough.
        for (const byte of utf8Of(code)) out[n++] = byte
        pos = close + 1
      } else {
        const pair = source.slice(pos - 1, pos + 1)
        if (!/^[0-9a-fA-F]{2}$/.test(pair)) this.fail('illegal escape', pos - 2)
        out[n++] = parseInt(pair, 16)
        pos++
      }
    }
    return out.slice(0, n)
  }
}

function utf8Of(code: number): readonly number[] {
  if (code < 0x80) return [code]
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 0x3f)]
  if (code < 0x10000) return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
}
