/**
 * Writes one function body: a stack machine that knows the types on the operand stack and so emits only valid code. The
 * families in generators/ choose what to emit; they come here for operands (`need`), values (`produce`) and labels.
 */
import type { Operands } from '../../src/encoder/instruction-writer.ts'
import type { Feature } from '../../src/spec/features.ts'
import {
  type CompType,
  type FuncType,
  type GlobalType,
  type MemoryType,
  type TableType,
  type ValType,
  F32,
  F64,
  I32,
  I64,
  V128,
} from '../../src/spec/types.ts'
import type { Switches } from './generators/continuation.ts'
import { type Data, type Elem, type Instr, instr } from './program.ts'
import type { Random } from './random.ts'

export type Statement = (b: Body) => boolean
export type Maker = (b: Body, type: ValType) => boolean
/** What the files in generators/ offer, for a set of features; put together in generators/index.ts. */
export interface Kit {
  readonly constant: Maker
  statementsFor(features: ReadonlySet<Feature>): readonly Statement[]
  preludesFor(features: ReadonlySet<Feature>): readonly Statement[]
  makersFor(features: ReadonlySet<Feature>, type: ValType): readonly Maker[]
}

/** What a body may refer to. */
export interface Shape {
  readonly r: Random
  /** Where NaNs are made canonical: after each instruction that makes one, or before each that shows its bits. */
  readonly nan: 'after' | 'before'
  /**
   * A wild program traps soon, in all ways there are. In a tame one operands are in bounds, divisors not 0, …: it runs to its
   * end, and shows what it has computed on the way.
   */
  readonly wild: boolean
  /**
   * Does what native engines do otherwise or not at all. That is: operands of relaxed SIMD for which results are left open;
   * `switch`, which ends the process in V8 14.6; `resume_throw_ref`, for which V8 14.6 takes the two operands the other way round.
   */
  readonly open: boolean
  readonly kit: Kit
  readonly features: ReadonlySet<Feature>
  readonly types: CompType[]
  /** Types of the functions that bodies know, imports first. */
  readonly funcs: readonly number[]
  readonly importedFuncs: number
  readonly memories: readonly MemoryType[]
  readonly tables: readonly TableType[]
  readonly globals: readonly GlobalType[]
  readonly elems: readonly Elem[]
  readonly datas: readonly Data[]
  /** Global that bounds the work: counted down at function entries and loop heads. */
  readonly fuel: number
  /** An i64 global that sums up what programs compute, so that it can be seen from outside in the end. */
  readonly sum: number
  /** Types of the tags. */
  readonly tags: readonly number[]
  /** A tag to suspend with, and the index of its type; -1 in programs without stack switching. */
  readonly suspension: number
  readonly suspensionType: number
  /** An i32 global: how many handlers of that tag are around what runs. */
  readonly handled: number
  readonly switches: Switches | undefined
  /** Types of values in use. */
  readonly values: readonly ValType[]
}

export interface Label {
  readonly branchTypes: readonly ValType[]
  readonly results: readonly ValType[]
  readonly height: number
  dead: boolean
  /** The body of a legacy catch. */
  isCatch: boolean
}

/** A family of the generator: one file in generators/. */
export interface Family {
  /** Undefined: always used. */
  readonly feature?: Feature
  readonly statements: readonly Statement[]
  makers(type: ValType): readonly Maker[]
  /** Of these each function has some at its start: they compute something that is seen in the end. */
  readonly preludes?: readonly Statement[]
}

export const same = (a: readonly ValType[], b: readonly ValType[]): boolean => a.length === b.length && a.every((t, i) => t === b[i])

/** Index of a function type, added when it is new. */
export function typeIndex(types: CompType[], params: readonly ValType[], results: readonly ValType[]): number {
  const found = types.findIndex((t) => t.kind === 'func' && same(t.params, params) && same(t.results, results))
  return found >= 0 ? found : types.push({ kind: 'func', params, results }) - 1
}

/** Index of the continuation type of a function type, added when it is new. */
export function contIndex(types: CompType[], typeidx: number): number {
  const found = types.findIndex((t) => t.kind === 'cont' && t.typeidx === typeidx)
  return found >= 0 ? found : types.push({ kind: 'cont', typeidx }) - 1
}

/** Pushes a constant index, length or address: an i64 (of a number in the range of an i32), or an i32. */
export function wideConst(b: Body, wide: boolean, value: number): void {
  if (wide) b.op('i64.const', [], [I64], { lo: value | 0, hi: Math.floor(value / 2 ** 32) })
  else b.op('i32.const', [], [I32], { lo: value | 0 })
}

export class Body {
  readonly shape: Shape
  readonly r: Random
  readonly type: FuncType
  readonly locals: ValType[]
  readonly code: Instr[] = []
  readonly stack: ValType[] = []
  readonly labels: Label[] = []
  /** From this many instructions on only small things are made. */
  private size: number
  depth = 0
  /** Enclosing blocks that catch whatever is thrown inside. */
  protectedBy = 0
  /** Values below this are operands of something that is being made: not to be touched. */
  private floor = 0
  private readonly scratch = new Map<ValType, number>()
  private readonly statementList: readonly Statement[]

  constructor(shape: Shape, type: FuncType, size: number) {
    this.shape = shape
    this.r = shape.r
    this.type = type
    this.size = size
    this.statementList = shape.kit.statementsFor(shape.features)
    this.locals = [...type.params, ...this.r.some(6, () => this.r.pick(shape.values))]
  }

  /** The whole function. */
  write(): { locals: ValType[]; code: Instr[] } {
    this.open(this.type.results, this.type.results, 0)
    this.spendFuel()
    this.fillLocals()
    const preludes = this.shape.kit.preludesFor(this.shape.features)
    for (let n = this.r.below(Math.min(preludes.length * 2, 16)); n > 0; n--) this.r.pick(preludes)(this)
    this.size += this.code.length
    do this.statements(4)
    while (this.code.length < this.size && !this.label.dead)
    this.observeLocals()
    this.finish(this.type.results)
    return { locals: this.locals.slice(this.type.params.length), code: this.code }
  }

  /** Gives most locals something to begin with. */
  private fillLocals(): void {
    for (let index = this.type.params.length; index < this.locals.length; index++) {
      if (this.r.chance(30)) continue
      const type = this.locals[index]!
      this.shape.kit.constant(this, type)
      this.op('local.set', [type], [], { index })
    }
  }

  /** What is left in some of the locals. */
  private observeLocals(): void {
    this.locals.forEach((type, index) => {
      if (index === this.scratch.get(type) || !this.r.chance(40)) return
      this.op('local.get', [], [type], { index })
      this.observe()
    })
  }

  /** True when it is time to come to an end. */
  get small(): boolean {
    return this.depth > 5 || this.code.length > this.size * 1.5
  }

  /** True in `percent` of 100 cases of a wild program: something that may trap. */
  risk(percent: number): boolean {
    return this.shape.wild && this.r.chance(percent)
  }

  // ---- instructions -----------------------------------------------------------------------------------------------

  raw(name: string | number, operands: Partial<Operands> = {}): void {
    this.code.push(instr(name, operands))
  }

  /** An instruction that takes and leaves these types. */
  op(name: string | number, pops: readonly ValType[], pushes: readonly ValType[], operands: Partial<Operands> = {}): void {
    this.raw(name, operands)
    this.pop(pops)
    this.stack.push(...pushes)
  }

  pop(types: readonly ValType[]): void {
    const { height, dead } = this.label
    for (let i = types.length - 1; i >= 0; i--) {
      if (this.stack.length > height) {
        if (this.stack[this.stack.length - 1] !== types[i]) throw new Error('the generator made a type error')
        this.stack.pop()
      } else if (!dead) throw new Error('the generator made an underflow')
    }
  }

  /** Types above the innermost label that may be used. */
  get available(): readonly ValType[] {
    return this.stack.slice(Math.max(this.label.height, this.floor))
  }

  /** Brings it about that these types are on top, with values that are there already or new ones. */
  need(types: readonly ValType[]): void {
    const there = this.available
    const polymorphic = this.label.dead && this.floor <= this.label.height
    if (polymorphic && there.length <= types.length && same(there, types.slice(types.length - there.length)) && this.r.chance(60)) return
    const fits: number[] = [0]
    for (let k = 1; k <= Math.min(types.length, there.length); k++) if (same(there.slice(there.length - k), types.slice(0, k))) fits.push(k)
    const k = this.r.chance(75) ? fits[fits.length - 1]! : this.r.pick(fits)
    for (let i = k; i < types.length; i++) this.produce(types[i]!)
  }

  /** Pushes a value of this type. */
  produce(type: ValType): void {
    this.depth++
    const { floor } = this
    this.floor = this.stack.length
    const list: readonly Maker[] = this.shape.kit.makersFor(this.shape.features, type)
    if (this.small) this.simple(type)
    else while (!this.r.pick(list)(this, type)) continue
    this.floor = floor
    this.depth--
  }

  /** A constant or a local. */
  simple(type: ValType): void {
    const local = this.localOf(type)
    if (local >= 0 && this.r.chance(60)) this.op('local.get', [], [type], { index: local })
    else this.shape.kit.constant(this, type)
  }

  localOf(type: ValType): number {
    const found = this.locals.flatMap((t, i) => (t === type && i !== this.scratch.get(t) ? [i] : []))
    return found.length === 0 ? -1 : this.r.pick(found)
  }

  /** Of these indices one, -1 if there is none. */
  pickOr(list: readonly number[]): number {
    return list.length === 0 ? -1 : this.r.pick(list)
  }

  /** A local that only short sequences use, which are never interrupted by others. */
  scratchLocal(type: ValType): number {
    let local = this.scratch.get(type)
    if (local === undefined) {
      local = this.locals.push(type) - 1
      this.scratch.set(type, local)
    }
    return local
  }

  /** Makes the NaN on top canonical: what its bits are is left open by the spec (§4.3.3). */
  canonical(type: ValType): void {
    const t = type === F32 ? 'f32' : 'f64'
    const local = this.scratchLocal(type)
    this.raw('local.tee', { index: local })
    this.raw(`${t}.const`, type === F32 ? { lo: 0x7fc00000 } : { lo: 0, hi: 0x7ff80000 })
    this.raw('local.get', { index: local })
    this.raw('local.get', { index: local })
    this.raw(`${t}.eq`)
    this.raw('select')
  }
  /** After an instruction that made a float from a float. */
  madeFloat(type: ValType): void {
    if (this.shape.nan === 'after' && (type === F32 || type === F64)) this.canonical(type)
  }
  /** Before an instruction that shows the bits of the float on top. */
  showsFloat(type: ValType): void {
    if (this.shape.nan === 'before' && (type === F32 || type === F64)) this.canonical(type)
  }

  // ---- blocks -----------------------------------------------------------------------------------------------------

  get label(): Label {
    return this.labels[this.labels.length - 1]!
  }
  /** Label by depth, the innermost is 0. */
  labelAt(depth: number): Label {
    return this.labels[this.labels.length - 1 - depth]!
  }

  /** Opens a label `below` values under the top; those values are its parameters. */
  open(branchTypes: readonly ValType[], results: readonly ValType[], below: number): void {
    this.labels.push({ branchTypes, results, height: this.stack.length - below, dead: false, isCatch: false })
  }

  /** The rest of the block is unreachable: the stack is polymorphic from here on. */
  kill(): void {
    this.stack.length = this.label.height
    this.label.dead = true
  }

  /**
   * Brings the stack to exactly the block's results, writes `end` (or what else ends this part of it) and, after `end` and
   * `delegate`, pushes the results outside.
   */
  finish(
    results: readonly ValType[],
    word: 'end' | 'else' | 'catch' | 'catch_all' | 'delegate' = 'end',
    operands: Partial<Operands> = {},
  ): void {
    this.exactly(results)
    const { height } = this.label
    this.raw(word, operands)
    this.stack.length = height
    if (word !== 'end' && word !== 'delegate') {
      this.label.dead = false
      return
    }
    this.labels.pop()
    if (this.labels.length > 0) this.stack.push(...results)
  }

  private exactly(results: readonly ValType[]): void {
    for (;;) {
      const there = this.available
      const n = there.length
      if (this.label.dead && n <= results.length && same(there, results.slice(results.length - n)) && this.r.chance(70)) return
      if (n <= results.length && same(there, results.slice(0, n))) break
      this.discard()
    }
    for (let i = this.available.length; i < results.length; i++) this.produce(results[i]!)
  }

  /** Takes the top away: into a local, or for good. */
  discard(): void {
    const type = this.stack[this.stack.length - 1]!
    const local = this.localOf(type)
    const c = this.r.below(100)
    if (c < 50) this.observe()
    else if (local >= 0 && c < 85) this.op('local.set', [type], [], { index: local })
    else this.op('drop', [type], [])
  }

  /** Mixes the top, of whatever type, into the sum. */
  observe(): void {
    const type = this.stack[this.stack.length - 1]!
    this.toI64(type)
    this.op('global.get', [], [I64], { index: this.shape.sum })
    this.op('i64.const', [], [I64], { lo: this.r.between(1, 63), hi: 0 })
    this.op('i64.rotl', [I64, I64], [I64])
    this.op(this.r.chance(50) ? 'i64.xor' : 'i64.add', [I64, I64], [I64])
    this.op('global.set', [I64], [], { index: this.shape.sum })
  }
  private toI64(type: ValType): void {
    this.showsFloat(type)
    if (type === V128) {
      const index = this.scratchLocal(V128)
      this.op('local.tee', [type], [type], { index })
      this.op('i64x2.extract_lane', [type], [I64], { lane: 0 })
      this.op('local.get', [], [type], { index })
      this.op('i64x2.extract_lane', [type], [I64], { lane: 1 })
      this.op('i64.xor', [I64, I64], [I64])
    } else if (type === F64) this.op('i64.reinterpret_f64', [F64], [I64])
    else if (type !== I64) {
      if (type === F32) this.op('i32.reinterpret_f32', [F32], [I32])
      else if (type !== I32) this.op('ref.is_null', [type], [I32])
      this.op(this.r.chance(50) ? 'i64.extend_i32_u' : 'i64.extend_i32_s', [I32], [I64])
    }
  }

  /** Up to `most` statements; after a jump perhaps some that nobody reaches. */
  statements(most: number): void {
    this.depth++
    for (let n = this.r.between(1, most); n > 0; n--) {
      if (this.label.dead && this.r.chance(60)) break
      if (this.available.length > 6) for (let k = this.r.between(1, 4); k > 0; k--) this.discard()
      if (this.small) this.assign()
      else while (!this.r.pick(this.statementList)(this)) continue
    }
    this.depth--
  }

  assign(): void {
    const type = this.r.pick(this.shape.values)
    this.produce(type)
    if (this.r.chance(80)) this.discard()
  }

  /** Returns (or traps) when there is no fuel left, else takes one away. */
  spendFuel(): void {
    const { fuel } = this.shape
    this.raw('global.get', { index: fuel })
    this.raw('i32.eqz')
    this.raw('if', {})
    if (this.risk(50)) this.raw('unreachable')
    else {
      this.open([], [], 0)
      for (const type of this.type.results) this.simple(type)
      this.raw('return')
      this.stack.length = this.label.height
      this.labels.pop()
    }
    this.raw('end')
    this.raw('global.get', { index: fuel })
    this.raw('i32.const', { lo: -1 })
    this.raw('i32.add')
    this.raw('global.set', { index: fuel })
  }

  /** Types of a block's parameters or results. */
  someTypes(most: number): ValType[] {
    return this.r.some(most, () => this.r.pick(this.shape.values))
  }
  blockType(params: readonly ValType[], results: readonly ValType[]): Partial<Operands> {
    if (params.length === 0 && results.length === 0 && this.r.chance(80)) return {}
    if (params.length === 0 && results.length === 1 && this.r.chance(80)) return { blockResult: results[0]! }
    return { blockTypeidx: typeIndex(this.shape.types, params, results) }
  }
}
