/** Every instruction is explained; the explanations agree with the instruction table. */
import { describe, expect, it } from 'vitest'
import { byName, instructions } from '../instructions.ts'
import { meaningOf } from './index.ts'
import { words } from './words.ts'

const of = (name: string): ReturnType<typeof meaningOf> => meaningOf(byName.get(name)!)

describe('meanings', () => {
  it('every instruction has a sentence, a stack type and a section', () => {
    for (const row of instructions) {
      const { text, type, section } = meaningOf(row)
      expect([row.name, text]).toEqual([row.name, expect.stringMatching(/^[A-Z].*\.$/)])
      expect([row.name, text]).not.toEqual([row.name, expect.stringMatching(/undefined|\s{2}/)])
      expect([row.name, type]).toEqual([row.name, expect.stringMatching(/^\[.*\] -> \[.*\]$/)])
      expect(section).toMatch(/^§3\.4\.\d+ and §4\.6\.\d+|proposal/)
    }
  })
  it('has no sentence for what is no instruction, and types only where the table has none', () => {
    for (const [name, { type }] of Object.entries(words)) {
      const rows = instructions.filter((row) => row.name === name)
      expect([name, rows.length]).not.toEqual([name, 0])
      for (const row of rows) expect([name, type !== undefined]).toEqual([name, row.type === undefined])
    }
  })
  it('tells apart the second row of a name', () => {
    const texts = instructions.filter(({ name }) => name === 'ref.test').map((row) => meaningOf(row).text)
    expect(new Set(texts).size).toBe(2)
  })
  it('knows families and their traps', () => {
    expect(of('i32.div_s')).toEqual({
      text: 'Divides the first integer by the second, both taken as signed, and drops the fraction.',
      type: '[i32 i32] -> [i32]',
      traps: ['integer divide by zero', 'integer overflow'],
      section: '§3.4.10 and §4.6.10, numeric instructions',
    })
    expect(of('i64.rem_s').traps).toEqual(['integer divide by zero'])
    expect(of('i32.trunc_f64_u').traps).toEqual(['integer overflow', 'invalid conversion to integer'])
    expect(of('i32.trunc_sat_f64_u').traps).toEqual([])
    expect(of('i64.load16_s').text).toBe('Reads 2 bytes of memory as a signed integer and widens it to i64.')
    expect(of('i64.load16_s').type).toBe('[at] -> [i64]')
    expect(of('v128.load32_lane').traps).toEqual(['out of bounds memory access'])
    expect(of('i64.atomic.rmw8.cmpxchg_u').text).toBe(
      'In one atomic step reads 8 bits of memory, replaces it by the second operand if it equals the first, and pushes what was there before.',
    )
    expect(of('i16x8.extmul_high_i8x16_u').text).toBe(
      'Multiplies the lanes in the upper half of two i8x16 vectors, taken as unsigned, to products of 16 bits.',
    )
    expect(of('f32x4.add').text).toBe('In each of the 4 lanes: adds.')
    expect(of('array.set').traps).toEqual(['null array reference', 'out of bounds array access'])
    expect(of('f32.add').traps).toEqual([])
  })
})
