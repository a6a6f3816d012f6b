/**
 * `vitrine inspect [--json] [--section NAME] FILE`: what is in a module, also in one that is not valid or uses features that
 * do not run. The fields of --json are documented in docs/cli.md. Called by main.ts.
 */
import { isVitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { type ExternType, type FuncType, type Limits, formatFuncType, formatValType } from '../spec/types.ts'
import { type Parsed, UsageError, nearest } from './args.ts'
import { featuresUsed } from './features.ts'
import { detailsOf, hexDump, jsonOf, viewCustom } from './custom.ts'
import { Buffered, emit } from './output.ts'
import { type Session, SourceFile } from './program.ts'
import { report } from './report.ts'

interface Line {
  readonly kind: string
  readonly index: number
  readonly type: string
}
/** Everything that is shown: the form of --json. */
interface Inspection {
  readonly file: string
  readonly bytes: number
  readonly name: string | undefined
  readonly valid: boolean
  /** Why not, or why it cannot run here. */
  readonly problem: string | undefined
  readonly features: readonly string[]
  readonly sections: readonly {
    readonly name: string
    readonly custom: boolean
    readonly offset: number
    readonly size: number
    readonly entries: number | undefined
  }[]
  readonly imports: readonly (Line & { readonly module: string; readonly name: string })[]
  readonly exports: readonly (Line & { readonly name: string })[]
  readonly functions: { readonly imported: number; readonly defined: number; readonly named: number; readonly bodyBytes: number }
  readonly types: number
  readonly tables: readonly string[]
  readonly memories: readonly string[]
  readonly globals: number
  readonly tags: number
  readonly start: { readonly index: number; readonly name: string | undefined } | undefined
  readonly customs: readonly {
    readonly name: string
    /** Of the contents, behind the name. */
    readonly offset: number
    readonly size: number
    readonly kind: string | undefined
    readonly summary: string
    readonly problem: string | undefined
    readonly value: unknown
  }[]
  readonly elements: number
  readonly data: { readonly segments: number; readonly bytes: number }
}

export async function inspectCommand(parsed: Parsed, session: Session): Promise<number> {
  if (parsed.operands.length > 1) throw new UsageError('inspect takes one file')
  const file = await new SourceFile(parsed.operands[0]!).read()
  session.file = file
  const module = file.decode()
  const wanted = parsed.get('section')
  if (wanted !== undefined) return dump(module, wanted)
  const inspection = inspect(file, module, await problemOf(file))
  emit(1, parsed.has('json') ? `${JSON.stringify(inspection, undefined, 2)}\n` : text(inspection))
  return 0
}

function inspect(file: SourceFile, module: Module, problem: string | undefined): Inspection {
  const names = moduleNames(module)
  return {
    file: file.path,
    bytes: file.bytes.length,
    name: names.module,
    valid: problem === undefined,
    problem,
    features: featuresUsed(module),
    sections: module.sections.map(({ name, start, end, id }) => ({
      name,
      custom: id === 0,
      offset: start,
      size: end - start,
      entries: entries(module, id),
    })),
    imports: module.imports.map(({ module: from, name, type }, i) => {
      const index = module.imports.slice(0, i).filter((other) => other.type.kind === type.kind).length
      return { module: from, name, kind: type.kind, index, type: externText(module, type) }
    }),
    exports: module.exports.map(({ name, kind, index }) => ({
      name,
      kind,
      index,
      type: externText(module, externAt(module, kind, index)),
    })),
    functions: {
      imported: module.imported.func,
      defined: module.code.length,
      named: [...names.funcs.keys()].length,
      bodyBytes: module.code.reduce((n, body) => n + body.end - body.start, 0),
    },
    types: module.types.length,
    tables: module.tables.map((type) => externText(module, { kind: 'table', type })),
    memories: module.memories.map((type) => externText(module, { kind: 'memory', type })),
    globals: module.globals.length,
    tags: module.tags.length,
    start: module.start === undefined ? undefined : { index: module.start, name: names.funcs.get(module.start) },
    customs: module.customs.map((section) => {
      const { kind, summary, problem, contents } = viewCustom(module, section)
      const value = contents === undefined ? undefined : jsonOf(contents)
      return { name: section.name, offset: section.offset, size: section.bytes.length, kind, summary, problem, value }
    }),
    elements: module.elems.length,
    data: { segments: module.datas.length, bytes: module.datas.reduce((n, d) => n + d.bytes.length, 0) },
  }
}

/** The sections of a name, decoded if they are custom sections that we know, and as bytes. */
function dump(module: Module, name: string): number {
  const ranges = module.sections.filter((section) => section.name === name)
  if (ranges.length === 0) {
    const all = module.sections.map((section) => section.name)
    const near = nearest(name, all)
    const hint = near === undefined ? `there are: ${all.join(', ')}` : `did you mean ${near}?`
    throw new UsageError(`there is no section '${name}'`, hint)
  }
  const out = new Buffered(1)
  for (const { start, end, id } of ranges) {
    const custom =
      id === 0 ? module.customs.find((section) => section.name === name && section.offset + section.bytes.length === end) : undefined
    const from = custom?.offset ?? start
    out.write(`${id === 0 ? 'custom ' : ''}${name}: ${end - from} bytes from ${hex(from)}\n`)
    if (custom !== undefined) {
      const { summary, contents } = viewCustom(module, custom)
      const lines = [...(summary === '' ? [] : [summary]), ...(contents === undefined ? [] : detailsOf(contents))]
      for (const line of lines) out.write(`  ${line}\n`)
    }
    out.write(`${hexDump(module.bytes.subarray(from, end), from).join('\n')}\n`)
  }
  out.flush()
  return 0
}

/** Why the module is refused, if it is. */
async function problemOf(file: SourceFile): Promise<string | undefined> {
  try {
    await file.compile()
    return undefined
  } catch (error) {
    if (error instanceof Error && isVitrineError(error.cause))
      return report(error, file)
        .text.replace(/^vitrine: [^\n]*?: /, '')
        .split('\n')[0]
    throw error
  }
}

/** How many things a section of that id holds. */
function entries(module: Module, id: number): number | undefined {
  const { imported } = module
  switch (id) {
    case 1:
      return module.types.length
    case 2:
      return module.imports.length
    case 3:
      return module.funcs.length - imported.func
    case 4:
      return module.tables.length - imported.table
    case 5:
      return module.memories.length - imported.memory
    case 6:
      return module.globals.length - imported.global
    case 7:
      return module.exports.length
    case 8:
      return 1
    case 9:
      return module.elems.length
    case 10:
      return module.code.length
    case 11:
      return module.datas.length
    case 13:
      return module.tags.length - imported.tag
    default:
      return undefined
  }
}

function externAt(module: Module, kind: ExternType['kind'], index: number): ExternType {
  switch (kind) {
    case 'func':
      return { kind, typeidx: module.funcs[index]! }
    case 'table':
      return { kind, type: module.tables[index]! }
    case 'memory':
      return { kind, type: module.memories[index]! }
    case 'global':
      return { kind, type: module.globals[index]! }
    case 'tag':
      return { kind, type: module.tags[index]! }
  }
}

function externText(module: Module, extern: ExternType): string {
  switch (extern.kind) {
    case 'func':
      return funcText(module, extern.typeidx)
    case 'tag':
      return funcText(module, extern.type.typeidx)
    case 'global':
      return `${extern.type.mutable ? 'mut ' : ''}${formatValType(extern.type.type)}`
    case 'table':
      return `${limitsText(extern.type.limits, 'elements')} of ${formatValType(extern.type.element)}`
    case 'memory': {
      const { limits, pageSizeLog2, shared } = extern.type
      const unit = pageSizeLog2 === 16 ? 'pages of 64 KiB' : `pages of ${2 ** pageSizeLog2} bytes`
      return `${limitsText(limits, unit)}${shared ? ', shared' : ''}`
    }
  }
}
function funcText(module: Module, typeidx: number): string {
  const comp = module.types[typeidx]?.comp
  return comp?.kind === 'func' ? formatFuncType(comp as FuncType) : `type ${typeidx}`
}
const limitsText = ({ min, max, is64 }: Limits, unit: string): string =>
  `${max === undefined ? `${min}..` : `${min}..${max}`} ${unit}${is64 ? ', 64-bit' : ''}`

// ---- as text --------------------------------------------------------------------------------------------------------

function text(i: Inspection): string {
  const lines = [`${i.file}: ${i.bytes} bytes${i.name === undefined ? '' : `, module ${i.name}`}, ${i.valid ? 'valid' : 'not usable here'}`]
  if (i.problem !== undefined) lines.push(`problem: ${i.problem}`)
  lines.push(`features: ${i.features.join(', ')}`)
  const { imported, defined, named, bodyBytes } = i.functions
  lines.push(`functions: ${imported} imported, ${defined} defined in ${bodyBytes} bytes, ${named} with names`)
  lines.push(
    `types: ${i.types}, globals: ${i.globals}, tags: ${i.tags}, element segments: ${i.elements}, data segments: ${i.data.segments} of ${i.data.bytes} bytes`,
  )
  i.memories.forEach((type, k) => lines.push(`memory ${k}: ${type}`))
  i.tables.forEach((type, k) => lines.push(`table ${k}: ${type}`))
  if (i.start !== undefined) lines.push(`start: function ${i.start.index}${i.start.name === undefined ? '' : ` (${i.start.name})`}`)

  lines.push(
    '',
    ...table(
      ['section', 'offset', 'bytes', 'entries'],
      i.sections.map((s) => [s.custom ? `custom ${s.name}` : s.name, hex(s.offset), String(s.size), String(s.entries ?? '')]),
    ),
  )
  const known = i.customs.filter((c) => c.summary !== '')
  if (known.length > 0) lines.push('', ...known.map((c) => `${c.name}: ${c.summary}`))
  if (i.imports.length > 0)
    lines.push(
      '',
      ...table(
        ['import', 'kind', 'type'],
        i.imports.map((e) => [`${e.module}.${e.name}`, `${e.kind} ${e.index}`, e.type]),
      ),
    )
  if (i.exports.length > 0)
    lines.push(
      '',
      ...table(
        ['export', 'kind', 'type'],
        i.exports.map((e) => [e.name, `${e.kind} ${e.index}`, e.type]),
      ),
    )
  return `${lines.join('\n')}\n`
}
const hex = (n: number): string => `0x${n.toString(16)}`

/** Rows under a heading, in columns; numbers to the right. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const right = heading.map((_, column) => rows.every((row) => /^(0x[\da-f]+|\d*)$/.test(row[column]!)))
  return all.map((row) =>
    row
      .map((cell, column) => (right[column] === true ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
