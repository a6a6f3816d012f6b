/** From what a person writes to where a breakpoint goes: functions by name, index, import or export; offsets; lines of text. Called by breakpoints.ts. */
import { countUpTo } from '../bytes/search.ts'
import { VitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { SourceMap } from '../text/index.ts'
import type { DebugCode } from './code.ts'

/** Where to stop. */
export type Place =
  /** At the first instruction of functions: a name with `*` and `?`, or an index. Of an import: before it is called. */
  | { readonly func: string | number }
  | { readonly export: string }
  /** Before a host function is called: `module.name`, or the name alone; `*` and `?` match. */
  | { readonly import: string }
  | { readonly host: string }
  /** At an instruction, by its byte offset in the .wasm file. */
  | { readonly offset: number }
  /** At the first instruction on a line of the text: of the source that was given with `source`, else of the printed module. */
  | { readonly wat: number }
  /** At the first instruction that is executed. */
  | { readonly entry: true }
  /** When something traps, or an exception is thrown (of the tag of that name; also by a host function), or one is that no frame handles. */
  | { readonly trap: true }
  | { readonly throw: true | string }
  | { readonly uncaught: true }

export interface ResolvedPlace {
  readonly funcidx: number
  readonly offset: number
}

/** `mul*`: a name with wildcards. */
export function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
}

/** A pattern for the names of host functions: `wasi_snapshot_preview1.fd_write` or `fd_write`. */
export function hostPattern(pattern: string): (name: string) => boolean {
  const test = glob(pattern)
  return (name) => test.test(name) || test.test(name.slice(name.indexOf('.') + 1))
}

/** Functions that a `func` or `export` place names, imports too. */
export function functionsOf(module: Module, place: Place): number[] {
  if ('export' in place) return module.exports.filter((e) => e.kind === 'func' && e.name === place.export).map(({ index }) => index)
  if (!('func' in place)) return []
  const { func } = place
  if (typeof func === 'number') return func >= 0 && func < module.funcs.length ? [func] : []
  const { funcs } = moduleNames(module)
  const found: number[] = []
  const test = /[*?]/.test(func) ? glob(func) : undefined
  const bare = func.replace(/^\$/, '')
  for (const [funcidx, name] of funcs) if (test === undefined ? name === func || name === bare : test.test(name)) found.push(funcidx)
  for (const e of module.exports) {
    if (e.kind === 'func' && !found.includes(e.index) && (test === undefined ? e.name === func : test.test(e.name))) found.push(e.index)
  }
  return found.sort((a, b) => a - b)
}

/** The places in the code of a module; none if it has none. `map`: of the text that lines are counted in. */
export function resolvePlace(code: DebugCode, place: Place, map: () => SourceMap): ResolvedPlace[] {
  const { module } = code
  const { func: imported } = module.imported
  if ('func' in place || 'export' in place) {
    return functionsOf(module, place)
      .filter((funcidx) => funcidx >= imported)
      .map((funcidx) => ({ funcidx, offset: module.code[funcidx - imported]!.start }))
  }
  if ('offset' in place) {
    const at = instructionAt(code, place.offset)
    return at === undefined ? [] : [at]
  }
  if ('wat' in place) {
    // One stop a line and function.
    const byFunc = new Map<number, number>()
    for (const offset of map().offsetsOn(place.wat)) {
      const at = instructionAt(code, offset)
      if (at !== undefined) byFunc.set(at.funcidx, Math.min(at.offset, byFunc.get(at.funcidx) ?? Infinity))
    }
    return [...byFunc].map(([funcidx, offset]) => ({ funcidx, offset }))
  }
  return []
}

/** The instruction that begins at an offset; if that is dead code, the next one that is not. Throws for an offset inside an instruction. */
function instructionAt(code: DebugCode, offset: number): ResolvedPlace | undefined {
  const funcidx = code.functionAt(offset)
  if (funcidx < 0) return undefined
  const { offsets } = code.functionCode(funcidx)
  const i = countUpTo(offsets, offset - 1)
  const next = offsets[i]
  if (next === undefined) return undefined
  if (next !== offset && i > 0 && !code.beginsAt(funcidx, offset)) {
    throw new VitrineError(
      'usage',
      `no instruction begins at offset 0x${offset.toString(16)}; the one around it begins at 0x${code.beginningOf(funcidx, offset).toString(16)}`,
    )
  }
  return { funcidx, offset: next }
}
