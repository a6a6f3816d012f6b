/** What the names of an expression mean at an instruction. Called by breakpoints.ts and by frames that are asked for a value. */
import { CONST } from '../compiler/operand-stack.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { Registers } from '../runtime/registers.ts'
import { type FuncType, type ValType, F32, F64, I32, I64, isRef } from '../spec/types.ts'
import { formatFloat, formatRef } from '../trace/values.ts'
import type { DebugCode } from './code.ts'
import type { Context, ExprType, Scope, Term } from './expression.ts'
import { localsOf } from './frames.ts'

/** The type of an expression with a value of this type; undefined for vectors, which have none. */
function typeOf(type: ValType): ExprType | undefined {
  if (isRef(type)) return 'ref'
  return type === I32 ? 'i32' : type === I64 ? 'i64' : type === F32 ? 'f32' : type === F64 ? 'f64' : undefined
}

const wide = (lo: number, hi: number): bigint => (BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0)

/** A value in a register file, `slot` slots behind the start of the frame. */
function inFrame(type: ValType, slot: number): Term | undefined {
  const at = slot * 2
  switch (typeOf(type)) {
    case undefined:
      return undefined
    case 'ref':
      return { type: 'ref', read: (c) => c.registers.refs[(c.fp + at) >> 1] }
    case 'i32':
      return { type: 'i32', read: (c) => c.registers.R[c.fp + at] }
    case 'i64':
      return { type: 'i64', read: (c) => wide(c.registers.R[c.fp + at]!, c.registers.R[c.fp + at + 1]!) }
    case 'f32':
      return { type: 'f32', read: (c) => c.registers.S[c.fp + at] }
    case 'f64':
      return { type: 'f64', read: (c) => c.registers.F[(c.fp + at) >> 1] }
  }
}

const bits = new DataView(new ArrayBuffer(8))

function globalTerm(module: Module, index: number): Term | undefined {
  const valtype = module.globals[index]?.type
  const type = valtype === undefined ? undefined : typeOf(valtype)
  if (type === undefined) return undefined
  const read = ({ instance }: Context): unknown => {
    const { ints, refs, at } = instance.globals[index]!
    const lo = ints[at]!
    const hi = ints[at + 1]!
    if (type === 'ref') return refs[at]
    if (type === 'i32') return lo
    if (type === 'i64') return wide(lo, hi)
    bits.setInt32(0, type === 'f32' ? lo : hi)
    bits.setInt32(4, lo)
    return type === 'f32' ? bits.getFloat32(0) : bits.getFloat64(0)
  }
  return { type, read }
}

/** Names that stand for values in `Context.extra`, with their types. */
export type Extras = Readonly<Record<string, ExprType>>

/** The scope before the instruction at `offset` of function `funcidx`. */
export function scopeAt(code: DebugCode, funcidx: number, offset: number, extras: Extras = {}): Scope {
  const { module } = code
  const names = moduleNames(module)
  const locals = localsOf(module, funcidx)
  const localNames = names.locals.get(funcidx)
  const local = (index: number): Term | undefined => {
    const found = locals[index]
    return found === undefined ? undefined : inFrame(found.type, found.slot)
  }
  const indexOf = (map: ReadonlyMap<number, string> | undefined, name: string): number => {
    for (const [index, text] of map ?? []) if (text === name) return index
    return -1
  }
  return {
    memories: module.memories.length,
    local,
    global: (index) => globalTerm(module, index),
    name: (name) => {
      const type = Object.hasOwn(extras, name) ? extras[name] : undefined
      if (type !== undefined) return { type, read: (c) => c.extra[name] }
      const index = indexOf(localNames, name)
      if (index >= 0) return local(index)
      const global = indexOf(names.globals, name)
      if (global >= 0) return globalTerm(module, global)
      const exported = module.exports.find((e) => e.kind === 'global' && e.name === name)
      return exported === undefined ? undefined : globalTerm(module, exported.index)
    },
    operand: (depth) => {
      const entries = code.stackAt(code.pcOf(offset))
      const entry = entries[entries.length - 1 - depth]
      return entry === undefined || entry.slot === CONST ? undefined : inFrame(entry.type, entry.slot)
    },
  }
}

/** The type of `result` in a template of a function: that of its first result. */
export function resultType(module: Module, funcidx: number): { readonly valtype: ValType; readonly type: ExprType } | undefined {
  const { results } = module.types[module.funcs[funcidx]!]!.comp as FuncType
  const type = results.length === 0 ? undefined : typeOf(results[0]!)
  return type === undefined ? undefined : { valtype: results[0]!, type }
}

/** The first result of a function that has returned: it lies where its frame began. */
export function readResult(registers: Registers, fp: number, valtype: ValType): unknown {
  return inFrame(valtype, 0)!.read({ registers, fp } as Context)
}

/** An expression's value as text. */
export function formatTerm(type: ExprType, value: unknown): string {
  return type === 'ref'
    ? formatRef(value)
    : type === 'f32' || type === 'f64'
      ? formatFloat(value as number, type === 'f32' ? F32 : F64)
      : String(value as number | bigint)
}
