/** Ops in a row that the dispatch loop does in one turn leave behind what they leave one by one. */
import { expect, test } from 'vitest'
import { instantiate } from '../embedding/instantiate.ts'
import { compile } from '../embedding/module.ts'
import { NOT_LINKED } from '../ops/numbers.gen.ts'
import { opNames } from '../ops/op-names.gen.ts'
import { layoutOf, lengthAt, opLengths, targetPlaces } from '../ops/op-table.ts'
import { CodeUnit } from '../runtime/code.ts'
import * as STATUS from '../runtime/status.ts'
import { Thread } from '../runtime/thread.ts'
import { watToWasm } from '../text/index.ts'
import { link, linkRange } from './link.ts'
import { FIRST_FUSED, fusions, run } from './switch.gen.ts'

const { instance } = instantiate(compile(watToWasm('(module (memory (export "m") 1) (func (export "f")))')), {})
const SLOTS = 16
/** Where a branch goes, and a return: an op that ends the run. */
const LEAVE = opNames.indexOf('leave')

let state = 1
const random = (n: number): number => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8) % n
/** Numbers at which something happens: small ones, addresses around the end of the memory, the ends of the range. */
const someInt = (): number => [random(100), 65_536 - random(16), -random(9), random(2 ** 24) - 2 ** 23, 0x7fff_ffff, 0][random(6)]!

/** The row of ops with operands of all kinds; where an op takes what the one before has written, it does. */
function codeOf(row: readonly number[]): Int32Array {
  const code: number[] = []
  let written = 0
  for (let i = 0; i < row.length; i += 2) {
    const op = row[i]!
    const at = code.length
    code.push(op)
    for (const letter of layoutOf(op).replace('!', '')) {
      const kind = letter.toLowerCase()
      if (kind === 'r') code.push(2 * random(SLOTS - 1))
      else if (kind === 'f') code.push(random(SLOTS - 1))
      else if (kind === 'k') code.push(opNames[op]!.endsWith('_k') ? someInt() : random(8))
      else code.push(-1)
    }
    if (i > 0 && row[i - 1]! > 0) code[at + row[i - 1]!] = written
    written = code[at + 1]!
  }
  const end = code.length
  code.push(LEAVE, LEAVE)
  for (let at = 0; at < end; at += opLengths[code[at]!]!) {
    const place = targetPlaces[code[at]!]!
    if (place > 0) code[at + place] = end + 1
  }
  return Int32Array.from(code)
}

interface Outcome {
  readonly status: number
  readonly pc: number
  readonly ticks: number
  readonly registers: readonly number[]
  readonly memory: number
}
function outcome(code: Int32Array, fused: boolean, registers: readonly number[], ticks: number): Outcome {
  const unit = new CodeUnit(instance.module, 'fast', code, code.length, new Int32Array(1))
  unit.starts.push(0)
  unit.shapes.push({ funcidx: 0, size: 0, link: 0, mayCatch: false })
  if (fused) link(unit, 0)
  else linkRange(code, unit.linked, 0, code.length)
  expect(unit.linked[0]!.op >= FIRST_FUSED).toBe(fused)
  const T = new Thread(instance, {} as never, { slots: SLOTS, frames: 4, arrayBytes: 0 })
  T.unit = unit
  T.R.set(registers)
  T.ticks = ticks
  const { bytes } = instance.memory0
  bytes.fill(0)
  for (let i = 0; i < 200; i++) bytes[i] = i * 7
  let status: number
  while ((status = run(T)) === STATUS.link) link(unit, T.pc)
  return {
    status,
    pc: T.pc,
    ticks: T.ticks,
    registers: [...T.R.subarray(0, 2 * SLOTS)],
    memory: bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0),
  }
}

test.each(fusions.map((row, i) => [row.filter((_, k) => k % 2 === 0).map((op) => opNames[op]!), i] as const))('%s', (_, i) => {
  const row = fusions[i]!
  const statuses = new Set<number>()
  for (let round = 0; round < 30; round++) {
    const code = codeOf(row)
    const registers = Array.from({ length: 2 * SLOTS }, someInt)
    // Where a return finds its way back.
    for (let at = 0; at < code.length; at += lengthAt(code, at))
      if (opNames[code[at]!] === 'return') registers.splice(code[at + 1]!, 2, code.length - 1, 0)
    const ticks = 1 + random(3)
    const one = outcome(code, false, registers, ticks)
    expect(outcome(code, true, registers, ticks)).toEqual(one)
    statuses.add(one.status)
  }
  expect(statuses.has(STATUS.leave)).toBe(true)
})

const [ADD_K, LOAD8_U, BR, RETURN] = ['i32.add_k', 'load8_u', 'br', 'return'].map((name) => opNames.indexOf(name)) as [
  number,
  number,
  number,
  number,
]
function unitOf(code: readonly number[]): CodeUnit {
  const unit = new CodeUnit(instance.module, 'fast', Int32Array.from(code), code.length, new Int32Array(1))
  unit.starts.push(0)
  unit.shapes.push({ funcidx: 0, size: 0, link: 0, mayCatch: false })
  return unit
}

test('what control does not go straight on to is linked when it is reached', () => {
  const unit = unitOf([BR, 6, ADD_K, 0, 0, 1, LOAD8_U, 0, 0, 0, RETURN, 0])
  link(unit, 0)
  expect(unit.linked.flatMap((op) => (op === undefined ? [] : [[op.pc, op.op]]))).toEqual([
    [0, BR],
    [6, NOT_LINKED],
  ])
  const target = unit.linked[6]!
  expect(unit.linked[0]!.to).toBe(target)
  link(unit, 6)
  // The same object, so that whoever leads to it leads to the op now.
  expect(unit.linked[6]).toBe(target)
  expect([target.op, target.next.op]).toEqual([LOAD8_U, RETURN])
})

test('a row of ops is one case too when its end was linked before its beginning', () => {
  const unit = unitOf([ADD_K, 0, 0, 1, LOAD8_U, 2, 0, 0, RETURN, 0])
  link(unit, 4)
  const second = unit.linked[4]
  link(unit, 0)
  expect(unit.linked[0]!.next).toBe(second)
  expect(unit.linked[0]!.op).toBeGreaterThanOrEqual(FIRST_FUSED)
})

test('a range is linked as a whole, and nothing in it is fused', () => {
  const unit = unitOf([BR, 6, ADD_K, 0, 0, 1, ADD_K, 0, 0, 1, LOAD8_U, 2, 0, 0, RETURN, 0])
  linkRange(unit.code, unit.linked, 0, unit.length)
  expect(unit.linked.flatMap((op) => (op === undefined ? [] : [op.op]))).toEqual([BR, ADD_K, ADD_K, LOAD8_U, RETURN])
  expect(unit.linked[0]!.to).toBe(unit.linked[6])
})
