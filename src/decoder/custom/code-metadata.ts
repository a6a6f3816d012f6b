/**
 * Code metadata (tool conventions, "Code Metadata"): bytes attached to instructions, by function and position. Branch
 * hints are the type of it that the specification's appendix has. Called through ./index.ts.
 */
import { ByteReader } from '../../bytes/reader.ts'
import type { SectionReader } from '../../bytes/section-reader.ts'
import type { BranchHint, CodeMetadata } from '../../module/custom.ts'
import type { Module } from '../../module/module.ts'
import { entryOffsets } from '../decode.ts'

export const METADATA = 'metadata.code.'

export function codeMetadata(r: SectionReader, type: string): CodeMetadata {
  let lastFunc = -1
  const functions = r.vec(() => {
    const funcidx = ascending(r, lastFunc, 'function index')
    lastFunc = funcidx
    let last = -1
    const items = r.vec(() => {
      const position = ascending(r, last, 'position')
      last = position
      return { position, data: r.slice(r.size()) }
    }, 2)
    return { funcidx, items }
  }, 2)
  r.done(`the ${METADATA}${type} section`)
  return { type, functions }
}

function ascending(r: SectionReader, last: number, what: string): number {
  const at = r.pos
  const n = r.u32()
  if (n <= last) r.fail(`${what} ${n} does not come after ${last}`, at)
  return n
}

/** The hints of a section that `codeMetadata` has read, with their places in the file. */
export function branchHints({ functions }: CodeMetadata, r: SectionReader, module: Module): readonly BranchHint[] {
  const hints: BranchHint[] = []
  const starts = bodyStarts(module)
  for (const { funcidx, items } of functions) {
    const start = starts[funcidx - module.imported.func]
    for (const { position, data } of items) {
      if (data.length !== 1 || data[0]! > 1)
        r.fail('malformed branch hint: it must be one byte, 0 or 1', data.byteOffset - r.bytes.byteOffset)
      hints.push({ funcidx, position, offset: start === undefined ? undefined : start + position, likely: data[0] === 1 })
    }
  }
  return hints
}

/** Where each body begins in the file, behind its size. */
function bodyStarts(module: Module): readonly number[] {
  return entryOffsets(module, 10).map((at) => {
    const r = new ByteReader(module.bytes, at)
    r.u32()
    return r.pos
  })
}
