/**
 * Hostile input: valid binaries with bytes changed, cut, copied, or sections and lengths tampered with. Whatever comes of
 * them, only VitrineErrors may be thrown, and nothing may run on without end.
 */
import { type InstantiateOptions, WasmGlobal, WasmMemory, WasmTable, compile, instantiate, isVitrineError } from '../../src/index.ts'
import type { CompiledModule } from '../../src/index.ts'
import type { Module } from '../../src/module/module.ts'
import { formatValType, isRef } from '../../src/spec/types.ts'
import { programFeatures } from './program.ts'
import { Random } from './random.ts'

/** Bytes that mean something in many places: opcodes, types, LEB128 edges. */
const TELLING = [
  0x00, 0x01, 0x02, 0x0b, 0x0f, 0x10, 0x1a, 0x20, 0x3f, 0x40, 0x41, 0x5e, 0x5f, 0x60, 0x63, 0x64, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0xfb, 0xfc,
  0xfd, 0xff,
]

interface Span {
  readonly id: number
  readonly start: number
  readonly end: number
}
function sections(bytes: Uint8Array): Span[] {
  const spans: Span[] = []
  for (let at = 8; at < bytes.length;) {
    const start = at
    const id = bytes[at++]!
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const b = bytes[at++] ?? 0
      size |= (b & 0x7f) << shift
      if (b < 0x80 || shift > 28) break
    }
    at += size
    if (size < 0) break
    spans.push({ id, start, end: Math.min(at, bytes.length) })
  }
  return spans
}
function splice(bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const made = new Uint8Array(from + middle.length + bytes.length - to)
  made.set(bytes.subarray(0, from))
  made.set(middle, from)
  made.set(bytes.subarray(to), from + middle.length)
  return made
}

export function mutate(valid: Uint8Array, r: Random): Uint8Array {
  let bytes: Uint8Array = valid.slice()
  for (let n = r.pick([1, 1, 1, 2, 3, 8]); n > 0; n--) {
    const at = r.below(bytes.length)
    const spans = sections(bytes)
    const span = spans.length > 0 ? r.pick(spans) : { id: 0, start: 0, end: bytes.length }
    switch (r.below(9)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << r.below(8))
        break
      case 1:
      case 2:
        bytes[at] = r.pick(TELLING)
        break
      case 3:
        bytes[Math.min(span.start + r.below(12), bytes.length - 1)] = r.chance(50) ? r.pick(TELLING) : r.bits()
        break
      case 4:
        bytes = bytes.slice(0, Math.max(1, at))
        break
      case 5:
        bytes = splice(bytes, span.start, span.end, new Uint8Array(0))
        break
      case 6: {
        const other = r.pick(spans.length > 0 ? spans : [span])
        bytes = splice(bytes, other.start, other.start, bytes.slice(span.start, span.end))
        break
      }
      case 7: {
        // A number becomes huge: LEB128 of up to five bytes.
        const big = r.pick([
          [0xff, 0xff, 0xff, 0xff, 0x0f],
          [0x80, 0x80, 0x80, 0x80, 0x08],
          [0xff, 0x7f],
          [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
        ])
        bytes = splice(bytes, at, Math.min(bytes.length, at + 1), Uint8Array.from(big))
        break
      }
      default: {
        const from = r.below(bytes.length)
        const to = Math.min(bytes.length, from + r.below(20))
        bytes = splice(bytes, at, r.chance(50) ? at : Math.min(bytes.length, at + to - from), bytes.slice(from, to))
      }
    }
    if (bytes.length === 0) return bytes
  }
  return bytes
}

/** Something for every import that a tampered module may ask for; what does not fit is refused with a LinkError. */
function importsOf(data: Module): Record<string, Record<string, unknown>> {
  const spaces: Record<string, Record<string, unknown>> = Object.create(null) as Record<string, Record<string, unknown>>
  for (const { module, name, type } of data.imports) {
    const space = (spaces[module] ??= Object.create(null) as Record<string, unknown>)
    if (type.kind === 'func') space[name] = () => 1
    else if (type.kind === 'memory') space[name] = new WasmMemory({ initial: 1, maximum: 4 })
    else if (type.kind === 'table') space[name] = new WasmTable({ initial: 8, maximum: 12 })
    else if (type.kind === 'global') {
      const word = formatValType(type.type.type)
      if (['i32', 'i64', 'f32', 'f64', 'funcref', 'externref'].includes(word)) {
        space[name] = new WasmGlobal({
          type: word as 'i32',
          mutable: type.type.mutable,
          value: isRef(type.type.type) ? null : word === 'i64' ? 1n : 1,
        })
      }
    }
  }
  return spaces
}

/** How far the input came, or the error that must not be. */
export type Fate = 'refused' | 'not linked' | 'ran' | { readonly step: string; readonly error: unknown }

/** Calls one exported function with plain arguments; `decode`, `instantiate` and `run` may only throw VitrineErrors. */
export function probe(bytes: Uint8Array, options: InstantiateOptions): Fate {
  const allowed = { fuel: 2000, timeout: 2000, limits: { memory: 2 ** 24, table: 100_000, frames: 500, stack: 2 ** 18 }, ...options }
  let module: CompiledModule
  try {
    module = compile(bytes, { features: programFeatures })
  } catch (error) {
    return isVitrineError(error) ? 'refused' : { step: 'compile', error }
  }
  let exports: Readonly<Record<string, any>>
  try {
    exports = instantiate(module, importsOf(module.data), allowed).exports
  } catch (error) {
    return isVitrineError(error) ? 'not linked' : { step: 'instantiate', error }
  }
  for (const [name, f] of Object.entries(exports)) {
    if (typeof f !== 'function') continue
    try {
      f(1, 2, 3, 4)
      f(1n, 2n, 3n, 4n)
      f(null, null, null, null)
    } catch (error) {
      if (!isVitrineError(error)) return { step: `run ${name}`, error }
    }
  }
  return 'ran'
}
