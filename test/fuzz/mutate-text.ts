/** Tampers with WAT by its tokens: deleted, repeated, exchanged with others, numbers made extreme, strings made bad, things nested. */
import type { Random } from './random.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"|\(;[\s\S]*?;\)|;;[^\n]*|\s+|[()]|[^\s()";]+|[;"]/g
export const tokensOf = (text: string): string[] => text.match(TOKEN) ?? []

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '0x7fffffff',
  '0xffffffff',
  '4294967296',
  '-2147483649',
  '0xffffffffffffffff',
  '18446744073709551616',
  '99999999999999999999999999',
  '1e400',
  '0x1p-1080',
  'nan',
  'nan:0x1',
  'nan:0x400000',
  '-inf',
  'nan:canonical',
  '1_000',
  '1__0',
  '0x',
  '0x1.8p+1',
  '1.',
  '.5',
  '1e',
  '+',
  '-',
  '65520',
  '0x1_0000_0000_0000',
]
const STRINGS = [
  '"\\ff\\fe"',
  '"\\80"',
  '"\\u{d800}"',
  '"\\u{110000}"',
  '"\\u{}"',
  '"\\q"',
  '"\\0"',
  '"',
  '"a\nb"',
  '"\\u{10ffff}"',
  '"\u0000"',
  '"\ufffd\\c0\\80"',
  '"\\u{ffffffffffffffff}"',
]
const WORDS = [
  'module',
  'func',
  'param',
  'result',
  'local',
  'type',
  'rec',
  'sub',
  'final',
  'struct',
  'array',
  'field',
  'mut',
  'import',
  'export',
  'table',
  'memory',
  'global',
  'tag',
  'elem',
  'data',
  'start',
  'declare',
  'item',
  'offset',
  'ref',
  'null',
  'i32',
  'i64',
  'f32',
  'f64',
  'v128',
  'funcref',
  'externref',
  'anyref',
  'block',
  'loop',
  'if',
  'then',
  'else',
  'end',
  'try_table',
  'catch',
  'catch_all',
  'catch_ref',
  'try',
  'do',
  'delegate',
  'binary',
  'quote',
  'definition',
  'instance',
  'shared',
  'pagesize',
  'cont',
  'on',
  'switch',
  'i8x16',
  'offset=4294967296',
  'align=3',
  'align=0',
  '@custom',
  '(@',
  '(@name "x")',
  '$',
  '$x',
  '$"a b"',
  '$""',
  '(;',
  ';;',
  ';)',
  '\u00e9',
  '\u0000',
]
const NESTS = ['(block ', '(', '(i32.add ', '(if (i32.const 1) (then ', '(@a ', '(; ', '(func ', '(ref null ', '(rec ']

/** Index of the parenthesis that closes the one at `from`. */
function closing(tokens: readonly string[], from: number): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (tokens[i] === '(') depth++
    if (tokens[i] === ')' && --depth === 0) return i
  }
  return tokens.length - 1
}
/** A whole `( … )` of the text, as a range of tokens. */
function tree(tokens: readonly string[], r: Random): [number, number] {
  const opens = tokens.flatMap((t, i) => (t === '(' ? [i] : []))
  if (opens.length === 0) return [0, tokens.length - 1]
  const from = r.pick(opens)
  return [from, closing(tokens, from)]
}

/** A text made from the tokens, `other` being another text to take parts of. */
export function mutateText(from: readonly string[], other: readonly string[], r: Random): string {
  const tokens = [...from]
  for (let n = r.pick([1, 1, 1, 2, 3, 8]); n > 0 && tokens.length > 0; n--) {
    const at = r.below(tokens.length)
    switch (r.below(13)) {
      case 0:
        tokens.splice(at, 1)
        break
      case 1:
        tokens.splice(at, 0, tokens[at]!, ' ')
        break
      case 2: {
        const to = r.below(tokens.length)
        ;[tokens[at], tokens[to]] = [tokens[to]!, tokens[at]!]
        break
      }
      case 3:
        tokens[at] = r.pick(WORDS)
        break
      case 4: {
        const numbers = tokens.flatMap((t, i) => (/^[-+]?\d/.test(t) ? [i] : []))
        if (numbers.length > 0) tokens[r.pick(numbers)] = r.pick(NUMBERS)
        break
      }
      case 5: {
        const strings = tokens.flatMap((t, i) => (t.startsWith('"') ? [i] : []))
        if (strings.length > 0) tokens[r.pick(strings)] = r.pick(STRINGS)
        break
      }
      case 6:
        tokens.splice(at, 0, r.pick(['(', ')', ' ', '\n']))
        break
      case 7:
      case 8: {
        const [a, z] = tree(tokens, r)
        tokens.splice(a, r.chance(50) ? z - a + 1 : 0)
        break
      }
      case 9: {
        const [a, z] = tree(tokens, r)
        const [b, y] = tree(tokens, r)
        tokens.splice(a, z - a + 1, ...tokens.slice(b, y + 1))
        break
      }
      case 10: {
        const [a, z] = tree(tokens, r)
        const [b, y] = tree(other, r)
        tokens.splice(a, r.chance(70) ? z - a + 1 : 0, ...other.slice(b, y + 1))
        break
      }
      case 11: {
        const depth = r.pick([2, 10, 300, 3000])
        const nest = r.pick(NESTS)
        const [a, z] = tree(tokens, r)
        const parens = nest.split('(').length - 1
        tokens.splice(z + 1, 0, r.chance(80) ? ')'.repeat(parens * depth) : '')
        tokens.splice(a, 0, nest.repeat(depth))
        break
      }
      default: {
        const word = tokens[at]!
        tokens[at] =
          word.length === 0
            ? 'x'
            : word.slice(0, r.below(word.length)) + String.fromCharCode(r.below(256)) + word.slice(r.below(word.length))
      }
    }
    if (tokens.length > 6000) tokens.length = 6000
  }
  return tokens.join('')
}

/** The text as bytes, some of them perhaps not UTF-8. */
export function asBytes(text: string, r: Random): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (r.chance(10) && bytes.length > 0) bytes[r.below(bytes.length)] = r.pick([0x80, 0xc0, 0xed, 0xf4, 0xf8, 0xff, 0x00])
  return bytes
}
