/**
 * What a module is up to differences that neither the text format nor the Module keeps: integers longer than they must be,
 * locals declared in more runs than needed, places of custom sections behind sections that are empty. For the round-trip tests.
 */
import { InstructionReader } from '../../src/decoder/instruction-reader.ts'
import { encode, presentSections, sectionOrder } from '../../src/encoder/encoder.ts'
import { InstructionWriter } from '../../src/encoder/instruction-writer.ts'
import type { Expr, FuncBody, LocalRun, Module } from '../../src/module/module.ts'

function expr({ bytes, start, end }: Expr): Expr {
  const r = new InstructionReader(bytes, start, end)
  const w = new InstructionWriter()
  while (r.next()) w.write(r.instruction, r)
  return { bytes: w.slice(), start: 0, end: w.length }
}

function runs(locals: readonly LocalRun[]): LocalRun[] {
  const joined: LocalRun[] = []
  for (const { count, type } of locals) {
    const last = joined[joined.length - 1]
    if (last?.type === type) joined[joined.length - 1] = { count: last.count + count, type }
    else if (count > 0) joined.push({ count, type })
  }
  return joined
}

const body = (b: FuncBody): FuncBody => ({ ...expr(b), locals: runs(b.locals) })
const maybe = (e: Expr | undefined): Expr | undefined => (e === undefined ? undefined : expr(e))

/** The module in the form that is kept. */
export function canonical(m: Module): Module {
  const present = presentSections(m)
  return {
    ...m,
    globalInits: m.globalInits.map(expr),
    tableInits: m.tableInits.map(maybe),
    code: m.code.map(body),
    elems: m.elems.map((e) => ({ ...e, start: maybe(e.start), exprs: e.exprs?.map(expr) })),
    datas: m.datas.map(({ mode, memory, start, bytes, offset }) => ({ mode, memory, start: maybe(start), bytes, offset })),
    customs: m.customs.map((custom) => {
      const before = present.filter((id) => sectionOrder.indexOf(id) <= sectionOrder.indexOf(custom.after))
      return { ...custom, after: custom.after === 0 ? 0 : (before[before.length - 1] ?? 0) }
    }),
  }
}

/** The module as plain data, without offsets and without the buffers that expressions lie in. Equal data: equal modules. */
export function content(m: Module): object {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  const code = (e: Expr | undefined): string | undefined => (e === undefined ? undefined : hex(e.bytes.subarray(e.start, e.end)))
  return {
    types: m.types,
    imports: m.imports.map(({ module, name, type }) => ({ module, name, type })),
    funcs: m.funcs,
    tables: m.tables,
    memories: m.memories,
    globals: m.globals,
    tags: m.tags,
    imported: m.imported,
    tableInits: m.tableInits.map(code),
    globalInits: m.globalInits.map(code),
    code: m.code.map((b) => ({ locals: b.locals, code: code(b) })),
    exports: m.exports.map(({ name, kind, index }) => ({ name, kind, index })),
    start: m.start,
    elems: m.elems.map(({ mode, type, funcs, exprs, table, start }) => ({
      mode,
      type,
      funcs,
      exprs: exprs?.map(code),
      table,
      start: code(start),
    })),
    datas: m.datas.map(({ mode, memory, start, bytes }) => ({ mode, memory, start: code(start), bytes: hex(bytes) })),
    dataCount: m.dataCount,
    customs: m.customs.map(({ name, bytes, after }) => ({ name, bytes: hex(bytes), after })),
  }
}

/** Where two files differ; undefined if they are equal. */
export function difference(a: Uint8Array, b: Uint8Array): string | undefined {
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  if (i === a.length && i === b.length) return undefined
  const around = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(Math.max(0, i - 8), i + 8)).toString('hex')
  return `at 0x${i.toString(16)} of ${a.length} and ${b.length} bytes: …${around(a)}… and …${around(b)}…`
}

/** The bytes of a module in the form that is kept. */
export const canonicalBytes = (m: Module): Uint8Array => encode(canonical(m))
