/**
 * Reads the section of branch hints (spec appendix "Custom Sections") for printing as annotations. Only a section that the
 * text parser would make of the annotations again; any other is printed as bytes. Called by the printer.
 */
import { ByteReader } from '../../bytes/reader.ts'
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import { ByteWriter } from '../../encoder/byte-writer.ts'
import { presentSections, sectionOrder, writeLocals } from '../../encoder/encoder.ts'
import { isMalformed } from '../../errors.ts'
import type { CustomSection, Module } from '../../module/module.ts'
import type { Hints } from './body-printer.ts'

const CODE = 10

/** Hints by function, and the section that they come from; undefined if there is no such section or it is not the usual form. */
export function branchHints(module: Module): { readonly section: CustomSection; readonly byFunc: ReadonlyMap<number, Hints> } | undefined {
  const section = module.customs.find((custom) => custom.name === 'metadata.code.branch_hint')
  if (section === undefined || !inPlace(module, section)) return undefined
  try {
    const byFunc = read(module, section)
    return byFunc === undefined ? undefined : { section, byFunc }
  } catch (e) {
    if (isMalformed(e)) return undefined
    throw e
  }
}

/** The parser puts it directly before the code section. */
function inPlace(module: Module, section: CustomSection): boolean {
  const code = sectionOrder.indexOf(CODE)
  const before = presentSections(module).filter((id) => sectionOrder.indexOf(id) < code)
  const next = module.customs[module.customs.indexOf(section) + 1]
  return section.after === (before[before.length - 1] ?? 0) && (next === undefined || sectionOrder.indexOf(next.after) >= code)
}

function read(module: Module, { bytes }: CustomSection): Map<number, Hints> | undefined {
  const r = new ByteReader(bytes)
  const w = new ByteWriter()
  const byFunc = new Map<number, Hints>()
  let lastFunc = -1
  const funcs = r.u32()
  if (funcs === 0) return undefined
  w.u32(funcs)
  for (let i = 0; i < funcs; i++) {
    const func = r.u32()
    const body = module.code[func - module.imported.func]
    const count = r.u32()
    if (body === undefined || func <= lastFunc || count === 0) return undefined
    lastFunc = func
    w.u32(func)
    w.u32(count)
    const locals = new ByteWriter()
    writeLocals(locals, body.locals)
    const targets = branches(new InstructionReader(body.bytes, body.start, body.end))
    const hints = new Map<number, number>()
    let last = -1
    for (let k = 0; k < count; k++) {
      const offset = r.u32()
      const length = r.byte()
      const hint = r.byte()
      const at = offset - locals.length
      if (length !== 1 || hint > 1 || at <= last || !targets.has(at)) return undefined
      last = at
      hints.set(at, hint)
      w.u32(offset)
      w.byte(1)
      w.byte(hint)
    }
    byFunc.set(func, hints)
  }
  // Integers that are longer than they must be would not come back.
  return r.pos === bytes.length && w.length === bytes.length ? byFunc : undefined
}

/** Offsets of the instructions that take a hint. */
function branches(r: InstructionReader): Set<number> {
  const { pos } = r
  const found = new Set<number>()
  while (r.next()) if (r.instruction.name === 'if' || r.instruction.name === 'br_if') found.add(r.at - pos)
  return found
}
