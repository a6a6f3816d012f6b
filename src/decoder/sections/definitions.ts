/** Function, table, memory, tag, global, start and data count sections (spec §5.5.6–§5.5.11, §5.5.16). Called by `decode`. */
import { MAX_DATA_SEGMENTS, MAX_FUNCTIONS, MAX_GLOBALS, MAX_MEMORIES, MAX_TABLES, MAX_TAGS } from '../../spec/limits.ts'
import type { Draft } from '../draft.ts'
import { checkLimit } from '../draft.ts'
import { globalType, memoryType, tableType, tagType } from './extern-types.ts'
import { need } from './types.ts'

export function functionSection(d: Draft): void {
  const n = d.count('functions', MAX_FUNCTIONS)
  for (let i = 0; i < n; i++) {
    d.entry()
    d.funcs.push(d.r.u32())
  }
}

export function tableSection(d: Draft): void {
  const { r } = d
  const n = d.count('tables', MAX_TABLES, d.tables.length)
  for (let i = 0; i < n; i++) {
    d.entry()
    // 0x40 0x00: an initialiser follows the type.
    const withInit = r.pos < r.end && r.bytes[r.pos] === 0x40
    if (withInit) {
      need(d, 'function-references', 'a table with an initialiser')
      r.pos++
      if (r.byte() !== 0) r.fail('zero byte expected', r.pos - 1)
    }
    d.tables.push(tableType(d))
    d.tableInits.push(withInit ? d.expression() : undefined)
  }
}

export function memorySection(d: Draft): void {
  const n = d.count('memories', MAX_MEMORIES, d.memories.length)
  for (let i = 0; i < n; i++) {
    d.entry()
    d.memories.push(memoryType(d))
  }
}

export function tagSection(d: Draft): void {
  const n = d.count('tags', MAX_TAGS)
  for (let i = 0; i < n; i++) {
    d.entry()
    d.tags.push(tagType(d))
  }
}

export function globalSection(d: Draft): void {
  const n = d.count('globals', MAX_GLOBALS)
  for (let i = 0; i < n; i++) {
    d.entry()
    d.globals.push(globalType(d))
    d.globalInits.push(d.expression())
  }
}

export function startSection(d: Draft): void {
  d.start = d.r.u32()
}

export function dataCountSection(d: Draft): void {
  need(d, 'bulk-memory', 'the data count section')
  const at = d.r.pos
  // Not the length of something that follows here: it may exceed the bytes that are left.
  const n = d.r.u32()
  checkLimit('data segments', n, MAX_DATA_SEGMENTS, at)
  d.dataCount = n
}
