/**
 * What a stopped program holds, as a tree that a client unfolds: scopes of a frame, variables, what is inside of them. Nothing is
 * read before it is asked for, and only the page that is. A reference to a node is good until the program goes on. Called by
 * inspection.ts.
 */
import { setVariable } from '../debug/assign.ts'
import { type Debugger, type Frame, type Variable, type Watched, lanesOf, membersOf, shapes } from '../debug/index.ts'
import { VitrineError } from '../errors.ts'
import { moduleNames } from '../module/names.ts'
import { Func } from '../runtime/func.ts'
import { isHeapObject } from '../runtime/heap.ts'
import type { Table } from '../runtime/table.ts'
import type { Instance } from '../runtime/instance.ts'
import { I32, I64, V128 } from '../spec/types.ts'
import { canonicalTypeIn } from '../debug/values.ts'
import { elementVariable, globalVariable } from '../debug/watch.ts'
import { memoryReference } from './memory.ts'
import type { ProtocolVariable } from './protocol.ts'

/** Something that can be unfolded. Its items are either all named or all counted. */
export interface Node {
  readonly count: number
  readonly isIndexed: boolean
  list(start: number, count: number): Item[]
}

export interface Item {
  readonly name: string
  readonly value: string
  readonly type: string | undefined
  readonly evaluateName?: string | undefined
  readonly inside?: Node | undefined
  readonly memoryReference?: string | undefined
  readonly canSet: boolean
  /** Replaces the value by that of an expression; gives the item as it is then. */
  set?(text: string): Item
  /** What a data breakpoint on it watches. */
  readonly watched?: Watched | undefined
}

export interface Scope {
  readonly name: string
  readonly hint: 'locals' | 'registers' | undefined
  readonly node: Node
}

/** Rows of bytes in which a memory is shown. */
const ROW = 16

const named = (items: () => Item[], count: number): Node => ({
  count,
  isIndexed: false,
  list: (start, wanted) => items().slice(start, start + wanted),
})

/** What variables are shown for: the program, the frame in which expressions are evaluated, how numbers look. */
export class Tree {
  private readonly dbg: Debugger
  private readonly frame: Frame | undefined
  private readonly hex: boolean

  constructor(dbg: Debugger, frame: Frame | undefined, hex: boolean) {
    this.dbg = dbg
    this.frame = frame
    this.hex = hex
  }

  private get instance(): Instance {
    return this.frame?.instance ?? this.dbg.instance
  }

  scopes(): Scope[] {
    const { frame, instance } = this
    const scopes: Scope[] = []
    const add = (name: string, node: Node, hint?: Scope['hint']): void => {
      if (node.count > 0 || name === 'Locals') scopes.push({ name, hint, node })
    }
    if (frame !== undefined) {
      const { locals, stack } = frame
      add(
        'Locals',
        named(() => [...frame.locals].map((v) => this.local(v)), locals.length),
        'locals',
      )
      add(
        'Operand Stack',
        named(() => [...frame.stack].reverse().map((v, i) => this.item(`stack[${i}]`, v, `stack[${i}]`)), stack.length),
        'registers',
      )
    }
    add(
      'Globals',
      named(() => instance.globals.map((_, i) => this.global(globalVariable(instance, i))), instance.globals.length),
    )
    add(
      'Tables',
      named(() => instance.tables.map((table, i) => this.table(table, i)), instance.tables.length),
    )
    add(
      'Memories',
      named(() => instance.memories.map((_, i) => this.memory(i)), instance.memories.length),
    )
    return scopes
  }

  local(variable: Variable): Item {
    const { index } = variable
    const name = variable.name ?? `$${index}`
    return this.item(name, variable, expressionName(variable.name, `$${index}`), {
      local: variable.name ?? index,
      func: this.frame!.funcidx,
    })
  }

  global(variable: Variable): Item {
    const { index } = variable
    const name = variable.name ?? `global[${index}]`
    const { locals } = this.frame ?? { locals: [] }
    // A local of the same name hides it.
    const isHidden = [...locals].some((local) => local.name === variable.name)
    const expression = isHidden ? `global[${index}]` : expressionName(variable.name, `global[${index}]`)
    return this.item(name, variable, expression, { global: variable.name ?? index })
  }

  /** A variable as an item. */
  item(name: string, variable: Variable, evaluateName?: string, watched?: Watched, type: string = variable.type): Item {
    const { dbg, frame } = this
    return {
      name,
      value: this.text(variable),
      type,
      evaluateName,
      inside: this.inside(variable),
      memoryReference: this.pointer(variable),
      canSet: variable.canSet,
      set: (text) => {
        setVariable(dbg, frame, variable, text)
        return this.item(name, variable, evaluateName, watched, type)
      },
      watched,
    }
  }

  /** A number that expressions have as a value. */
  number(type: string, value: unknown, text: string): Pick<Item, 'value' | 'type' | 'memoryReference'> {
    const isInteger = typeof value === 'bigint' || type === 'i32'
    const pointer = isInteger ? this.address(BigInt(value as number | bigint), type === 'i64') : undefined
    return {
      type,
      value: isInteger && this.hex ? hexText(BigInt(value as number | bigint), type === 'i64' ? 64 : 32) : text,
      memoryReference: pointer,
    }
  }

  private text(variable: Variable): string {
    if (this.hex && (variable.valtype === I32 || variable.valtype === I64))
      return hexText(BigInt(variable.value as number | bigint), variable.valtype === I64 ? 64 : 32)
    const { reference } = variable
    if (!(reference instanceof Func)) return variable.text
    const name = reference.instance === undefined ? undefined : moduleNames(reference.instance.module).funcs.get(reference.funcidx)
    return name === undefined ? variable.text : `${variable.text} ${name}`
  }

  /** A number that may be an address of memory 0. */
  private pointer({ valtype, value }: Variable): string | undefined {
    return valtype === I32 || valtype === I64 ? this.address(BigInt(value as number | bigint), valtype === I64) : undefined
  }
  private address(value: bigint, isWide: boolean): string | undefined {
    const [memory] = this.instance.memories
    if (memory === undefined || isWide !== memory.is64) return undefined
    const addr = BigInt.asUintN(isWide ? 64 : 32, value)
    return addr > 0n && addr < BigInt(memory.byteLength) ? memoryReference(Number(addr)) : undefined
  }

  private inside(variable: Variable): Node | undefined {
    if (variable.valtype === V128) return named(() => shapes.map((shape) => this.lanes(variable, shape)), shapes.length)
    const members = membersOf(variable, this.instance)
    if (members === undefined) return undefined
    const { reference } = variable
    const watched: Watched | undefined = isHeapObject(reference) ? { object: reference } : undefined
    return {
      count: members.count,
      isIndexed: !members.named,
      list: (start, count) =>
        members
          .list(start, count)
          .map(({ variable: member, type }) =>
            this.item(member.name ?? (members.named ? `field ${member.index}` : `[${member.index}]`), member, undefined, watched, type),
          ),
    }
  }

  private lanes(variable: Variable, shape: (typeof shapes)[number]): Item {
    const lanes = lanesOf(variable, shape)
    const all = lanes.list(0, lanes.count)
    return {
      name: shape,
      value: all.map(({ variable: lane }) => this.text(lane)).join(' '),
      type: shape,
      canSet: false,
      inside: {
        count: lanes.count,
        isIndexed: true,
        list: (start, count) =>
          lanes.list(start, count).map(({ variable: lane, type }) => this.item(`[${lane.index}]`, lane, undefined, undefined, type)),
      },
    }
  }

  private table(table: Table, index: number): Item {
    const { instance } = this
    const type = canonicalTypeIn(instance, table.type.element)
    const name = moduleNames(instance.module).tables.get(index) ?? `table ${index}`
    const element = (i: number): Item =>
      this.item(`[${i}]`, elementVariable(instance, index, i)!, `table[${i}${index === 0 ? '' : `, ${index}`}]`, { table: index, index: i })
    const { length } = table.elements
    return {
      name,
      value: `${length} element${length === 1 ? '' : 's'}`,
      type: type.text,
      canSet: false,
      inside: { count: length, isIndexed: true, list: (start, count) => numbers(start, count, length).map(element) },
    }
  }

  private memory(index: number): Item {
    const { dbg, instance } = this
    const { byteLength, type } = instance.memories[index]!
    const pages = byteLength / 2 ** type.pageSizeLog2
    const rows = Math.ceil(byteLength / ROW)
    const row = (i: number): Item => {
      const bytes = dbg.readMemory(i * ROW, ROW, index)
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
      const text = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
      return {
        name: `0x${(i * ROW).toString(16).padStart(8, '0')}`,
        value: `${hex}  ${text}`,
        type: undefined,
        memoryReference: memoryReference(i * ROW, index),
        canSet: false,
        watched: { memory: index, addr: i * ROW, size: bytes.length },
      }
    }
    return {
      name: moduleNames(instance.module).memories.get(index) ?? `memory ${index}`,
      value: `${byteLength} bytes, ${pages} page${pages === 1 ? '' : 's'}`,
      type: type.limits.is64 ? 'memory i64' : 'memory',
      memoryReference: memoryReference(0, index),
      canSet: false,
      inside: { count: rows, isIndexed: true, list: (start, count) => numbers(start, count, rows).map(row) },
    }
  }
}

const numbers = (start: number, count: number, length: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(length, start + count) - start) }, (_, i) => start + i)

const hexText = (value: bigint, bits: number): string => `0x${BigInt.asUintN(bits, value).toString(16)}`

/** How an expression writes a name; names that it cannot write go by their number. */
function expressionName(name: string | undefined, otherwise: string): string {
  if (name === undefined) return otherwise
  return /^[A-Za-z_][\w.]*$/.test(name) ? name : `$"${name.replaceAll(/["\\]/g, '\\$&')}"`
}

/** Nodes by the numbers that the client has for them. */
export class Handles {
  private readonly nodes: Node[] = []

  /** A number from 1 on. */
  add(node: Node): number {
    return this.nodes.push(node)
  }

  get(reference: number): Node {
    const node = this.nodes[reference - 1]
    if (node === undefined) throw new VitrineError('usage', `there is no variable reference ${reference} at this stop`)
    return node
  }

  /** How a node is announced. */
  announce(node: Node | undefined): { variablesReference: number; namedVariables?: number; indexedVariables?: number } {
    if (node === undefined || node.count === 0) return { variablesReference: 0 }
    return { variablesReference: this.add(node), ...(node.isIndexed ? { indexedVariables: node.count } : { namedVariables: node.count }) }
  }

  describe(item: Item): ProtocolVariable {
    const { name, value, type, evaluateName, inside, memoryReference: memory, canSet } = item
    return {
      name,
      value,
      ...(type === undefined ? {} : { type }),
      ...(evaluateName === undefined ? {} : { evaluateName }),
      ...this.announce(inside),
      ...(memory === undefined ? {} : { memoryReference: memory }),
      ...(canSet ? {} : { presentationHint: { attributes: ['readOnly'] } }),
    }
  }
}

/** The item of that name: `[5]` is looked up, others are gone through. */
export function itemNamed(node: Node, name: string): Item {
  const index = node.isIndexed ? /^\[(\d+)\]$/.exec(name)?.[1] : undefined
  const list = index === undefined ? node.list(0, node.isIndexed ? 10_000 : node.count) : node.list(Number(index), 1)
  const found = list.find((item) => item.name === name)
  if (found === undefined) throw new VitrineError('usage', `there is no ${name} here`)
  return found
}
