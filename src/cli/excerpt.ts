/** The instructions around the place of an error, as `validate` shows them below its message. Called by validate.ts. */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { type VitrineError, isVitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { instructionText } from '../trace/text.ts'
import { FileError, type SourceFile } from './program.ts'

/** Instructions shown before the one in question. */
const BEFORE = 4

/** Lines for an error in a function body; none for others, or if the module cannot be decoded at all. */
export function excerpt(error: VitrineError, file: SourceFile): string[] {
  const { funcidx, offset } = error
  if (funcidx === undefined || offset === undefined) return []
  let module: Module
  try {
    module = file.decode()
  } catch (e) {
    if (e instanceof FileError) return []
    throw e
  }
  const body = module.code[funcidx - module.imported.func]
  if (body === undefined || offset < body.start || offset >= body.end) return []
  const lines: string[] = []
  const r = new InstructionReader(body.bytes, body.start, body.end)
  try {
    while (r.next() && r.at <= offset) {
      const mark = r.at === offset ? '>' : ' '
      lines.push(`  ${mark} ${file.place(r.at).padStart(8)}  ${instructionText(r, module, funcidx)}`)
      if (lines.length > BEFORE + 1) lines.shift()
    }
  } catch (e) {
    if (!isVitrineError(e)) throw e
  }
  const name = moduleNames(module).funcs.get(funcidx)
  return [`  in function ${funcidx}${name === undefined ? '' : ` ${name}`} at ${file.place(offset)}:`, ...lines]
}
