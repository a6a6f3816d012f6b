/** Import and export sections (spec §5.5.5, §5.5.10). Called by `decode`. */
import { MAX_EXPORTS, MAX_IMPORTS, MAX_MEMORIES, MAX_TABLES } from '../../spec/limits.ts'
import type { ExternKind, ExternType } from '../../spec/types.ts'
import { type Draft, checkLimit } from '../draft.ts'
import { globalType, memoryType, tableType, tagType } from './extern-types.ts'

/** Kinds by their byte. */
const kinds: readonly ExternKind[] = ['func', 'table', 'memory', 'global', 'tag']

export function importSection(d: Draft): void {
  const { r } = d
  const n = d.count('imports', MAX_IMPORTS)
  for (let i = 0; i < n; i++) {
    const offset = r.pos
    d.entry()
    const module = r.name()
    const name = r.name()
    const type = importType(d)
    d.imported[type.kind]++
    d.imports.push({ module, name, type, offset })
  }
}

/** Reads the type of an import and enters it into its index space. */
function importType(d: Draft): ExternType {
  const { r } = d
  const at = r.pos
  switch (r.byte()) {
    case 0: {
      const typeidx = r.u32()
      d.funcs.push(typeidx)
      return { kind: 'func', typeidx }
    }
    case 1: {
      checkLimit('tables', d.tables.length + 1, MAX_TABLES, at)
      const type = tableType(d)
      d.tables.push(type)
      return { kind: 'table', type }
    }
    case 2: {
      checkLimit('memories', d.memories.length + 1, MAX_MEMORIES, at)
      const type = memoryType(d)
      d.memories.push(type)
      return { kind: 'memory', type }
    }
    case 3: {
      const type = globalType(d)
      d.globals.push(type)
      return { kind: 'global', type }
    }
    case 4: {
      const type = tagType(d)
      d.tags.push(type)
      return { kind: 'tag', type }
    }
    default:
      return r.fail('malformed import kind', r.pos - 1)
  }
}

export function exportSection(d: Draft): void {
  const { r } = d
  const n = d.count('exports', MAX_EXPORTS)
  for (let i = 0; i < n; i++) {
    const offset = r.pos
    d.entry()
    const name = r.name()
    const kind = kinds[r.byte()]
    if (kind === undefined) r.fail('malformed export kind', r.pos - 1)
    d.exports.push({ name, kind, index: r.u32(), offset })
  }
}
