/**
 * Changing values by text: `n = 5`, `stack[0] = 1.5`, `i32[p + 4] = n * 2`, `v = i32x4 1 2 3 4`, `table[0] = func:3`,
 * `node.left = null`. Also finds variables by the names
 * that expressions have for them. Called by the faces.
 */
import { wrapFunc } from '../embedding/functions.ts'
import { VitrineError } from '../errors.ts'
import { type FuncType, I64, V128 } from '../spec/types.ts'
import type { Debugger } from './debugger.ts'
import type { Frame } from './frames.ts'
import { lanesOf, membersOf, shapes } from './members.ts'
import { elementVariable, globalIndex } from './watch.ts'
import type { Variable } from './values.ts'

const fail = (message: string): never => {
  throw new VitrineError('usage', message)
}

/** An address by an expression: `p + 4`, `0x1040`. */
export function addressOf(dbg: Debugger, frame: Frame | undefined, text: string): number {
  if (/^(0x[\da-f]+|\d+)$/i.test(text)) return Number(text)
  const { value } = dbg.evaluate(text, frame)
  if (typeof value === 'bigint') return Number(BigInt.asUintN(64, value))
  return typeof value === 'number' && Number.isInteger(value) ? value >>> 0 : fail(`'${text}' is not an address`)
}

export interface Named {
  readonly kind: 'local' | 'operand' | 'global' | 'element'
  readonly variable: Variable
  /** Of which table it is an element. */
  readonly table?: number
}

/** What a text names: `n`, `$n`, `$0`, `local[0]`, `stack[0]`, `global n`, `global[0]`, `table[0]`; `table[0, 1]` of table 1. */
export function findNamed(dbg: Debugger, frame: Frame | undefined, text: string): Named | undefined {
  const found = (kind: Named['kind'], variable: Variable | undefined): Named | undefined =>
    variable === undefined ? undefined : { kind, variable }
  const element = /^table\[(\d+)(?:,\s*(\d+)\s*)?\]$/.exec(text)
  if (element !== null) {
    const table = Number(element[2] ?? 0)
    const variable = elementVariable(frame?.instance ?? dbg.instance, table, Number(element[1]))
    return variable && { kind: 'element', variable, table }
  }
  const [, word, digits] = /^(stack|local|global)\[(\d+)\]$/.exec(text) ?? /^()\$(\d+)$/.exec(text) ?? []
  const index = Number(digits)
  if (word === 'stack') return frame === undefined ? undefined : found('operand', frame.stack[frame.stack.length - 1 - index])
  if (word === 'global') return found('global', dbg.globals[index])
  if (word !== undefined) return found('local', frame?.locals[index])
  const name = /^(?:global\s+)?\$?(?:"(.*)"|(.*))$/s.exec(text)!
  const bare = name[1]?.replace(/\\(.)/g, '$1') ?? name[2]!
  const local = text.startsWith('global ') ? undefined : frame?.locals.find((variable) => variable.name === bare)
  return found('local', local) ?? found('global', dbg.globals[globalIndex(dbg.instance.module, bare)])
}
/** The same, and what is inside of something: `node.left.key`, `node.0`, `list[3]`, `v.i32x4[1]`. */
export const variableNamed = (dbg: Debugger, frame: Frame | undefined, text: string): Variable | undefined =>
  findNamed(dbg, frame, text)?.variable ?? memberNamed(dbg, frame, text)

function memberNamed(dbg: Debugger, frame: Frame | undefined, text: string): Variable | undefined {
  const [, outer, field, element] = /^(.+)(?:\.([^.[\]]+)|\[(\d+)\])$/s.exec(text) ?? []
  if (outer === undefined) return undefined
  const [, vector, word] = /^(.+)\.(\w+)$/s.exec(outer) ?? []
  const shape = shapes.find((known) => known === word)
  const holder = variableNamed(dbg, frame, shape === undefined ? outer : vector!)
  if (holder === undefined) return undefined
  const members =
    shape === undefined ? membersOf(holder, frame?.instance ?? dbg.instance) : holder.valtype === V128 ? lanesOf(holder, shape) : undefined
  const number = element ?? (/^\d+$/.test(field!) ? field : undefined)
  if (number !== undefined) return members?.list(Number(number), 1)[0]?.variable
  return members?.named === true ? members.list(0, members.count).find(({ variable }) => variable.name === field)?.variable : undefined
}

export interface Assigned {
  /** The new value. */
  readonly text: string
  readonly variable: Variable | undefined
  /** The bytes that were written, if it was memory. */
  readonly memory: { readonly memidx: number; readonly addr: number; readonly size: number } | undefined
}

/** Sets what `target` names to the value of an expression. Throws a `usage` error when that cannot be, and changes nothing then. */
export function assign(dbg: Debugger, frame: Frame | undefined, target: string, text: string): Assigned {
  const load = /^([iuf])(8|16|32|64)\[(.*?)(?:,\s*(\d+)\s*)?\]$/s.exec(target)
  if (load !== null) {
    const { value, text: shown } = dbg.evaluate(text, frame)
    const bytes = bytesOf(load[1]!, Number(load[2]), value)
    const memory = { memidx: Number(load[4] ?? 0), addr: addressOf(dbg, frame, load[3]!), size: bytes.length }
    dbg.writeMemory(memory.addr, bytes, memory.memidx)
    return { text: shown, variable: undefined, memory }
  }
  const variable = variableNamed(dbg, frame, target) ?? fail(`there is no ${target} here`)
  setVariable(dbg, frame, variable, text)
  return { text: variable.text, variable, memory: undefined }
}

/** Sets a variable to the value of an expression, or of what only its type allows: `nan`, `null`, `func:3`, `0x…` for a v128. */
export function setVariable(dbg: Debugger, frame: Frame | undefined, variable: Variable, text: string): void {
  variable.set(
    special(dbg, variable.type, text.trim()) ?? adapt(variable.type, text.trim() === 'null' ? null : dbg.evaluate(text, frame).value),
  )
}

/** Values that expressions do not have. */
function special(dbg: Debugger, type: string, text: string): unknown {
  if (type === 'v128') {
    const hex = /^0x([\da-f]{1,32})$/i.exec(text)?.[1]?.padStart(32, '0')
    if (hex !== undefined) return [3, 2, 1, 0].map((i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16))
    const words = /^i32x4((?:\s+-?(?:0x[\da-f]+|\d+)){4})$/i.exec(text)?.[1]?.trim().split(/\s+/)
    return words === undefined
      ? fail(`'${text}' is not a v128: write 0x with up to 32 digits, or i32x4 with four numbers`)
      : words.map((word) => (word.startsWith('-') ? -Number(word.slice(1)) : Number(word)))
  }
  if (type === 'f32' || type === 'f64') {
    const sign = text.startsWith('-') ? -1 : 1
    if (/^[-+]?nan$/i.test(text)) return Number.NaN
    if (/^[-+]?inf(inity)?$/i.test(text)) return sign * Infinity
  }
  const func = /^func[: ](\d+)$/.exec(text)
  if (func !== null) return wrapFunc(dbg.instance.funcs[Number(func[1])] ?? fail(`there is no function ${func[1]}`))
  return type === 'externref' && /^".*"$/s.test(text) ? text.slice(1, -1) : undefined
}

/** A whole number for a float, a small one for an i64. */
function adapt(type: string, value: unknown): unknown {
  if (type === 'i64' && typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return (type === 'f32' || type === 'f64') && typeof value === 'bigint' ? Number(value) : value
}

function bytesOf(kind: string, bits: number, value: unknown): Uint8Array {
  if (typeof value !== 'number' && typeof value !== 'bigint') fail('a reference cannot be written to memory')
  const view = new DataView(new ArrayBuffer(8))
  if (kind === 'f') {
    if (bits === 32) view.setFloat32(0, Number(value), true)
    else view.setFloat64(0, Number(value), true)
  } else {
    if (typeof value === 'number' && !Number.isInteger(value)) fail(`${value} is no whole number`)
    view.setBigInt64(0, BigInt.asIntN(64, BigInt(value as number)), true)
  }
  return new Uint8Array(view.buffer, 0, bits / 8)
}

/** Type of the exported function of that name, if there is one. */
export function exportedType({ instance: { module } }: Debugger, name: string): FuncType | undefined {
  const index = module.exports.find((e) => e.kind === 'func' && e.name === name)?.index
  return index === undefined ? undefined : (module.types[module.funcs[index]!]!.comp as FuncType)
}

/** Values for the parameters of an exported function: expressions between commas. */
export function callArguments(dbg: Debugger, frame: Frame | undefined, name: string, list: string): unknown[] {
  const params = exportedType(dbg, name)?.params ?? []
  return list
    .split(',')
    .filter((text) => text.trim() !== '')
    .map((text, i) => {
      const { value } = dbg.evaluate(text, frame)
      return params[i] === I64 && typeof value === 'number' ? BigInt(value) : value
    })
}

/** Names that an expression may use in a frame. */
export function namesAt(dbg: Debugger, frame: Frame | undefined): string[] {
  const named = (list: readonly Variable[]): string[] => list.flatMap(({ name }) => (name === undefined ? [] : [name]))
  return [...new Set([...(frame === undefined ? [] : named([...frame.locals])), ...named(dbg.globals)])]
}
