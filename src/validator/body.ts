/**
 * Checks one function body or constant expression (spec §3.4, algorithm of appendix "Validation Algorithm").
 * One object serves all bodies of a module: its operand stack and control frames are reused, so that an instruction
 * allocates nothing. Rows with a static type are checked here; the others by a rule in rules/, found by the row's id.
 */
import { EMPTY, InstructionReader } from '../decoder/instruction-reader.ts'
import { InvalidError, LimitError, isInvalid, locate } from '../errors.ts'
import type { Expr, FuncBody } from '../module/module.ts'
import { featureOff } from '../spec/features.ts'
import { ADDR, isAtomic } from '../spec/instruction-table.ts'
import { MAX_LOCALS } from '../spec/limits.ts'
import { matchesValType } from '../spec/matching.ts'
import {
  type FuncType,
  type HeapType,
  type ValType,
  BOT,
  HEAP_BOT,
  I32,
  I64,
  formatHeapType,
  formatValType,
  isDefaultable,
  isRef,
  refType,
} from '../spec/types.ts'
import type { Context } from './context.ts'
import { constantRules } from './rules/constant.ts'
import { CONST, alignmentOf, alignments, firsts, lanesOf, results, seconds, waysUnder } from './rows.ts'
import { rules } from './rules/index.ts'

/** Checks one instruction whose type depends on the context. */
export type Rule = (v: BodyValidator, r: InstructionReader) => void

/** What opened a control frame. */
export type FrameKind = 'func' | 'block' | 'loop' | 'if' | 'else' | 'try' | 'catch' | 'catch_all' | 'try_table'

export interface Frame {
  kind: FrameKind
  /** Offset of the instruction that opened it. */
  at: number
  /** Operand stack height at its start: what is below belongs to the frames outside. */
  height: number
  /** Height of the list of initialised locals at its start. */
  inits: number
  /** After an unconditional branch: operands of any type may be taken out of nothing. */
  unreachable: boolean
  /** Offset of the last br_table that checked this frame's label: a table may name a label thousands of times. */
  checkedAt: number
  params: readonly ValType[]
  results: readonly ValType[]
}

const NO_TYPES: readonly ValType[] = []
const END_OPCODE = 0x0b
/** Operands that a body may have at once. Not a rule of the spec: calls with 1,000 results must not fill the memory. */
const MAX_OPERANDS = 1 << 24

export class BodyValidator {
  readonly c: Context
  r: InstructionReader
  /** Operand types, and the offset of the instruction that pushed each. */
  stack: Int32Array
  origins: Int32Array
  sp: number
  /** Frames are reused; `depth` of them are open. `frame` is the innermost. */
  readonly frames: Frame[]
  depth: number
  frame: Frame
  /** Results of the function: the types of `return`. */
  returns: readonly ValType[]
  locals: Int32Array
  localCount: number
  /** 1: may be read. Locals without a default value must be set before. */
  ready: Uint8Array
  /** Locals that were set inside the open frames, to be taken back at their ends. */
  readonly inits: number[]
  /** Types of the last block type that was resolved. */
  blockParams: readonly ValType[]
  blockResults: readonly ValType[]
  /** Index of the function, -1 in constant expressions. */
  funcidx: number
  private readonly ways: Uint8Array
  /** Opcode of br_table; -1 if it is off. */
  private readonly brTable: number
  private readonly singles: Map<ValType, readonly ValType[]>

  constructor(c: Context) {
    this.c = c
    this.r = new InstructionReader(c.module.bytes, 0, 0)
    this.stack = new Int32Array(1024)
    this.origins = new Int32Array(1024)
    this.sp = 0
    this.frames = []
    this.depth = 0
    this.frame = newFrame()
    this.returns = NO_TYPES
    this.locals = new Int32Array(256)
    this.localCount = 0
    this.ready = new Uint8Array(256)
    this.inits = []
    this.blockParams = NO_TYPES
    this.blockResults = NO_TYPES
    this.funcidx = -1
    const [memory] = c.module.memories
    this.ways = waysUnder(c.features, memory !== undefined && !memory.limits.is64)
    this.brTable = c.features.has('mvp') ? 0x0e : -1
    this.singles = new Map()
  }

  /** The bodies of the functions from `first` on against their types, in one run of the loop: an engine compiles it while it runs, once. */
  funcs(bodies: readonly FuncBody[], first: number): void {
    this.funcidx = first - 1
    const begin = (): boolean => {
      this.mustBeClosed('the body')
      const body = bodies[++this.funcidx - first]
      if (body === undefined) return false
      const type = this.c.func(this.funcidx, undefined)
      this.setLocals(body, type)
      this.begin(body, type.results)
      return true
    }
    try {
      if (begin()) this.instructions(false, begin)
    } catch (e) {
      throw this.placed(e)
    }
  }

  /** A constant expression that must give one value of type `type` (spec: constant expressions). */
  constant(expr: Expr, type: ValType): void {
    if (this.isNumber(expr, type)) return
    this.funcidx = -1
    this.localCount = 0
    try {
      this.begin(expr, this.single(type))
      this.instructions(true)
      this.mustBeClosed('the expression')
    } catch (e) {
      throw this.placed(e)
    }
  }

  /** Whether an expression is nothing but a short i32.const or i64.const, as those of a hundred thousand data segments are. */
  private isNumber({ bytes, start, end }: Expr, type: ValType): boolean {
    const opcode = bytes[start]!
    if (this.ways[opcode] !== CONST || results[opcode] !== type || end - start < 3 || end - start > 6) return false
    for (let at = start + 1; at < end - 2; at++) if (bytes[at]! < 0x80) return false
    return bytes[end - 2]! < 0x80 && bytes[end - 1] === END_OPCODE
  }

  /**
   * The operand types before the instruction at `offset` of a valid body, for tools: checks the body as far as that.
   * What is open there stays in `frames`, the first `depth` of them.
   */
  operandsAt(body: FuncBody, type: FuncType, offset: number): readonly ValType[] {
    this.setLocals(body, type)
    this.begin({ bytes: body.bytes, start: body.start, end: offset }, type.results)
    this.instructions(false)
    return Array.from(this.stack.subarray(0, this.sp))
  }

  private setLocals(body: FuncBody, type: FuncType): void {
    let n = type.params.length
    for (const run of body.locals) n += run.count
    if (n > MAX_LOCALS)
      throw new LimitError('locals', `too many locals: ${n} with the parameters, the limit is ${MAX_LOCALS}`, { offset: body.start })
    if (n > this.locals.length) {
      this.locals = new Int32Array(n * 2)
      this.ready = new Uint8Array(n * 2)
    }
    this.localCount = n
    let i = 0
    for (; i < type.params.length; i++) {
      this.locals[i] = type.params[i]!
      this.ready[i] = 1
    }
    for (const run of body.locals) {
      this.c.checkValType(run.type, body.start)
      this.locals.fill(run.type, i, i + run.count)
      this.ready.fill(isDefaultable(run.type) ? 1 : 0, i, i + run.count)
      i += run.count
    }
  }

  private begin(expr: Expr, resultTypes: readonly ValType[]): void {
    // A module of the text parser may have its expressions in several buffers.
    if (this.r.bytes !== expr.bytes) this.r = new InstructionReader(expr.bytes, expr.start, expr.end)
    else this.r.move(expr.start, expr.end)
    this.r.at = expr.start
    this.sp = 0
    this.depth = 0
    if (this.inits.length > 0) this.inits.length = 0
    this.returns = resultTypes
    this.open('func', NO_TYPES, resultTypes)
  }

  private mustBeClosed(what: string): void {
    if (this.depth !== 0) this.fail('END opcode expected', `${what} is not closed`)
  }

  /** All instructions up to the end. `begin` begins the next body, if there is one. */
  private instructions(constant: boolean, begin?: () => boolean): void {
    let { r } = this
    for (;;) {
      if (!constant) {
        this.straight(r)
        if (r.bytes[r.pos] === this.brTable && r.pos < r.end && this.depth > 0 && this.plainTable(r)) continue
      }
      if (!r.next()) {
        if (begin?.() !== true) return
        r = this.r
        continue
      }
      if (this.depth === 0) this.fail('unexpected content after end', 'the last end closed the body')
      if (constant) this.checkConstant(r)
      const row = r.instruction
      if (!this.c.features.has(row.feature)) this.off(r)
      if (row.type === undefined) rules[row.id]!(this, r)
      else this.general(r)
    }
  }

  /**
   * Passes the frequent instructions while their immediates are short, blocks and labels have no types and everything fits: nineteen of
   * twenty, without a call or an object. An engine without a JIT needs that, and one that has a JIT compiles this loop instead of the
   * rules and all that they call. What it leaves, it leaves as it was, to be looked at as any other instruction.
   */
  private straight(r: InstructionReader): void {
    const { ways, stack, origins, frames, locals, localCount, ready, inits } = this
    const { globals, funcs, types } = this.c.module
    const { bytes } = r
    const room = stack.length
    const end = this.depth === 0 ? 0 : r.end
    // Nine more bytes may be read; `end` is compared with afterwards.
    const stop = Math.min(end, bytes.length - 9)
    let { pos } = r
    let { sp, depth, frame } = this
    let { height } = frame
    loop: while (pos < stop) {
      const opcode = bytes[pos]!
      const way = ways[opcode]!
      let next = pos + 1
      let index = 0
      if (way > 6) {
        if (way > 15 && bytes[next++]! > alignments[opcode]!) break
        index = bytes[next++]!
        if (index >= 0x80) {
          // Five bytes, of an i64 nine, need no further checks if the last of them brings no sign. Linkers leave room for five.
          const most = opcode === 0x42 ? 56 : 28
          let shift = 0
          let b = 0
          index &= 0x7f
          do {
            b = bytes[next++]!
            shift += 7
            index |= (b & 0x7f) << shift
          } while (b >= 0x80 && shift < most)
          if (b > (shift === most ? 7 : 0x7f)) break
        }
        if (next > end) break
      }
      switch (way) {
        case 1: // UNARY
        case 16: // LOAD
          if (sp <= height || stack[sp - 1] !== firsts[opcode]) break loop
          stack[sp - 1] = results[opcode]!
          origins[sp - 1] = pos
          break
        case 2: // BINARY
          if (sp - 1 <= height || stack[sp - 1] !== seconds[opcode] || stack[sp - 2] !== firsts[opcode]) break loop
          sp--
          stack[sp - 1] = results[opcode]!
          origins[sp - 1] = pos
          break
        case 3: // NOP
          break
        case 4: // UNREACHABLE
          sp = height
          frame.unreachable = true
          break
        case 5: // BLOCK
          // Without parameters and results; a frame that is there from another block.
          if (bytes[next++] !== EMPTY || next > end || depth === frames.length) break loop
          if (opcode === 0x04) {
            if (sp <= height || stack[sp - 1] !== I32) break loop
            sp--
          }
          frame = frames[depth++]!
          frame.kind = opcode === 0x02 ? 'block' : opcode === 0x03 ? 'loop' : 'if'
          frame.at = pos
          frame.height = height = sp
          frame.inits = inits.length
          frame.unreachable = false
          frame.checkedAt = -1
          frame.params = NO_TYPES
          frame.results = NO_TYPES
          break
        case 6: {
          // END
          const out = frame.results
          if (out.length > 1 || sp !== height + out.length || frame.params.length > 0 || inits.length !== frame.inits) break loop
          if (out.length === 1) {
            // An if must have an else then.
            if (stack[height] !== out[0] || frame.kind === 'if') break loop
            origins[height] = pos
          }
          if (--depth === 0) {
            pos = next
            break loop
          }
          frame = frames[depth - 1]!
          height = frame.height
          break
        }
        case 7: // CONST
          if (sp === room) break loop
          stack[sp] = results[opcode]!
          origins[sp++] = pos
          break
        case 8: // LOCAL_GET
          if (index >= localCount || ready[index] === 0 || sp === room) break loop
          stack[sp] = locals[index]!
          origins[sp++] = pos
          break
        case 9: // LOCAL_SET
        case 10: // LOCAL_TEE
          if (index >= localCount || ready[index] === 0 || sp <= height || stack[sp - 1] !== locals[index]) break loop
          if (way === 9) sp--
          else origins[sp - 1] = pos
          break
        case 11: // GLOBAL_GET
          if (index >= globals.length || sp === room) break loop
          stack[sp] = globals[index]!.type
          origins[sp++] = pos
          break
        case 12: // GLOBAL_SET
          if (index >= globals.length || sp <= height || !globals[index]!.mutable || stack[sp - 1] !== globals[index]!.type) break loop
          sp--
          break
        case 13: {
          // CALL
          if (index >= funcs.length) break loop
          const { params, results: out } = types[funcs[index]!]!.comp as FuncType
          const base = sp - params.length
          if (base < height || base + out.length > room) break loop
          for (let i = 0; i < params.length; i++) if (stack[base + i] !== params[i]) break loop
          sp = base
          for (let i = 0; i < out.length; i++) {
            stack[sp] = out[i]!
            origins[sp++] = pos
          }
          break
        }
        case 14: // BR
        case 15: {
          // BR_IF
          if (index >= depth) break loop
          const target = frames[depth - 1 - index]!
          if ((target.kind === 'loop' ? target.params : target.results).length > 0) break loop
          if (way === 15) {
            if (sp <= height || stack[sp - 1] !== I32) break loop
            sp--
          } else {
            sp = height
            frame.unreachable = true
          }
          break
        }
        case 17: // STORE
          if (sp - 1 <= height || stack[sp - 1] !== seconds[opcode] || stack[sp - 2] !== firsts[opcode]) break loop
          sp -= 2
          break
        default:
          break loop
      }
      pos = next
    }
    r.pos = pos
    this.sp = sp
    this.depth = depth
    this.frame = frame
  }

  /**
   * Passes a br_table whose labels have no types: they are looked at where they stand, and not listed, since there are thousands in code
   * made from large switches. False if it must be looked at as any other instruction.
   */
  private plainTable(r: InstructionReader): boolean {
    const { frames, frame, depth, sp } = this
    const { pos } = r
    if (sp <= frame.height || this.stack[sp - 1] !== I32) return false
    r.pos++
    for (let left = r.labelCount(); left >= 0; left--) {
      const index = r.u32()
      const target = index < depth ? frames[depth - 1 - index] : undefined
      if (target === undefined || (target.kind === 'loop' ? target.params : target.results).length > 0) {
        r.pos = pos
        return false
      }
    }
    this.unreachable()
    return true
  }

  /** The decoder has refused this already, unless the module came from text. */
  private off(r: InstructionReader): never {
    const { name, feature } = r.instruction
    throw featureOff(feature, `instruction ${name}`, { offset: r.at })
  }

  private checkConstant(r: InstructionReader): void {
    const { name } = r.instruction
    if (name === 'end') return
    const allowed = constantRules[name]
    if (allowed === undefined || !allowed(this, r)) {
      const why = name === 'global.get' ? `global ${r.index} is mutable` : 'it may not stand in a constant expression'
      this.fail('constant expression required', why)
    }
  }

  /** Any row with a static type, and everything that does not go straight. */
  private general(r: InstructionReader): void {
    const row = r.instruction
    const { params, results: out } = row.type!
    let address = I32
    // Of the immediates only these need a check when the type is static.
    if (row.width !== 0) {
      address = this.memarg(r)
      if (row.immediates.length > 1) this.lane(r)
    } else if (row.immediates.length > 0) {
      if (row.immediates[0] === 'lane') this.lane(r)
      else if (row.immediates[0] === 'lanes') this.shuffle(r)
    }
    const { sp } = this
    for (let i = params.length - 1; i >= 0; i--) {
      if (!this.take(params[i] === ADDR ? address : params[i]!)) {
        this.refuse(
          params.map((type) => (type === ADDR ? address : type)),
          i,
          sp,
        )
      }
    }
    for (let i = 0; i < out.length; i++) this.push(out[i]!)
  }

  /** Alignment and offset of a memory access (spec §3.4.5); the result is the address type. */
  private memarg(r: InstructionReader): ValType {
    const memory = this.c.memory(r.memory, r.at)
    const natural = alignmentOf(r.instruction)
    if (r.align > natural) {
      this.fail('alignment must not be larger than natural', `2^${r.align} bytes; ${r.instruction.name} accesses ${r.instruction.width}`)
    }
    if (r.align < natural && isAtomic(r.instruction)) {
      this.fail('atomic alignment must be natural', `2^${r.align} bytes; ${r.instruction.name} accesses ${r.instruction.width}`)
    }
    if (memory.limits.is64) return I64
    if (r.hi !== 0) this.fail('offset out of range', 'this memory has 32-bit addresses')
    return I32
  }
  private lane(r: InstructionReader): void {
    const n = lanesOf(r.instruction)
    if (r.lane >= n) this.fail('invalid lane index', `lane ${r.lane}; ${r.instruction.name} has lanes 0 to ${n - 1}`)
  }
  private shuffle(r: InstructionReader): void {
    const vector = r.vector!
    for (let i = 0; i < 16; i++) if (vector[i]! >= 32) this.fail('invalid lane index', `lane ${vector[i]}; two vectors have lanes 0 to 31`)
  }

  // Operands

  push(type: ValType): void {
    const { sp } = this
    if (sp === this.stack.length) this.growStack()
    this.stack[sp] = type
    this.origins[sp] = this.r.at
    this.sp = sp + 1
  }

  pop(expected: ValType): void {
    if (!this.take(expected)) this.refuse([expected], 0, this.sp)
  }

  /** Takes the top if it matches. */
  private take(expected: ValType): boolean {
    const { sp } = this
    if (sp === this.frame.height) return this.frame.unreachable
    const found = this.stack[sp - 1]!
    if (found !== expected && !matchesValType(found, expected, this.c.types)) return false
    this.sp = sp - 1
    return true
  }

  /** Takes the top, whatever it is; BOT in unreachable code. */
  popAny(): ValType {
    const { sp } = this
    if (sp === this.frame.height) {
      if (!this.frame.unreachable) this.missing('a value')
      return BOT
    }
    this.sp = sp - 1
    return this.stack[sp - 1]!
  }

  /** Takes a reference of any type; the bottom reference in unreachable code. */
  popRef(): ValType {
    const type = this.popAny()
    if (type === BOT) return refType(false, HEAP_BOT)
    if (!isRef(type)) this.mismatch('a reference', this.sp)
    return type
  }

  popAll(types: readonly ValType[]): void {
    const { sp } = this
    for (let i = types.length - 1; i >= 0; i--) if (!this.take(types[i]!)) this.refuse(types, i, sp)
  }
  pushAll(types: readonly ValType[]): void {
    for (let i = 0; i < types.length; i++) this.push(types[i]!)
  }

  /** Like `popAll`, but leaves the operands as they are: for branches of which there are several. */
  peekAll(types: readonly ValType[]): void {
    const { sp } = this
    this.popAll(types)
    this.sp = sp
  }

  // Frames

  open(kind: FrameKind, params: readonly ValType[], resultTypes: readonly ValType[]): void {
    const { depth } = this
    if (depth === this.frames.length) this.frames.push(newFrame())
    const f = this.frames[depth]!
    f.kind = kind
    f.at = this.r.at
    f.height = this.sp
    f.inits = this.inits.length
    f.unreachable = false
    f.checkedAt = -1
    f.params = params
    f.results = resultTypes
    this.frame = f
    this.depth = depth + 1
    this.pushAll(params)
  }

  /** Checks the innermost frame's results and takes it away; the results are not pushed. */
  close(): Frame {
    const f = this.frame
    this.popAll(f.results)
    if (this.sp !== f.height) {
      const more = this.sp - f.height
      const types = Array.from(this.stack.subarray(f.height, Math.min(this.sp, f.height + 10)), formatValType).join(' ')
      const values = more === 1 ? '1 value' : `${more} values`
      const rule = `type mismatch: block requires ${formatTypes(f.results)} but stack has ${this.stackFrom(f.height, this.sp + f.results.length)}`
      this.fail(rule, `${values} too many at the end of the ${f.kind === 'func' ? 'function' : f.kind}: [${types}${more > 10 ? ' …' : ''}]`)
    }
    while (this.inits.length > f.inits) this.ready[this.inits.pop()!] = 0
    this.depth--
    if (this.depth > 0) this.frame = this.frames[this.depth - 1]!
    return f
  }

  /** The frame that a label names. */
  label(labelidx: number): Frame {
    if (labelidx >= this.depth)
      this.fail(
        `unknown label ${labelidx}`,
        this.depth === 1 ? 'only the function is open here' : `${this.depth} blocks are open here, the function included`,
      )
    return this.frames[this.depth - 1 - labelidx]!
  }

  /** After an instruction that never goes on. */
  unreachable(): void {
    this.sp = this.frame.height
    this.frame.unreachable = true
  }

  /** Resolves the block type into `blockParams` and `blockResults`. */
  blockType(r: InstructionReader): void {
    if (r.blockTypeidx >= 0) {
      const type = this.c.funcType(r.blockTypeidx, r.at)
      this.blockParams = type.params
      this.blockResults = type.results
      return
    }
    this.blockParams = NO_TYPES
    if (r.blockResult === BOT) this.blockResults = NO_TYPES
    else {
      this.c.checkValType(r.blockResult, r.at)
      this.blockResults = this.single(r.blockResult)
    }
  }

  /** The list of one type. */
  single(type: ValType): readonly ValType[] {
    let list = this.singles.get(type)
    if (list === undefined) {
      list = [type]
      this.singles.set(type, list)
    }
    return list
  }

  // Checks that rules share

  matches(a: ValType, b: ValType): boolean {
    return matchesValType(a, b, this.c.types)
  }
  /** `a` must match `b` type by type; `what` says what `a` is. */
  matchAll(a: readonly ValType[], b: readonly ValType[], what: string): void {
    let same = a.length === b.length
    for (let i = 0; same && i < a.length; i++) same = this.matches(a[i]!, b[i]!)
    if (!same) this.fail('type mismatch', `${what} are ${formatTypes(a)}, expected ${formatTypes(b)}`)
  }
  matchOne(a: ValType, b: ValType, what: string): void {
    if (!this.matches(a, b)) this.fail('type mismatch', `${what} is ${formatValType(a)}, expected ${formatValType(b)}`)
  }
  heap(h: HeapType): void {
    this.c.checkHeapType(h, this.r.at)
  }

  // Errors

  /** Fails at the current instruction, which is named before the detail. */
  fail(rule: string, detail: string): never {
    const place = { offset: this.r.at, funcidx: this.funcidx < 0 ? undefined : this.funcidx }
    throw new InvalidError(rule, detail === '' ? shown(this.r) : `${shown(this.r)}: ${detail}`, place)
  }
  /** An error with what this object knows of its place: lookups in the context know neither function nor instruction. */
  private placed(e: unknown): unknown {
    const funcidx = this.funcidx < 0 ? undefined : this.funcidx
    if (isInvalid(e) && e.funcidx === undefined && e.offset === this.r.at && !e.detail.startsWith(shown(this.r))) {
      return new InvalidError(e.rule, `${shown(this.r)}: ${e.detail}`, { offset: e.offset, funcidx })
    }
    return locate(e, { offset: this.r.at, funcidx })
  }
  /** The types on the stack from one height to another, `[i32 i64]`. What was popped since is still there. */
  private stackFrom(low: number, high: number): string {
    return formatTypes(Array.from(this.stack.subarray(low, high)))
  }
  /** The operands do not match `types`: number `i` of them is not what stands at the top now. At the start the top was `sp`. */
  private refuse(types: readonly ValType[], i: number, sp: number): never {
    const low = Math.max(this.frame.height, sp - types.length)
    const rule = `type mismatch: instruction requires ${formatTypes(types)} but stack has ${this.stackFrom(low, sp)}`
    const expected = formatValType(types[i]!)
    return this.sp === this.frame.height ? this.missing(expected, rule) : this.mismatch(expected, this.sp - 1, rule)
  }
  private missing(expected: string, rule: string = 'type mismatch'): never {
    const where = this.frame.kind === 'func' ? 'the stack is empty' : `nothing on the stack inside this ${this.frame.kind}`
    return this.fail(rule, `expected ${expected}, found nothing (${where})`)
  }
  private mismatch(expected: string, at: number, rule: string = 'type mismatch'): never {
    const found = formatValType(this.stack[at]!)
    // Types that differ in nothing else are easily taken for the same.
    const may = [found.replace('null ', ''), `(ref ${found.slice(0, -3)})`].includes(expected) ? '; it may be null' : ''
    return this.fail(rule, `expected ${expected}, found ${found} (${this.pushedBy(this.origins[at]!)})${may}`)
  }
  /** Names the instruction that pushed an operand, by reading it again. */
  private pushedBy(offset: number): string {
    const again = new InstructionReader(this.r.bytes, offset, this.r.end)
    again.next()
    return `pushed by ${shown(again)} at 0x${offset.toString(16)}`
  }

  private growStack(): void {
    const length = this.stack.length * 2
    if (length > MAX_OPERANDS) {
      throw new LimitError('operands', `more than ${MAX_OPERANDS} operands`, { offset: this.r.at })
    }
    const stack = new Int32Array(length)
    const origins = new Int32Array(length)
    stack.set(this.stack)
    origins.set(this.origins)
    this.stack = stack
    this.origins = origins
  }
}

/** An instruction for messages: its name, with the immediate if it is a single index, a small integer or a heap type. */
function shown({ instruction, index, lo, hi, heap }: InstructionReader): string {
  const { name, immediates } = instruction
  const [only, more] = immediates
  if (only === undefined || more !== undefined) return name
  if (only.endsWith('idx')) return `${name} ${index}`
  if (only === 'i32' || (only === 'i64' && hi === lo >> 31)) return `${name} ${lo}`
  return name === 'ref.null' ? `${name} ${formatHeapType(heap)}` : name
}

function newFrame(): Frame {
  return { kind: 'func', at: 0, height: 0, inits: 0, unreachable: false, checkedAt: -1, params: NO_TYPES, results: NO_TYPES }
}

const formatTypes = (types: readonly ValType[]): string => `[${types.map(formatValType).join(' ')}]`
