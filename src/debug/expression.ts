/**
 * The little typed language of conditions, logpoints and `print`: names of locals and globals, `$0` (local 0), `stack[0]` (the
 * top operand), `i32[p + 4]` (memory), arithmetic and comparisons as in C, on Wasm's types. An expression is checked when it
 * is compiled for a place, and always ends: it has no loops and calls nothing. Called by breakpoints.ts and the faces.
 *
 * Values are kept as JS numbers (i32: signed), an i64 as a bigint. A whole number in the text takes the type of what it meets.
 */
import { VitrineError } from '../errors.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Memory } from '../runtime/memory.ts'
import type { Registers } from '../runtime/registers.ts'

export type ExprType = 'i32' | 'i64' | 'f32' | 'f64' | 'ref'
/** `int`: a whole number that has no type yet. */
type Inner = ExprType | 'int'

/** Where an expression is evaluated. */
export interface Context {
  readonly registers: Registers
  readonly fp: number
  readonly instance: Instance
  readonly tick: number
  readonly depth: number
  /** `$old`, `$new`, `result`: only where there are such. */
  readonly extra: Readonly<Record<string, unknown>>
}
type Read = (c: Context) => unknown
export interface Term {
  readonly type: ExprType
  readonly read: Read
}

/** What names mean at a place. Each gives undefined for what does not exist. */
export interface Scope {
  name(name: string): Term | undefined
  local(index: number): Term | undefined
  global(index: number): Term | undefined
  /** Operand `depth` below the top. */
  operand(depth: number): Term | undefined
  /** How many memories there are. */
  readonly memories: number
}

export interface Expression extends Term {
  readonly text: string
  /** Whether the value is not zero and not null. */
  holds(c: Context): boolean
}

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}
interface Node {
  readonly type: Inner
  readonly read: Read
  /** Of a whole number: its value. */
  readonly literal?: bigint
}

const MAX_NESTING = 100
/** A chain of operators is evaluated as deep as it is long. */
const MAX_OPERATORS = 1000
/** Characters of an expression that a message shows on either side of the place. */
const SHOWN = 60

/** Binary operators, loosest first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Loads by the word before the bracket: type and how to read. */
const loads: Readonly<
  Record<string, { readonly type: ExprType; readonly bytes: number; readonly read: (view: DataView, at: number) => unknown }>
> = {
  i8: { type: 'i32', bytes: 1, read: (v, at) => v.getInt8(at) },
  u8: { type: 'i32', bytes: 1, read: (v, at) => v.getUint8(at) },
  i16: { type: 'i32', bytes: 2, read: (v, at) => v.getInt16(at, true) },
  u16: { type: 'i32', bytes: 2, read: (v, at) => v.getUint16(at, true) },
  i32: { type: 'i32', bytes: 4, read: (v, at) => v.getInt32(at, true) },
  u32: { type: 'i64', bytes: 4, read: (v, at) => BigInt(v.getUint32(at, true)) },
  i64: { type: 'i64', bytes: 8, read: (v, at) => (BigInt(v.getInt32(at + 4, true)) << BigInt(32)) | BigInt(v.getUint32(at, true)) },
  f32: { type: 'f32', bytes: 4, read: (v, at) => v.getFloat32(at, true) },
  f64: { type: 'f64', bytes: 8, read: (v, at) => v.getFloat64(at, true) },
}

const isFloat = (type: Inner): boolean => type === 'f32' || type === 'f64'

class Parser {
  private readonly text: string
  private readonly scope: Scope
  private at = 0
  private token: Token
  private nesting = 0
  private operators = 0

  constructor(text: string, scope: Scope) {
    this.text = text
    this.scope = scope
    this.token = this.next()
  }

  fail(message: string, at: number = this.token.at): never {
    const [from, to] = [Math.max(0, at - SHOWN), at + SHOWN]
    const shown = (from > 0 ? '…' : '') + this.text.slice(from, to) + (to < this.text.length ? '…' : '')
    throw new VitrineError('usage', `in '${shown}': ${message} (column ${at + 1})`)
  }

  private next(): Token {
    const { text } = this
    while (this.at < text.length && /\s/.test(text[this.at]!)) this.at++
    const start = this.at
    if (start >= text.length) return { kind: 'end', text: 'the end', at: start }
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = start
      const found = pattern.exec(text)
      if (found === null) continue
      this.at = pattern.lastIndex
      return { kind, text: found[0], at: start }
    }
    return this.fail(`${text[start]!} means nothing here`, start)
  }

  private is(sign: string): boolean {
    return this.token.kind === 'sign' && this.token.text === sign
  }
  private take(): Token {
    const { token } = this
    this.token = this.next()
    return token
  }
  private expect(sign: string): void {
    if (!this.is(sign)) this.fail(`${sign} is expected, not ${this.token.text}`)
    this.take()
  }

  parse(): Node {
    const node = this.binary(0)
    if (this.token.kind !== 'end') this.fail(`an operator is expected, not ${this.token.text}`)
    return node
  }

  private binary(level: number): Node {
    if (level === levels.length) return this.unary()
    let left = this.binary(level + 1)
    while (this.token.kind === 'sign' && levels[level]!.includes(this.token.text)) {
      const { text, at } = this.take()
      left = this.operator(text, left, this.binary(level + 1), at)
    }
    return left
  }

  private unary(): Node {
    if (++this.nesting > MAX_NESTING) this.fail(`it is nested more than ${MAX_NESTING} deep`)
    try {
      if (this.is('-') || this.is('!') || this.is('~')) {
        const { text, at } = this.take()
        return this.prefix(text, this.unary(), at)
      }
      return this.primary()
    } finally {
      this.nesting--
    }
  }

  private prefix(sign: string, operand: Node, at: number): Node {
    if (sign === '!') {
      const test = truth(operand)
      return { type: 'i32', read: (c) => (test(c) ? 0 : 1) }
    }
    if (operand.type === 'ref') this.fail(`${sign} cannot be used on a reference`, at)
    if (operand.literal !== undefined) return literal(sign === '-' ? -operand.literal : ~operand.literal)
    if (sign === '~') return this.operator('^', operand, literal(BigInt(-1)), at)
    return isFloat(operand.type)
      ? { type: operand.type, read: (c) => -(operand.read(c) as number) }
      : this.operator('-', literal(BigInt(0)), operand, at)
  }

  private primary(): Node {
    const { kind, text, at } = this.token
    if (this.is('(')) {
      this.take()
      const inner = this.binary(0)
      this.expect(')')
      return inner
    }
    if (kind === 'number') {
      this.take()
      const digits = text.replaceAll('_', '')
      if (!/^0x/i.test(digits) && /[.e]/i.test(digits)) return constant('f64', Number(digits))
      return literal(BigInt(digits))
    }
    if (kind !== 'name') this.fail(`a value is expected, not ${text}`)
    this.take()
    if (this.is('[')) return this.indexed(text, at)
    if (this.is('(') && text in casts) return this.cast(text)
    return this.named(text, at)
  }

  private named(text: string, at: number): Node {
    if (text === 'null') return constant('ref', null)
    if (text === 'tick') return { type: 'i64', read: (c) => BigInt(c.tick) }
    if (text === 'depth') return { type: 'i32', read: (c) => c.depth }
    const found = /^\$\d+$/.test(text) ? this.scope.local(Number(text.slice(1))) : this.scope.name(unquote(text))
    if (found === undefined) this.fail(`there is no ${text} here`, at)
    return found!
  }

  private index(): number {
    const { token } = this
    const node = this.binary(0)
    if (node.literal === undefined || node.literal < 0) this.fail('a number is expected', token.at)
    return Number(node.literal)
  }

  /** `i32[p]`, `i32[p, 1]` in memory 1; `stack[0]`, `local[0]`, `global[0]`. */
  private indexed(word: string, at: number): Node {
    this.take()
    if (word === 'stack' || word === 'local' || word === 'global') {
      const n = this.index()
      this.expect(']')
      const found = word === 'stack' ? this.scope.operand(n) : word === 'local' ? this.scope.local(n) : this.scope.global(n)
      return found ?? this.fail(`there is no ${word}[${n}] here`, at)
    }
    const load = loads[word]
    if (load === undefined) this.fail(`${word}[…] means nothing: ${Object.keys(loads).join(', ')}, stack, local or global`, at)
    const address = this.binary(0)
    if (address.type === 'ref' || isFloat(address.type)) this.fail(`an address is a whole number, not ${address.type}`, at)
    let memidx = 0
    if (this.is(',')) {
      this.take()
      memidx = this.index()
    }
    this.expect(']')
    if (memidx >= this.scope.memories) this.fail(`there is no memory ${memidx}`, at)
    const { bytes, read, type } = load!
    return {
      type,
      read: (c) => {
        const memory = c.instance.memories[memidx]!
        return read(memory.view, checked(memory, address.read(c), bytes))
      },
    }
  }

  private cast(word: string): Node {
    this.expect('(')
    const operand = this.binary(0)
    this.expect(')')
    if (operand.type === 'ref') this.fail(`${word}() cannot be used on a reference`)
    const { type, convert } = casts[word]!
    return { type, read: (c) => convert(operand.read(c) as number | bigint) }
  }

  private operator(sign: string, left: Node, right: Node, at: number): Node {
    if (++this.operators > MAX_OPERATORS) this.fail(`it has more than ${MAX_OPERATORS} operators`, at)
    if (sign === '&&' || sign === '||') {
      const [a, b] = [truth(left), truth(right)]
      return sign === '&&' ? { type: 'i32', read: (c) => (a(c) && b(c) ? 1 : 0) } : { type: 'i32', read: (c) => (a(c) || b(c) ? 1 : 0) }
    }
    if (left.type === 'ref' || right.type === 'ref') {
      if (left.type !== right.type || (sign !== '==' && sign !== '!='))
        this.fail(`${sign} cannot be used on ${left.type} and ${right.type}`, at)
      return { type: 'i32', read: (c) => ((left.read(c) === right.read(c)) === (sign === '==') ? 1 : 0) }
    }
    const type = common(left.type, right.type)
    const [a, b] = [converted(left, type), converted(right, type)]
    const compare = comparisons[sign]
    if (compare !== undefined) return { type: 'i32', read: (c) => (compare(a(c), b(c)) ? 1 : 0) }
    const compute = (isFloat(type) ? onFloats : type === 'i64' ? onI64 : onI32)[sign]
    if (compute === undefined) this.fail(`${sign} cannot be used on ${type}`, at)
    if (left.literal !== undefined && right.literal !== undefined) {
      // Two whole numbers make one, which still has no type.
      try {
        return literal(onI64[sign]!(left.literal, right.literal) as bigint)
      } catch (error) {
        this.fail((error as Error).message, at)
      }
    }
    const round = type === 'f32' ? Math.fround : undefined
    return { type, read: round === undefined ? (c) => compute!(a(c), b(c)) : (c) => round(compute!(a(c), b(c)) as number) }
  }
}

const numberPattern = /0x[\da-fA-F][\da-fA-F_]*|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?/y
/** `n`, `$n`, `$"any name"`, `std::x`. */
const namePattern = /\$"(?:[^"\\]|\\.)*"|\$?[A-Za-z_\d](?:[\w.]|::)*/y
const signPattern = /<<|>>>|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>()[\],]/y
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', numberPattern],
  ['name', namePattern],
  ['sign', signPattern],
]

const unquote = (text: string): string =>
  text.startsWith('$"') ? text.slice(2, -1).replace(/\\(.)/g, '$1') : text.replace(/^\$(?!old$|new$)/, '')

const constant = (type: ExprType, value: unknown): Node => ({ type, read: () => value })
const literal = (value: bigint): Node => ({ type: 'int', literal: value, read: () => value })

function common(a: Inner, b: Inner): ExprType {
  if (a === b) return a === 'int' ? 'i64' : (a as ExprType)
  if (a === 'int') return b as ExprType
  if (b === 'int') return a as ExprType
  return isFloat(a) || isFloat(b) ? 'f64' : 'i64'
}

/** Reads a node as a value of `type`. */
function converted({ type, read, literal: value }: Node, to: ExprType): Read {
  if (type === to) return read
  if (value !== undefined) {
    const fixed: unknown = to === 'i64' ? value : isFloat(to) || fitsI32(value) ? Number(value) : undefined
    // Compared with an i32, 0xffffffff is -1, as in the text format.
    const small = fixed ?? Number(BigInt.asIntN(32, value))
    return to === 'i32' ? () => (small as number) | 0 : () => small
  }
  if (to === 'i64') return (c) => BigInt(read(c) as number)
  return (c) => Number(read(c))
}
const fitsI32 = (value: bigint): boolean => Number(value) >= -0x8000_0000 && Number(value) <= 0xffff_ffff

function truth({ read, type }: Node): (c: Context) => boolean {
  if (type === 'ref') return (c) => read(c) !== null
  return (c) => Boolean(read(c)) || Number.isNaN(read(c))
}

function checked(memory: Memory, address: unknown, bytes: number): number {
  const at = typeof address === 'bigint' ? Number(BigInt.asUintN(64, address)) : (address as number) >>> 0
  if (at + bytes > memory.byteLength) throw new VitrineError('usage', `address 0x${at.toString(16)} is outside of the memory`)
  return at
}

// oxlint-disable-next-line typescript/no-explicit-any -- two numbers or two bigints, as the tables say
type Operator<R> = (a: any, b: any) => R
type Compute = Operator<unknown>
const comparisons: Readonly<Record<string, Operator<boolean>>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}
function nonZero<T>(divisor: T): T {
  if (!divisor) throw new VitrineError('usage', 'division by zero')
  return divisor
}
const onI32: Readonly<Record<string, Compute>> = {
  '+': (a, b) => (a + b) | 0,
  '-': (a, b) => (a - b) | 0,
  '*': (a, b) => Math.imul(a, b),
  '/': (a, b) => (a / nonZero(b)) | 0,
  '%': (a, b) => (a % nonZero(b)) | 0,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '>>>': (a, b) => (a >>> b) | 0,
}
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)
const count = (value: bigint): bigint => BigInt.asUintN(6, value)
const onI64: Readonly<Record<string, Compute>> = {
  '+': (a: bigint, b: bigint) => wrap(a + b),
  '-': (a: bigint, b: bigint) => wrap(a - b),
  '*': (a: bigint, b: bigint) => wrap(a * b),
  '/': (a, b) => wrap((a as bigint) / nonZero<bigint>(b)),
  '%': (a, b) => wrap((a as bigint) % nonZero<bigint>(b)),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => wrap(a << count(b)),
  '>>': (a, b) => a >> count(b),
  '>>>': (a, b) => wrap(BigInt.asUintN(64, a) >> count(b)),
}
const onFloats: Readonly<Record<string, Compute>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

/** A float outside of the integers is 0, as in JavaScript. */
const whole = (value: number | bigint): bigint =>
  typeof value === 'bigint' ? value : BigInt(Number.isFinite(value) ? Math.trunc(value) : 0)
const casts: Readonly<Record<string, { readonly type: ExprType; readonly convert: (value: number | bigint) => unknown }>> = {
  i32: { type: 'i32', convert: (v) => Number(BigInt.asIntN(32, whole(v))) },
  u32: { type: 'i64', convert: (v) => BigInt.asUintN(32, whole(v)) },
  i64: { type: 'i64', convert: (v) => wrap(whole(v)) },
  f32: { type: 'f32', convert: (v) => Math.fround(Number(v)) },
  f64: { type: 'f64', convert: Number },
}

/** Compiles an expression for a place. Throws a `usage` error that tells the column. */
export function compileExpression(text: string, scope: Scope): Expression {
  const node = new Parser(text, scope).parse()
  const holds = truth(node)
  if (node.literal !== undefined) {
    const small = fitsI32(node.literal)
    const value = small ? Number(BigInt.asIntN(32, node.literal)) : wrap(node.literal)
    return { text, type: small ? 'i32' : 'i64', read: () => value, holds }
  }
  return { text, type: node.type as ExprType, read: node.read, holds }
}

/** The parts of a template `alloc {size} -> {result}`: texts, and between them expressions. Throws for a brace without its other. */
export function templateParts(text: string): { readonly texts: readonly string[]; readonly expressions: readonly string[] } {
  const texts: string[] = []
  const expressions: string[] = []
  let rest = text
  for (;;) {
    const open = rest.indexOf('{')
    if (open < 0) break
    const close = rest.indexOf('}', open)
    if (close < 0) throw new VitrineError('usage', `in '${text}': a { has no }`)
    texts.push(rest.slice(0, open))
    expressions.push(rest.slice(open + 1, close))
    rest = rest.slice(close + 1)
  }
  texts.push(rest)
  return { texts, expressions }
}
