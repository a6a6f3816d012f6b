/**
 * WAST scripts → commands. Text modules are only delimited here (`parseModuleCommand` parses them), so that one bad module
 * does not spoil a script. Called by the runner in spec-tests; the types are in script-types.ts.
 */
import { countUpTo } from '../bytes/search.ts'
import { type HeapType, HEAP_ANY, HEAP_ARRAY, HEAP_EQ, HEAP_EXN, HEAP_EXTERN, HEAP_FUNC, HEAP_I31, HEAP_STRUCT } from '../spec/types.ts'
import type { Module } from '../module/module.ts'
import { parseF32, parseF64 } from './floats.ts'
import { ImmediateParser, laneBits, writeLane } from './immediate-parser.ts'
import { type Bits64, isNumber, parseInt32, parseInt64 } from './integers.ts'
import { moduleFields, shapes } from './keywords.ts'
import { EOF, LPAR, RPAR, WORD } from './lexer.ts'
import { type ModuleOptions, ModuleParser } from './module-parser.ts'
import type { Action, Command, FloatPattern, ModuleCommand, ResultPattern, ScriptRange, ScriptValue } from './script-types.ts'
import { byteString } from './source.ts'

/** Reads a script. Throws MalformedError if the script itself is malformed; its modules are not looked into. */
export function parseScript(source: Uint8Array | string): Command[] {
  return new ScriptParser(byteString(source)).script()
}

/** The module of a command: parsed, or for the binary form its bytes, for the caller to decode. Throws MalformedError. */
export function parseModuleCommand(command: ModuleCommand, options: ModuleOptions = {}): { module: Module } | { binary: Uint8Array } {
  if (command.form === 'binary') return { binary: command.bytes }
  if (command.form === 'text') return { module: new ModuleParser(command.source, command.start, command.end).parse(options) }
  return { module: new ModuleParser(byteString(command.bytes)).parse(options) }
}

/** Heap types of the patterns that any such reference matches: `(ref.func)`. */
const refPatterns: ReadonlyMap<string, HeapType> = new Map([
  ['ref.func', HEAP_FUNC],
  ['ref.extern', HEAP_EXTERN],
  ['ref.any', HEAP_ANY],
  ['ref.eq', HEAP_EQ],
  ['ref.i31', HEAP_I31],
  ['ref.struct', HEAP_STRUCT],
  ['ref.array', HEAP_ARRAY],
  ['ref.exn', HEAP_EXN],
  ['ref.host', HEAP_ANY],
])

class ScriptParser extends ImmediateParser {
  /** Offsets at which lines begin. */
  private readonly lines: readonly number[]

  constructor(source: string) {
    super(source)
    const lines = [0]
    for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) lines.push(at + 1)
    this.lines = lines
  }

  script(): Command[] {
    const commands: Command[] = []
    while (this.kind !== EOF) commands.push(this.command())
    return commands
  }

  /** The range from `start` to the last token read. */
  private range(start: number): ScriptRange {
    return { start, end: this.last, line: countUpTo(this.lines, start) }
  }

  private command(): Command {
    const { start } = this
    const word = this.listWord()
    if (moduleFields.has(word)) return this.inlineModule(start)
    if (word === 'module') return this.module()
    if (word === 'invoke' || word === 'get') {
      const action = this.action()
      return { kind: 'action', action, ...this.range(start) }
    }
    if (this.kind === LPAR) this.advance()
    switch (word) {
      case 'register': {
        this.advance()
        const name = this.name()
        const module = this.optionalId()
        this.close()
        return { kind: 'register', name, module, ...this.range(start) }
      }
      case 'assert_return': {
        this.advance()
        const action = this.action()
        const results: ResultPattern[] = []
        while (this.kind === LPAR) results.push(this.result())
        this.close()
        return { kind: word, action, results, ...this.range(start) }
      }
      case 'assert_exception': {
        this.advance()
        const action = this.action()
        this.close()
        return { kind: word, action, ...this.range(start) }
      }
      case 'assert_trap': {
        this.advance()
        const module = this.isList('module') ? this.plainModule() : undefined
        const action = module === undefined ? this.action() : undefined
        const message = this.name()
        this.close()
        return { kind: word, action, module, message, ...this.range(start) }
      }
      case 'assert_exhaustion':
      case 'assert_suspension': {
        this.advance()
        const action = this.action()
        const message = this.name()
        this.close()
        return { kind: word, action, message, ...this.range(start) }
      }
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
      case 'assert_malformed_custom':
      case 'assert_invalid_custom': {
        this.advance()
        const module = this.plainModule()
        const message = this.name()
        this.close()
        return { kind: word, module, message, ...this.range(start) }
      }
      case 'thread': {
        this.advance()
        const id = this.optionalId()
        const shared: string[] = []
        while (this.open('shared')) {
          this.expectList('module')
          const module = this.optionalId()
          if (module !== undefined) shared.push(module)
          this.close()
          this.close()
        }
        const commands: Command[] = []
        while (this.kind !== RPAR) commands.push(this.command())
        this.close()
        return { kind: word, id, shared, commands, ...this.range(start) }
      }
      case 'wait': {
        this.advance()
        const thread = this.optionalId()
        this.close()
        return { kind: word, thread, ...this.range(start) }
      }
    }
    return this.unexpected()
  }

  private expectList(word: string): void {
    if (!this.open(word)) this.unexpected()
  }

  /** Fields without `(module`: together they are one module (inline-module.wast). */
  private inlineModule(start: number): Command {
    while (moduleFields.has(this.listWord())) this.skipList()
    return { kind: 'module', id: undefined, definition: false, form: 'text', source: this.source, ...this.range(start) }
  }

  private plainModule(): ModuleCommand {
    const { start } = this
    if (!this.isList('module')) this.unexpected()
    const command = this.module()
    if (command.kind !== 'module') this.fail('unexpected token', start)
    return command
  }

  private module(): Extract<Command, { kind: 'module' | 'instance' }> {
    const { start } = this
    this.open('module')
    if (this.accept('instance')) {
      const id = this.optionalId()
      const of = this.optionalId()
      this.close()
      return { kind: 'instance', id, of, ...this.range(start) }
    }
    const definition = this.accept('definition')
    const id = this.optionalId()
    const form = this.isWord('binary') ? 'binary' : this.isWord('quote') ? 'quote' : 'text'
    if (form !== 'text') {
      this.advance()
      const bytes = this.strings()
      this.close()
      return { kind: 'module', form, id, definition, bytes, ...this.range(start) }
    }
    // Parentheses are enough to find its end, whatever is inside.
    this.skipRest()
    return { kind: 'module', form, id, definition, source: this.source, ...this.range(start) }
  }

  private action(): Action {
    const { start } = this
    if (this.open('invoke')) {
      const module = this.optionalId()
      const name = this.name()
      const args: ScriptValue[] = []
      while (this.kind === LPAR) args.push(this.value())
      this.close()
      return { kind: 'invoke', module, name, args, ...this.range(start) }
    }
    if (!this.open('get')) this.unexpected()
    const module = this.optionalId()
    const name = this.name()
    this.close()
    return { kind: 'get', module, name, ...this.range(start) }
  }

  /** A constant argument. */
  private value(): ScriptValue {
    const at = this.start
    const pattern = this.result()
    switch (pattern.type) {
      case 'i32':
      case 'i64':
      case 'ref.null':
      case 'ref.extern':
      case 'ref.host':
        return pattern
      case 'f32':
        if ('bits' in pattern) return { type: 'f32', bits: pattern.bits }
        break
      case 'f64':
        if ('bits' in pattern) return { type: 'f64', bits: pattern.bits }
        break
      case 'v128':
        if ('bytes' in pattern) return { type: 'v128', bytes: pattern.bytes }
        return { type: 'v128', bytes: this.lanesToBytes(pattern.lanes, at) }
    }
    this.fail('unexpected token', at)
  }

  private lanesToBytes(lanes: readonly FloatPattern<number | Bits64>[], at: number): Uint8Array {
    const bytes = new Uint8Array(16)
    lanes.forEach((lane, i) => {
      if (!('bits' in lane)) this.fail('unexpected token', at)
      if (typeof lane.bits === 'number') writeLane(bytes, i, 32, lane.bits, 0)
      else writeLane(bytes, i, 64, lane.bits.lo, lane.bits.hi)
    })
    return bytes
  }

  private result(): ResultPattern {
    const word = this.listWord()
    if (this.kind === LPAR) this.advance()
    const pattern = this.pattern(word)
    this.close()
    return pattern
  }

  private pattern(word: string): ResultPattern {
    switch (word) {
      case 'i32.const':
        this.advance()
        return { type: 'i32', bits: this.number((text) => parseInt32(text)) }
      case 'i64.const':
        this.advance()
        return { type: 'i64', bits: this.number(parseInt64) }
      case 'f32.const':
        this.advance()
        return { type: 'f32', ...this.float(parseF32) }
      case 'f64.const':
        this.advance()
        return { type: 'f64', ...this.float(parseF64) }
      case 'v128.const':
        this.advance()
        return this.vector()
      case 'ref.null':
        this.advance()
        return { type: 'ref.null', heap: this.kind === RPAR ? undefined : this.heapType() }
      case 'either': {
        this.advance()
        const options: ResultPattern[] = []
        while (this.kind === LPAR) options.push(this.result())
        return { type: 'either', options }
      }
    }
    const heap = refPatterns.get(word)
    if (heap === undefined) this.unexpected()
    this.advance()
    if (word === 'ref.extern' || word === 'ref.host') {
      if (this.isNat()) return { type: word, value: this.u32() }
    } else if (this.isIndex()) this.advance()
    return { type: 'ref', heap }
  }

  private float<T>(parse: (word: string) => T | undefined): FloatPattern<T> {
    if (this.accept('nan:canonical')) return { nan: 'canonical' }
    if (this.accept('nan:arithmetic')) return { nan: 'arithmetic' }
    return { bits: this.number(parse) }
  }

  private vector(): ResultPattern {
    const shape = this.word()
    const layout = this.kind === WORD ? shapes.get(shape) : undefined
    if (layout === undefined) this.unexpected()
    this.advance()
    const at = this.start
    if (shape === 'f32x4' || shape === 'f64x2') {
      const lanes: FloatPattern<number | Bits64>[] = []
      while (this.kind === WORD) lanes.push(layout.width === 32 ? this.float(parseF32) : this.float(parseF64))
      if (lanes.length !== layout.lanes) this.fail('wrong number of lane literals', at)
      return { type: 'v128', shape, lanes } as ResultPattern
    }
    const bytes = new Uint8Array(16)
    let count = 0
    for (; this.kind === WORD; count++) {
      if (!isNumber(this.word())) this.unexpected()
      const bits = count < layout.lanes ? laneBits(this.word(), layout) : undefined
      if (bits === undefined) this.fail(count < layout.lanes ? 'constant out of range' : 'wrong number of lane literals')
      writeLane(bytes, count, layout.width, bits.lo, bits.hi)
      this.advance()
    }
    if (count !== layout.lanes) this.fail('wrong number of lane literals', at)
    return { type: 'v128', shape: shape as 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2', bytes }
  }
}
