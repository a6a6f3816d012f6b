/**
 * `vitrine explain INSTRUCTION` and `vitrine explain OFFSET FILE`: what an instruction does, from the instruction table and
 * src/spec/meanings; and what stands at a place of a module, with the types on the stack there. Called by main.ts.
 */
import { glob } from '../debug/places.ts'
import { entryOffsets } from '../decoder/decode.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { isVitrineError } from '../errors.ts'
import type { Expr, FuncBody, Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { allFeatures, features } from '../spec/features.ts'
import { featureMeanings } from '../spec/meanings/features.ts'
import { type Instruction, instructions } from '../spec/instructions.ts'
import { immediates, meaningOf, opcodeBytes } from '../spec/meanings/index.ts'
import { type FuncType, formatFuncType, formatValType } from '../spec/types.ts'
import { instructionText } from '../trace/text.ts'
import { BodyValidator, type Frame } from '../validator/body.ts'
import { Context } from '../validator/context.ts'
import { labelTypes } from '../validator/rules/control.ts'
import { validate } from '../validator/validate.ts'
import { nearestOf, suggestion } from '../text/spelling.ts'
import { type Parsed, UsageError } from './args.ts'
import { print } from './output.ts'
import { type Session, SourceFile } from './program.ts'

export async function explainCommand(parsed: Parsed, session: Session): Promise<number> {
  const [what, path, more] = parsed.operands
  if (more !== undefined) throw new UsageError('explain takes an instruction, or an offset and a file')
  const place = /^(?:(0x[\da-f]+|\d+)|(\d+):(\d+))$/i.exec(what!)
  if (place === null) {
    if (path !== undefined)
      throw new UsageError(`'${what!}' is not an offset`, 'offsets are written 500 or 0x1f4, in a .wat file LINE:COLUMN')
    print(aboutInstruction(what!).join('\n'))
    return 0
  }
  if (path === undefined) throw new UsageError(`in which file is offset ${what!}?`, 'usage: vitrine explain OFFSET FILE')
  const file = await new SourceFile(path).read()
  session.file = file
  const module = file.decode()
  const offset = place[1] === undefined ? file.offsetAt(Number(place[2]), Number(place[3])) : Number(place[1])
  if (offset === undefined) throw new UsageError(`no instruction stands at ${what!}`, 'LINE:COLUMN is a place in the text of a .wat file')
  if (offset >= file.bytes.length) {
    throw new UsageError(`offset ${hex(offset)} is beyond the end`, `${file.path} has ${hex(file.bytes.length)} bytes`)
  }
  print(aboutOffset(module, offset).join('\n'))
  return 0
}

const hex = (n: number): string => `0x${n.toString(16)}`

// ---- an instruction -------------------------------------------------------------------------------------------------

function aboutInstruction(name: string): string[] {
  if (/[*?]/.test(name)) {
    const test = glob(name)
    const found = instructions.filter((row) => test.test(row.name))
    if (found.length === 0) throw new UsageError(`no instruction is called '${name}'`, "vitrine explain '*' lists all")
    const width = Math.max(...found.map((row) => row.name.length))
    return found.map((row) => `${row.name.padEnd(width)}  ${meaningOf(row).text.split('\n')[0]!}`)
  }
  const rows = instructions.filter((row) => row.name === name)
  if (rows.length === 0) {
    const names = instructions.map((row) => row.name)
    throw new UsageError(`there is no instruction '${name}'${suggestion(name, names, nearestOf)}`, "vitrine explain '*' lists all")
  }
  return rows.flatMap((row, i) => [...(i === 0 ? [] : ['']), row.name, ...facts(row)])
}

/** What the table says of an instruction, indented. */
function facts(row: Instruction): string[] {
  const { text, type, traps, section } = meaningOf(row)
  const feature = features.find(({ name }) => name === row.feature)!
  const rows: readonly (readonly [string, string])[] = [
    [
      'opcode',
      opcodeBytes(row)
        .map((b) => b.toString(16).padStart(2, '0'))
        .join(' '),
    ],
    ['immediates', row.immediates.map((immediate) => `${immediate} (${immediates[immediate]})`).join(', ') || 'none'],
    ['stack', `${type}${type.includes('at') ? ' (at: i32, or i64 if the memory or table is a 64-bit one)' : ''}`],
    ['traps', traps.join(', ') || 'never'],
    ['feature', `${feature.name}, ${feature.on ? 'on' : 'off'} by default: ${featureMeanings[feature.name]}`],
    ['spec', section],
  ]
  return [`  ${text}`, ...rows.map(([what, value]) => `  ${what.padEnd(10)}  ${value}`)]
}

// ---- a place in a module --------------------------------------------------------------------------------------------

function aboutOffset(module: Module, offset: number): string[] {
  if (offset < 8) return [`${hex(offset)}: the header of the module (magic number and version)`]
  const code = module.code.findIndex((body) => offset < body.end)
  const entry = code < 0 ? undefined : entryOffsets(module, 10)[code]
  if (entry !== undefined && offset >= entry) return inFunction(module, code, offset)
  const constant = constants(module).find(({ expr }) => offset >= expr.start && offset < expr.end)
  if (constant !== undefined) {
    const r = readTo(constant.expr, offset)
    return [`${placeOf(r, offset)}: in ${constant.whose}`, `  ${instructionText(r, module, -1)}`, ...facts(r.instruction)]
  }
  return inSection(module, offset)
}

const placeOf = (r: InstructionReader, offset: number): string =>
  r.at === offset ? hex(offset) : `${hex(offset)}, inside the instruction at ${hex(r.at)}`

/** A reader that stands on the instruction which holds the byte at `offset`. */
function readTo(expr: Expr, offset: number): InstructionReader {
  const r = new InstructionReader(expr.bytes, expr.start, expr.end)
  while (r.next() && r.pos <= offset);
  return r
}

function inFunction(module: Module, code: number, offset: number): string[] {
  const body = module.code[code]!
  const funcidx = module.imported.func + code
  const name = moduleNames(module).funcs.get(funcidx)
  const type = module.types[module.funcs[funcidx]!]?.comp
  const head = `in function ${funcidx}${name === undefined ? '' : ` (${name})`}`
  const typeLine = type?.kind === 'func' ? [`  function    ${formatFuncType(type)}`] : []
  if (offset < body.start) return [`${hex(offset)}: ${head}, before its first instruction: size and locals of the body`, ...typeLine]
  const r = readTo(body, offset)
  const text = instructionText(r, module, funcidx)
  return [
    `${placeOf(r, offset)}: ${head}`,
    `  ${text}`,
    ...facts(r.instruction),
    ...typeLine,
    ...(type?.kind === 'func' ? stackLines(module, body, type, r.at) : []),
  ]
}

/** The operands and the open blocks before an instruction. */
function stackLines(module: Module, body: FuncBody, type: FuncType, at: number): string[] {
  try {
    validate(module, allFeatures)
  } catch (error) {
    if (!isVitrineError(error)) throw error
    return [`  before it   unknown: the module is not valid (${error.message})`]
  }
  const v = new BodyValidator(new Context(module, allFeatures))
  const types = v.operandsAt(body, type, at)
  const { height, unreachable } = v.frame
  const outer = types.slice(0, height).map(formatValType)
  const inner = types.slice(height).map(formatValType)
  const stack = [...outer, ...(height > 0 ? ['|'] : []), ...(unreachable ? ['…'] : []), ...inner].join(' ')
  const lines = [
    `  before it   [${stack}]${height > 0 ? ' (left of |: of the blocks outside)' : ''}${unreachable ? ' (this code is never reached)' : ''}`,
  ]
  for (let label = 0; label < v.depth; label++)
    lines.push(`  label ${String(label).padEnd(4)}  ${frameText(v.frames[v.depth - 1 - label]!)}`)
  return lines
}
function frameText(frame: Frame): string {
  const types = `[${labelTypes(frame).map(formatValType).join(' ')}]`
  return frame.kind === 'func' ? `the function; a branch returns ${types}` : `${frame.kind} at ${hex(frame.at)}; a branch takes ${types}`
}

/** The constant expressions of a module, with the name of each. */
function constants(module: Module): { readonly expr: Expr; readonly whose: string }[] {
  const found: { expr: Expr; whose: string }[] = []
  const add = (expr: Expr | undefined, whose: string): void => {
    if (expr !== undefined) found.push({ expr, whose })
  }
  const { imported, tableInits, globalInits, elems, datas } = module
  tableInits.forEach((expr, i) => add(expr, `the initialiser of table ${imported.table + i}`))
  globalInits.forEach((expr, i) => add(expr, `the initialiser of global ${imported.global + i}`))
  elems.forEach((elem, i) => {
    add(elem.start, `the offset of element segment ${i}`)
    elem.exprs?.forEach((expr, k) => add(expr, `element ${k} of segment ${i}`))
  })
  datas.forEach((data, i) => add(data.start, `the offset of data segment ${i}`))
  return found
}

function inSection(module: Module, offset: number): string[] {
  const section = module.sections.find(({ end }) => offset < end)
  if (section === undefined) return [`${hex(offset)}: behind the last section`]
  const { id, name, start, end } = section
  const title = `${id === 0 ? 'custom ' : ''}section ${name}`
  if (offset < start) return [`${hex(offset)}: id and size of the ${title}`]
  const range = `${title}, ${hex(start)} to ${hex(end)}`
  const offsets = id === 0 ? [] : entryOffsets(module, id)
  let entry = -1
  while (entry + 1 < offsets.length && offsets[entry + 1]! <= offset) entry++
  if (entry < 0) return [`${hex(offset)}: in the ${range}`]
  return [`${hex(offset)}: in entry ${entry} of the ${range}${entryText(module, id, entry)}`]
}
function entryText(module: Module, id: number, entry: number): string {
  const { imports, exports, datas, types } = module
  if (id === 1) {
    const comp = types[entry]!.comp
    return `: type ${entry}${comp.kind === 'func' ? `, ${formatFuncType(comp)}` : `, a ${comp.kind} type`}`
  }
  if (id === 2) return `: import ${imports[entry]!.module}.${imports[entry]!.name}`
  if (id === 7) return `: export ${exports[entry]!.name}`
  return id === 11 ? `: data segment ${entry}, ${datas[entry]!.bytes.length} bytes` : ''
}
