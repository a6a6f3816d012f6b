/**
 * Module → bytes (spec §5.5), all of 3.0. The output is canonical: minimal LEB128, no empty sections, the shortest form
 * of each segment. `decode(encode(m))` equals `m` but for offsets. Called by the text format's `watToWasm`, the printer's
 * tests and tools that rewrite modules.
 */
import type { CustomSection, DataSegment, ElemSegment, Expr, FuncBody, LocalRun, Module } from '../module/module.ts'
import { FUNCREF, type TableType, type TagType } from '../spec/types.ts'
import { ByteWriter } from './byte-writer.ts'
import { externCodes, writeExternType, writeGlobalType, writeMemoryType, writeTableType, writeTypes, writeValType } from './types.ts'

/** Ids of the known sections in the order in which they must appear (§5.5.2); 0 stands for the start of the module. */
export const sectionOrder: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

/** Ids of the known sections that `encode` will write for this module, in order. */
export function presentSections(m: Module): readonly number[] {
  const { imported } = m
  const present: Record<number, boolean> = {
    1: m.types.length > 0,
    2: m.imports.length > 0,
    3: m.funcs.length > imported.func,
    4: m.tables.length > imported.table,
    5: m.memories.length > imported.memory,
    13: m.tags.length > imported.tag,
    6: m.globals.length > imported.global,
    7: m.exports.length > 0,
    8: m.start !== undefined,
    9: m.elems.length > 0,
    12: m.dataCount !== undefined,
    10: m.code.length > 0,
    11: m.datas.length > 0,
  }
  return sectionOrder.filter((id) => present[id])
}

export function encode(module: Module): Uint8Array {
  const w = new ByteWriter(1024)
  for (const b of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) w.byte(b)
  const present = new Set(presentSections(module))
  writeCustoms(w, module.customs, 0)
  for (const id of sectionOrder) {
    if (present.has(id)) {
      w.byte(id)
      w.block((body) => writeSection(body, id, module))
    }
    writeCustoms(w, module.customs, id)
  }
  return w.slice()
}

function writeCustoms(w: ByteWriter, customs: readonly CustomSection[], after: number): void {
  for (const custom of customs) {
    if (custom.after !== after) continue
    w.byte(0)
    w.block((body) => {
      body.name(custom.name)
      body.raw(custom.bytes)
    })
  }
}

function writeSection(w: ByteWriter, id: number, m: Module): void {
  const { imported } = m
  switch (id) {
    case 1:
      writeTypes(w, m.types)
      break
    case 2:
      vector(w, m.imports, (i) => {
        w.name(i.module)
        w.name(i.name)
        writeExternType(w, i.type)
      })
      break
    case 3:
      vector(w, m.funcs.slice(imported.func), (typeidx) => w.u32(typeidx))
      break
    case 4:
      vector(w, m.tables.slice(imported.table), (type, i) => writeTable(w, type, m.tableInits[i]))
      break
    case 5:
      vector(w, m.memories.slice(imported.memory), (type) => writeMemoryType(w, type))
      break
    case 13:
      vector(w, m.tags.slice(imported.tag), (tag: TagType) => {
        w.byte(0)
        w.u32(tag.typeidx)
      })
      break
    case 6:
      vector(w, m.globals.slice(imported.global), (type, i) => {
        writeGlobalType(w, type)
        writeExpr(w, m.globalInits[i]!)
      })
      break
    case 7:
      vector(w, m.exports, (e) => {
        w.name(e.name)
        w.byte(externCodes[e.kind])
        w.u32(e.index)
      })
      break
    case 8:
      w.u32(m.start!)
      break
    case 9:
      vector(w, m.elems, (e) => writeElem(w, e))
      break
    case 12:
      w.u32(m.dataCount!)
      break
    case 10:
      vector(w, m.code, (body) => writeBody(w, body))
      break
    case 11:
      vector(w, m.datas, (d) => writeData(w, d))
      break
  }
}

function vector<T>(w: ByteWriter, items: readonly T[], write: (item: T, i: number) => void): void {
  w.u32(items.length)
  items.forEach(write)
}

/** An expression carries its own `end`. */
function writeExpr(w: ByteWriter, expr: Expr): void {
  w.raw(expr.bytes, expr.start, expr.end)
}

/** A table with an initialiser has the form 0x40 0x00 tabletype expr (§5.5.7). */
function writeTable(w: ByteWriter, type: TableType, init: Expr | undefined): void {
  if (init !== undefined) {
    w.byte(0x40)
    w.byte(0x00)
  }
  writeTableType(w, type)
  if (init !== undefined) writeExpr(w, init)
}

/**
 * Flag bits of an element segment (§5.5.12): 1 passive or declarative, 2 explicit table (or declarative), 4 expressions.
 * The short forms 0 and 4 exist only for table 0 and, with expressions, for funcref.
 */
function writeElem(w: ByteWriter, elem: ElemSegment): void {
  const exprs = elem.exprs !== undefined ? 4 : 0
  if (elem.mode === 'active') {
    const explicit = elem.table !== 0 || (exprs !== 0 && elem.type !== FUNCREF)
    w.u32(exprs | (explicit ? 2 : 0))
    if (explicit) w.u32(elem.table)
    writeExpr(w, elem.start!)
    if (explicit) writeElemType(w, elem)
  } else {
    w.u32(exprs | (elem.mode === 'passive' ? 1 : 3))
    writeElemType(w, elem)
  }
  if (elem.exprs !== undefined) vector(w, elem.exprs, (e) => writeExpr(w, e))
  else vector(w, elem.funcs!, (funcidx) => w.u32(funcidx))
}

function writeElemType(w: ByteWriter, elem: ElemSegment): void {
  if (elem.exprs !== undefined) writeValType(w, elem.type)
  else w.byte(0)
}

function writeData(w: ByteWriter, data: DataSegment): void {
  if (data.mode === 'passive') w.u32(1)
  else {
    w.u32(data.memory === 0 ? 0 : 2)
    if (data.memory !== 0) w.u32(data.memory)
    writeExpr(w, data.start!)
  }
  w.sized(data.bytes)
}

function writeBody(w: ByteWriter, body: FuncBody): void {
  w.block((b) => {
    writeLocals(b, body.locals)
    writeExpr(b, body)
  })
}

/** The locals of a body, run by run. */
export function writeLocals(w: ByteWriter, locals: readonly LocalRun[]): void {
  vector(w, locals, (run) => {
    w.u32(run.count)
    writeValType(w, run.type)
  })
}
