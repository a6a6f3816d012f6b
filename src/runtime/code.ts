/**
 * Register code of a module (data only): one growing Int32Array per module and tier, shared by all instances.
 * Functions are translated into it on their first call. pc 0 and 1 mean the same in every unit and every executor.
 */
import type { Module } from '../module/module.ts'

export type Tier = 'fast' | 'exact'

/** Return address of the outermost frame of an invocation. */
export const LEAVE_PC = 0
/** Return address of a frame whose caller belongs to another instance (or whose call went through the driver). */
export const CROSS_PC = 1

export class CodeUnit {
  readonly module: Module
  readonly tier: Tier
  code: Int32Array
  /** Used part of `code`. */
  length: number
  /** pc of each function of the module: a `lazy` stub until it is translated. Imports have none. */
  readonly entry: Int32Array
  /** f64 constants, the first `constantCount` in use: the code refers to them by index. */
  constants: Float64Array
  constantCount: number
  private readonly constantIndex: Map<string, number>
  /** Translated functions in the order of their pc: where each starts, and which it is. */
  readonly starts: number[]
  readonly functions: number[]

  constructor(module: Module, tier: Tier, code: Int32Array, length: number, entry: Int32Array) {
    this.module = module
    this.tier = tier
    this.code = code
    this.length = length
    this.entry = entry
    this.constants = new Float64Array(16)
    this.constantCount = 0
    this.constantIndex = new Map()
    this.starts = []
    this.functions = []
  }

  /** Index of an f64 constant (not NaN) that is given by its bits. */
  constant(lo: number, hi: number): number {
    // Bits, not the number: -0 and 0 differ.
    const key = `${lo},${hi}`
    let index = this.constantIndex.get(key)
    if (index === undefined) {
      index = this.constantCount++
      this.constantIndex.set(key, index)
      if (index >= this.constants.length) {
        const grown = new Float64Array(2 * index)
        grown.set(this.constants)
        this.constants = grown
      }
      new Int32Array(this.constants.buffer).set([lo, hi], 2 * index)
    }
    return index
  }

  /** The function that the op at `pc` belongs to, or -1. */
  functionAt(pc: number): number {
    let low = 0
    let high = this.starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.starts[middle]! <= pc) low = middle + 1
      else high = middle
    }
    return low === 0 ? -1 : this.functions[low - 1]!
  }
}
