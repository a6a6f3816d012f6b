/** Dynamic libraries: the section `dylink.0` (tool conventions, "WebAssembly Dynamic Linking"). Called through ./index.ts. */
import type { SectionReader } from '../../bytes/section-reader.ts'
import type { Dylink } from '../../module/custom.ts'

const MEM_INFO = 1
const NEEDED = 2
const EXPORT_INFO = 3
const IMPORT_INFO = 4
const RUNTIME_PATH = 5

export function dylink(r: SectionReader): Dylink {
  let memory = { memorySize: 0, memoryAlignment: 0, tableSize: 0, tableAlignment: 0 }
  let needed: readonly string[] = []
  let exports: Dylink['exports'] = []
  let imports: Dylink['imports'] = []
  let runtimePath: readonly string[] = []
  r.subsections((id, part) => {
    switch (id) {
      case MEM_INFO:
        memory = { memorySize: part.u32(), memoryAlignment: part.u32(), tableSize: part.u32(), tableAlignment: part.u32() }
        break
      case NEEDED:
        needed = part.vec(() => part.name())
        break
      case EXPORT_INFO:
        exports = part.vec(() => ({ name: part.name(), flags: part.u32() }), 2)
        break
      case IMPORT_INFO:
        imports = part.vec(() => ({ module: part.name(), name: part.name(), flags: part.u32() }), 3)
        break
      case RUNTIME_PATH:
        runtimePath = part.vec(() => part.name())
        break
      default:
        part.pos = part.end
    }
  })
  return { ...memory, needed, exports, imports, runtimePath }
}
