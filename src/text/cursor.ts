/**
 * What every parser of the text format does with tokens: look, expect, complain. Identifiers, strings, names and numbers
 * (spec §6.3). Base of the module parser and the script parser.
 */
import { decodeUtf8 } from '../bytes/utf8.ts'
import { isNat as isNatLiteral, isNumber, parseNat } from './integers.ts'
import { isKeyword, moduleWords } from './keywords.ts'
import { EOF, ID, LPAR, Lexer, RESERVED, RPAR, STRING, WORD } from './lexer.ts'
import { shown } from './source.ts'
import { suggestion } from './spelling.ts'

export class Cursor extends Lexer {
  /** Text of the current token. */
  word(): string {
    return this.source.slice(this.start, this.stop)
  }

  isWord(word: string): boolean {
    return this.kind === WORD && this.stop - this.start === word.length && this.source.startsWith(word, this.start)
  }

  /** Whether the current token is `(` and the next one `word`. */
  isList(word: string): boolean {
    return (
      this.kind === LPAR && this.kind2 === WORD && this.stop2 - this.start2 === word.length && this.source.startsWith(word, this.start2)
    )
  }

  /** The word behind the current `(`; empty if there is none. */
  listWord(): string {
    return this.kind === LPAR && this.kind2 === WORD ? this.source.slice(this.start2, this.stop2) : ''
  }

  /** Passes `(word` if it is there. */
  open(word: string): boolean {
    if (!this.isList(word)) return false
    this.advance()
    this.advance()
    return true
  }

  /** Passes `word` if it is there. */
  accept(word: string): boolean {
    if (!this.isWord(word)) return false
    this.advance()
    return true
  }

  expect(word: string): void {
    if (!this.accept(word)) this.unexpected(word)
  }

  close(): void {
    if (this.kind !== RPAR) this.unexpected(')')
    this.advance()
  }

  /** The current token does not belong here: the error for it, in the suite's words, and what would belong here. */
  unexpected(expected?: string): never {
    const wanted = expected === undefined ? '' : `, expected ${expected}`
    if (this.kind === EOF) {
      const open = this.openList()
      if (open === undefined) this.fail(`unexpected token: end of text${wanted}`)
      this.fail('unexpected token: end of text; this ( is not closed', open)
    }
    const text = this.word()
    const short = this.tokenText()
    if (this.kind === RESERVED) this.fail(`unknown operator ${short}`)
    if (this.kind === WORD && !isKeyword(text) && !isNumber(text)) this.fail(`unknown operator ${short}${suggestion(text, moduleWords)}`)
    this.fail(`unexpected token ${short}${wanted}`)
  }

  /** The current token as a message may show it. */
  private tokenText(): string {
    const text = shown(this.source, this.start, this.stop)
    return text.length > 40 ? `${text.slice(0, 40)}…` : text
  }

  /** Where the innermost `(` stands that nothing closes. Reads the text once more. */
  private openList(): number | undefined {
    const open: number[] = []
    for (const lexer = new Lexer(this.source, this.begin, this.end); lexer.kind !== EOF; lexer.advance()) {
      if (lexer.kind === LPAR) open.push(lexer.start)
      else if (lexer.kind === RPAR) open.pop()
    }
    return open.pop()
  }

  /** The name of the current identifier token. */
  private idText(): string {
    const quoted = this.source[this.start + 1] === '"'
    if (this.stop - this.start === 1 || (quoted && this.stop - this.start === 3)) this.fail('empty identifier')
    if (!quoted) return this.source.slice(this.start + 1, this.stop)
    const text = decodeUtf8(this.stringBytes(this.start + 1, this.stop))
    if (text === undefined) this.fail('malformed UTF-8 encoding')
    return text
  }

  /** An identifier without its `$`, if there is one. */
  optionalId(): string | undefined {
    if (this.kind !== ID) return undefined
    const text = this.idText()
    this.advance()
    return text
  }

  string(): Uint8Array {
    if (this.kind !== STRING) this.unexpected('a string')
    const bytes = this.stringBytes(this.start, this.stop)
    this.advance()
    return bytes
  }

  /** A string that must be UTF-8. */
  name(): string {
    const at = this.start
    const text = decodeUtf8(this.string())
    if (text === undefined) this.fail('malformed UTF-8 encoding', at)
    return text
  }

  /** Any number of strings, as one. */
  strings(): Uint8Array {
    const parts: Uint8Array[] = []
    let length = 0
    while (this.kind === STRING) {
      const part = this.string()
      parts.push(part)
      length += part.length
    }
    const all = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }

  /** Whether the current token is an unsigned number. */
  isNat(): boolean {
    if (this.kind !== WORD) return false
    const c = this.source.charCodeAt(this.start)
    return c >= 0x30 && c <= 0x39
  }

  isIndex(): boolean {
    return this.kind === ID || this.isNat()
  }

  u32(expected: string = 'a number'): number {
    if (!this.isNat() || !isNatLiteral(this.word())) this.unexpected(expected)
    const value = parseNat(this.word(), 32)
    if (value === undefined) this.fail('i32 constant out of range')
    this.advance()
    return value
  }

  isIndex2(): boolean {
    if (this.kind2 === ID) return true
    if (this.kind2 !== WORD) return false
    const c = this.source.charCodeAt(this.start2)
    return c >= 0x30 && c <= 0x39
  }

  /** Passes over a whole `( … )`, however deeply nested. */
  skipList(): void {
    this.advance()
    this.skipRest()
  }

  /** Passes over what is left of the list whose `(` has been read, the `)` included. */
  skipRest(): void {
    for (let depth = 1; depth > 0; this.advance()) {
      if (this.kind === LPAR) depth++
      else if (this.kind === RPAR) depth--
      else if (this.kind === EOF) this.unexpected()
    }
  }
}
