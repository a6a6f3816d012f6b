/** The `spectest` module that the scripts import (documented in the reference interpreter's README). Fresh for each run of a script. */
import { WasmGlobal, WasmMemory, WasmTable } from '../src/embedding/objects.ts'
import type { RawHostFunction } from '../src/runtime/host-function.ts'
import { Memory } from '../src/runtime/memory.ts'
import { Table } from '../src/runtime/table.ts'
import { type ValType, F32, F64, FUNCREF, I32, I64 } from '../src/spec/types.ts'

/** A print function: nobody reads what it prints. */
const print = (...params: ValType[]): RawHostFunction => ({
  type: { kind: 'func', params, results: [] },
  suspending: false,
  call: () => undefined,
})

export function spectest(): Readonly<Record<string, unknown>> {
  return {
    print: print(),
    print_i32: print(I32),
    print_i64: print(I64),
    print_f32: print(F32),
    print_f64: print(F64),
    print_i32_f32: print(I32, F32),
    print_f64_f64: print(F64, F64),
    global_i32: new WasmGlobal({ type: 'i32', value: 666 }),
    global_i64: new WasmGlobal({ type: 'i64', value: 666n }),
    global_f32: new WasmGlobal({ type: 'f32', value: 666.6 }),
    global_f64: new WasmGlobal({ type: 'f64', value: 666.6 }),
    table: new WasmTable({ initial: 10, maximum: 20 }),
    table64: new WasmTable(new Table({ limits: { min: 10, max: 20, is64: true }, element: FUNCREF }, 20)),
    memory: new WasmMemory({ initial: 1, maximum: 2 }),
    shared_memory: new WasmMemory(new Memory({ limits: { min: 1, max: 2, is64: false }, shared: true, pageSizeLog2: 16 }, 2 * 65536)),
  }
}
