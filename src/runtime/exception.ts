/**
 * Tags and exceptions (spec §4.2.11, §4.2.14). An exception is data: its tag and the values that it carries, which a
 * debugger can show and a snapshot can walk. An `exnref` is the `Exn` object, a null one JS null.
 */
import { canonicalFuncType } from '../spec/canonical.ts'
import { type FuncType, EXTERNREF } from '../spec/types.ts'
import type { CodeUnit } from './code.ts'
import type { Instance } from './instance.ts'
import type { Executor } from './thread.ts'

/** A tag: two are the same only if they are one object. */
export class Tag {
  readonly type: FuncType
  /** Canonical id of the type: equal ids are equal types, in every module. */
  readonly typeId: number
  /** From the name section, the first export or the host: for messages. */
  readonly name: string | undefined

  constructor(type: FuncType, typeId: number, name: string | undefined) {
    this.type = type
    this.typeId = typeId
    this.name = name
  }
}

/** A frame as a backtrace begins with it: what it takes to find its instruction, should anybody ask. */
export interface RawFrame {
  readonly instance: Instance
  readonly unit: CodeUnit | undefined
  readonly pc: number
  /** Whether `pc` is where a call returns to, and not the instruction itself. */
  readonly returning: boolean
}
export interface RawTrace {
  readonly executor: Executor
  readonly frames: readonly RawFrame[]
}

export class Exn {
  readonly tag: Tag
  /**
   * The values one after the other: an i32 or f32 as the int32 of its bits, an i64 or f64 as two int32 halves (low, high), a v128 as
   * four; a reference as itself.
   */
  readonly values: readonly unknown[]
  /** Where it was thrown. Kept only once it may be asked for: the exception left Wasm, or a handler may throw it on. */
  trace: RawTrace | undefined
  /** The JS error that stands for it outside, made once so that identity holds. */
  error: object | undefined

  constructor(tag: Tag, values: readonly unknown[]) {
    this.tag = tag
    this.values = values
    this.trace = undefined
    this.error = undefined
  }
}

const jsType: FuncType = { kind: 'func', params: [EXTERNREF], results: [] }
let made: Tag | undefined
/** Tag of whatever a host function throws that is no Wasm exception; it carries the JS value. */
export const jsTag = (): Tag => (made ??= new Tag(jsType, canonicalFuncType(jsType), 'js'))
