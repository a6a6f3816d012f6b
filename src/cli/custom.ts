/**
 * Custom sections for people: one line each, all of their contents as lines, and the same as JSON; and any section as a
 * hex dump. Called by inspect.ts.
 */
import { type CustomContents, readCustomSection } from '../decoder/custom/index.ts'
import { isMalformed } from '../errors.ts'
import type { CustomSection, Module } from '../module/module.ts'
import type { IndirectNameMap, ModuleNames, NameMap } from '../module/names.ts'

/** What a section holds; `problem` where it is ill-formed, `kind` undefined where vitrine does not know it. */
export interface CustomView {
  readonly kind: CustomContents['kind'] | undefined
  readonly summary: string
  readonly problem: string | undefined
  /** Read on demand: name sections are long. */
  readonly contents: CustomContents | undefined
}

export function viewCustom(module: Module, section: CustomSection): CustomView {
  try {
    const contents = readCustomSection(module, section)
    return { kind: contents?.kind, summary: contents === undefined ? '' : summaryOf(contents, module), problem: undefined, contents }
  } catch (error) {
    if (!isMalformed(error)) throw error
    const problem = `${error.message} at 0x${error.offset!.toString(16)}`
    return { kind: undefined, summary: `ill-formed and ignored: ${problem}`, problem, contents: undefined }
  }
}

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
const count = (map: IndirectNameMap): number => [...map.values()].reduce((n, inner) => n + inner.size, 0)
const counted = (parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([n]) => n > 0)
    .map(([n, what]) => plural(n, what, what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`))
    .join(', ')

/** The kinds of names with how many there are of each. */
function nameCounts(n: ModuleNames): readonly (readonly [number, string])[] {
  return [
    [n.namedFuncs, 'function'],
    [count(n.locals), 'local'],
    [count(n.labels), 'label'],
    [n.types.size, 'type'],
    [count(n.fields), 'field'],
    [n.tables.size, 'table'],
    [n.memories.size, 'memory'],
    [n.globals.size, 'global'],
    [n.elems.size, 'element segment'],
    [n.datas.size, 'data segment'],
    [n.tags.size, 'tag'],
  ]
}

function summaryOf(contents: CustomContents, module: Module): string {
  switch (contents.kind) {
    case 'names': {
      const { value } = contents
      const names = counted(nameCounts(value))
      return `${value.module === undefined ? '' : `module ${value.module}; `}names of ${names === '' ? 'nothing' : names}`
    }
    case 'producers':
      return contents.value.fields
        .map(({ name, values }) => `${name} ${values.map((v) => (v.version === '' ? v.name : `${v.name} ${v.version}`)).join(', ')}`)
        .join('; ')
    case 'target features':
      return contents.value.map(({ prefix, name }) => prefix + name).join(' ')
    case 'build id':
      return hexOf(contents.value)
    case 'url':
      return contents.value
    case 'code metadata': {
      const { functions } = contents.value
      return `${plural(
        functions.reduce((n, f) => n + f.items.length, 0),
        'item',
      )} in ${plural(functions.length, 'function')}`
    }
    case 'branch hints': {
      const likely = contents.value.filter((hint) => hint.likely).length
      return `${plural(contents.value.length, 'hint')}: ${likely} likely, ${contents.value.length - likely} unlikely`
    }
    case 'linking': {
      const { symbols, segments, initFuncs, comdats } = contents.value
      const kinds = new Map<string, number>()
      for (const { kind } of symbols) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      const undefineds = symbols.filter((s) => s.undefined).length
      const detail = [...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')
      return `${plural(symbols.length, 'symbol')}${symbols.length === 0 ? '' : ` (${detail}; ${undefineds} undefined)`}, ${counted([
        [segments.length, 'segment'],
        [initFuncs.length, 'init function'],
        [comdats.length, 'comdat'],
      ])}`.replace(/, $/, '')
    }
    case 'relocations': {
      const { section, entries } = contents.value
      return `${plural(entries.length, 'relocation')} of section ${section} (${module.sections[section]?.name ?? 'not there'})`
    }
    case 'dylink': {
      const d = contents.value
      const needs = d.needed.length === 0 ? '' : `; needs ${d.needed.join(', ')}`
      return `memory ${d.memorySize} bytes aligned to ${2 ** d.memoryAlignment}, table ${plural(d.tableSize, 'element')} aligned to ${2 ** d.tableAlignment}${needs}`
    }
  }
}

/** All of it, a line for each thing. */
export function detailsOf(contents: CustomContents): string[] {
  switch (contents.kind) {
    case 'names':
      return nameLines(contents.value)
    case 'code metadata':
      return contents.value.functions.flatMap(({ funcidx, items }) =>
        items.map(({ position, data }) => `function ${funcidx} +${position}: ${hexOf(data)}`),
      )
    case 'branch hints':
      return contents.value.map(
        ({ funcidx, position, offset, likely }) =>
          `function ${funcidx} +${position}${offset === undefined ? '' : ` at 0x${offset.toString(16)}`}: ${likely ? 'likely' : 'unlikely'}`,
      )
    case 'linking': {
      const { symbols, segments, initFuncs, comdats } = contents.value
      return [
        ...symbols.map((s, i) => {
          const of = s.kind === 'data' && s.index !== undefined ? `segment ${s.index} +${s.offset!}, ${s.size!} bytes` : (s.index ?? '')
          const words = [s.binding, s.hidden ? 'hidden' : '', s.undefined ? 'undefined' : '', s.exported ? 'exported' : ''].filter(Boolean)
          return `symbol ${i}: ${s.kind} ${of}${s.name === undefined ? '' : ` ${s.name}`} (${words.join(', ')})`.replaceAll('  ', ' ')
        }),
        ...segments.map((s, i) => `segment ${i}: ${s.name}, aligned to ${2 ** s.alignment}, flags ${s.flags}`),
        ...initFuncs.map((f) => `init function: symbol ${f.symbol}, priority ${f.priority}`),
        ...comdats.map((c) => `comdat ${c.name}: ${c.entries.map((e) => `${e.kind} ${e.index}`).join(', ')}`),
      ]
    }
    case 'relocations':
      return contents.value.entries.map(
        ({ type, offset, index, addend }) =>
          `+${offset} ${type} ${index}${addend === undefined ? '' : ` ${addend < 0 ? '' : '+'}${addend}`}`,
      )
    case 'dylink':
      return [
        ...contents.value.exports.map(({ name, flags }) => `export ${name}, flags ${flags}`),
        ...contents.value.imports.map((i) => `import ${i.module}.${i.name}, flags ${i.flags}`),
        ...contents.value.runtimePath.map((path) => `runtime path ${path}`),
      ]
    case 'producers':
      return contents.value.fields.flatMap(({ name, values }) => values.map((v) => `${name}: ${v.name} ${v.version}`.trimEnd()))
    case 'target features':
      return contents.value.map(({ prefix, name }) => `${prefix} ${name}`)
    case 'build id':
    case 'url':
      return []
  }
}

function nameLines(names: ModuleNames): string[] {
  const flat = (what: string, map: NameMap): string[] => [...map].map(([i, name]) => `${what} ${i}: ${name}`)
  const nested = (outer: string, what: string, map: IndirectNameMap): string[] =>
    [...map].flatMap(([i, inner]) => flat(`${outer} ${i} ${what}`, inner))
  const { funcs, namedFuncs } = names
  return [
    // Those of exports and imports come after the section's own.
    ...flat('function', new Map([...funcs].slice(0, namedFuncs))),
    ...nested('function', 'local', names.locals),
    ...nested('function', 'label', names.labels),
    ...flat('type', names.types),
    ...nested('type', 'field', names.fields),
    ...flat('table', names.tables),
    ...flat('memory', names.memories),
    ...flat('global', names.globals),
    ...flat('element segment', names.elems),
    ...flat('data segment', names.datas),
    ...flat('tag', names.tags),
  ]
}

/** The contents as JSON: maps are objects, bytes are hexadecimal. Of names only how many there are. */
export function jsonOf(contents: CustomContents): unknown {
  if (contents.kind === 'names') {
    return { module: contents.value.module, counts: Object.fromEntries(nameCounts(contents.value).map(([n, what]) => [what, n])) }
  }
  return JSON.parse(JSON.stringify(contents.value, (_, value: unknown) => (value instanceof Uint8Array ? hexOf(value) : value))) as unknown
}

/** `0x1f0  61 73 6d …  asm…`, 16 bytes a line, with offsets of the file. */
export function hexDump(bytes: Uint8Array, base: number): string[] {
  const lines: string[] = []
  const width = (base + bytes.length).toString(16).length + 2
  for (let i = 0; i < bytes.length; i += 16) {
    const row = Array.from(bytes.subarray(i, i + 16))
    const hex = row.map((b) => b.toString(16).padStart(2, '0')).join(' ')
    const text = row.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('')
    lines.push(`${`0x${(base + i).toString(16)}`.padStart(width)}  ${hex.padEnd(47)}  ${text}`)
  }
  return lines
}
