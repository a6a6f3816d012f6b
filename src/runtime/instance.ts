/** Module instances (spec §4.2.6): the index spaces of a module, filled with the objects of the store. */
import type { Module } from '../module/module.ts'
import type { CodeUnit } from './code.ts'
import type { Tag } from './exception.ts'
import type { Func } from './func.ts'
import type { Global } from './global.ts'
import { Memory } from './memory.ts'
import type { Table } from './table.ts'

/** What all instances of one module share: translated code and canonical types. */
export interface SharedModule {
  readonly module: Module
  /** Canonical id of each type. */
  readonly typeIds: Int32Array
  /** Units of register code by tier, made on first use. */
  readonly units: { fast: CodeUnit | undefined; exact: CodeUnit | undefined }
}

/** Stands in for memory 0 of an instance that has none: every access is out of bounds. */
const noMemory: Memory = new Memory({ limits: { min: 0, max: 0, is64: false }, shared: false, pageSizeLog2: 16 }, 0)

export class Instance {
  readonly shared: SharedModule
  readonly module: Module
  readonly funcs: Func[] = []
  readonly tables: Table[] = []
  readonly memories: Memory[] = []
  readonly globals: Global[] = []
  readonly tags: Tag[] = []
  /** Own scalar globals, two int32 a global index: global k lies at 2k. A v128 is in its cell only. */
  readonly globalInts: Int32Array
  readonly globalRefs: unknown[] = []
  /** Segments that are still there: undefined once dropped. */
  readonly datas: (Uint8Array | undefined)[] = []
  readonly elems: (readonly unknown[] | undefined)[] = []
  memory0: Memory = noMemory
  /** Parked threads that have a frame in this instance: until they go on, nobody else may enter it. Not counted if `reentrant`. */
  parked = 0
  /** Set for good when a green thread is started in it. */
  reentrant: boolean

  constructor(shared: SharedModule, reentrant: boolean) {
    this.shared = shared
    this.reentrant = reentrant
    this.module = shared.module
    this.globalInts = new Int32Array(2 * this.module.globals.length)
  }
}
