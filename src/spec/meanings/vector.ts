/**
 * One sentence for each vector instruction: `i8x16.add_sat_s`, `v128.load32_splat`. Keyed by the operation, since the
 * shapes share the sentence. Called by ./index.ts.
 */

const signs: Readonly<Record<string, string>> = { s: 'signed', u: 'unsigned' }

interface Shape {
  readonly lanes: number
  /** `i8`, `f32`. */
  readonly lane: string
  readonly bits: number
}
function shapeOf(text: string): Shape | undefined {
  const [, kind, bits, lanes] = /^([if])(\d+)x(\d+)$/.exec(text) ?? []
  return kind === undefined ? undefined : { lane: kind + bits!, bits: Number(bits), lanes: Number(lanes) }
}
const each = (s: Shape): string => `In each of the ${s.lanes} lanes`

/** Operations without a sign. */
const plain: Readonly<Record<string, (s: Shape) => string>> = {
  splat: (s) => `Makes a vector whose ${s.lanes} lanes all hold the operand${s.bits < 32 ? `'s low ${s.bits} bits` : ''}.`,
  extract_lane: (s) => `Pushes the ${s.lane} in the lane that the instruction names.`,
  replace_lane: () => 'The vector with one lane, which the instruction names, replaced by the second operand.',
  shuffle: () => 'Picks 16 bytes out of the 32 of two vectors; the instruction says which.',
  swizzle: () => 'Picks bytes of the first vector by the indices in the second; an index of 16 or more gives 0.',
  eq: (s) => `${each(s)}: all ones if the operands are equal, else zero.`,
  ne: (s) => `${each(s)}: all ones if the operands differ, else zero.`,
  lt: (s) => `${each(s)}: all ones if the first is less than the second, else zero.`,
  gt: (s) => `${each(s)}: all ones if the first is greater than the second, else zero.`,
  le: (s) => `${each(s)}: all ones if the first is at most the second, else zero.`,
  ge: (s) => `${each(s)}: all ones if the first is at least the second, else zero.`,
  abs: (s) => `${each(s)}: the absolute value.`,
  neg: (s) => `${each(s)}: the negative.`,
  popcnt: (s) => `${each(s)}: counts the one bits.`,
  all_true: () => 'Pushes 1 if no lane is zero, else 0.',
  bitmask: (s) => `Pushes the top bits of the ${s.lanes} lanes as one number, lane 0 in the lowest bit.`,
  shl: (s) => `${each(s)}: shifts left by the second operand modulo ${s.bits}.`,
  add: (s) => `${each(s)}: adds${s.lane.startsWith('i') ? `, modulo 2^${s.bits}` : ''}.`,
  sub: (s) => `${each(s)}: subtracts the second from the first${s.lane.startsWith('i') ? `, modulo 2^${s.bits}` : ''}.`,
  mul: (s) => `${each(s)}: multiplies${s.lane.startsWith('i') ? `, modulo 2^${s.bits}` : ''}.`,
  div: (s) => `${each(s)}: divides the first by the second.`,
  sqrt: (s) => `${each(s)}: the square root.`,
  ceil: (s) => `${each(s)}: rounds up to a whole number.`,
  floor: (s) => `${each(s)}: rounds down to a whole number.`,
  trunc: (s) => `${each(s)}: rounds towards zero to a whole number.`,
  nearest: (s) => `${each(s)}: rounds to the nearest whole number, ties to the even one.`,
  min: (s) => `${each(s)}: the smaller; NaN if one is NaN; -0 is smaller than +0.`,
  max: (s) => `${each(s)}: the greater; NaN if one is NaN; +0 is greater than -0.`,
  pmin: (s) => `${each(s)}: the second if it is less than the first, else the first.`,
  pmax: (s) => `${each(s)}: the second if it is greater than the first, else the first.`,
  demote_f64x2_zero: () => 'Rounds the two f64 lanes to f32; the two upper lanes are zero.',
  promote_low_f32x4: () => 'Widens the two lower f32 lanes to f64.',
  relaxed_madd: (s) => `${each(s)}: first times second plus third, rounded once or twice (hosts may differ).`,
  relaxed_nmadd: (s) => `${each(s)}: third minus first times second, rounded once or twice (hosts may differ).`,
  relaxed_laneselect: (s) =>
    `${each(s)}: the first where the mask lane is all ones, the second where it is zero (hosts may differ on other masks).`,
  relaxed_min: (s) => `${each(s)}: the smaller (hosts may differ on NaN and on zeros of different sign).`,
  relaxed_max: (s) => `${each(s)}: the greater (hosts may differ on NaN and on zeros of different sign).`,
  relaxed_swizzle: () => 'Picks bytes of the first vector by the indices in the second (hosts may differ on indices from 16 to 127).',
}

/** Operations with a sign, `…_s` or `…_u`. */
const signed: Readonly<Record<string, (s: Shape, sign: string) => string>> = {
  lt: (s, sign) => `${each(s)}, taken as ${sign}: all ones if the first is less than the second, else zero.`,
  gt: (s, sign) => `${each(s)}, taken as ${sign}: all ones if the first is greater than the second, else zero.`,
  le: (s, sign) => `${each(s)}, taken as ${sign}: all ones if the first is at most the second, else zero.`,
  ge: (s, sign) => `${each(s)}, taken as ${sign}: all ones if the first is at least the second, else zero.`,
  extract_lane: (s, sign) => `Pushes the ${s.lane} in the lane that the instruction names, widened as ${sign} to i32.`,
  shr: (s, sign) =>
    `${each(s)}: shifts right by the second operand modulo ${s.bits}, filling with ${sign === 'signed' ? 'the sign bit' : 'zeros'}.`,
  add_sat: (s, sign) => `${each(s)}, taken as ${sign}: adds; what is out of range becomes the nearest end of it.`,
  sub_sat: (s, sign) =>
    `${each(s)}, taken as ${sign}: subtracts the second from the first; what is out of range becomes the nearest end of it.`,
  min: (s, sign) => `${each(s)}, taken as ${sign}: the smaller.`,
  max: (s, sign) => `${each(s)}, taken as ${sign}: the greater.`,
  avgr: (s) => `${each(s)}: the average of the two, rounded up.`,
  q15mulr_sat: (s) => `${each(s)}: multiplies as fixed-point numbers with 15 fraction bits, rounds and saturates.`,
  dot_i16x8: () => 'Multiplies the signed 16-bit lanes and adds neighbouring products to 32-bit lanes.',
  relaxed_q15mulr: (s) => `${each(s)}: multiplies as fixed-point numbers with 15 fraction bits and rounds (hosts may differ on overflow).`,
  relaxed_dot_i8x16_i7x16: () =>
    'Multiplies signed bytes with 7-bit numbers and adds neighbouring products to 16-bit lanes (hosts may differ on a set eighth bit).',
  relaxed_dot_i8x16_i7x16_add: () =>
    'Multiplies signed bytes with 7-bit numbers, adds four neighbouring products and the third operand to 32-bit lanes (hosts may differ on a set eighth bit).',
}

/** Between shapes: the name has the other shape in it. */
function conversion(s: Shape, operation: string): string | undefined {
  const [, what, part, from, sign] =
    /^(narrow|extend|extmul|extadd_pairwise|trunc_sat|convert|relaxed_trunc)_(low_|high_)?([if]\d+x\d+)_([su])(?:_zero)?$/.exec(
      operation,
    ) ?? []
  if (what === undefined) return undefined
  const how = signs[sign!]!
  const half = part === undefined ? '' : part === 'low_' ? 'lower half' : 'upper half'
  const zero = operation.endsWith('_zero') ? '; the two upper lanes are zero' : ''
  switch (what) {
    case 'narrow':
      return `Narrows the signed lanes of both ${from!} vectors to ${s.lane}, saturating to the ${how} range; those of the first come first.`
    case 'extend':
      return `Widens the lanes in the ${half} of an ${from!}, taken as ${how}, to ${s.lane}.`
    case 'extmul':
      return `Multiplies the lanes in the ${half} of two ${from!} vectors, taken as ${how}, to products of ${s.bits} bits.`
    case 'extadd_pairwise':
      return `Adds neighbouring lanes of an ${from!}, taken as ${how}, to sums of ${s.bits} bits.`
    case 'trunc_sat':
      return `Turns the lanes of an ${from!} into ${how} integers, rounding towards zero; beyond the range the nearest end, for NaN 0${zero}.`
    case 'relaxed_trunc':
      return `Turns the lanes of an ${from!} into ${how} integers, rounding towards zero (hosts may differ on NaN and beyond the range)${zero}.`
    default:
      return `Turns the ${part === undefined ? 'lanes' : 'two lower lanes'} of an ${from!}, taken as ${how}, into ${s.lane}.`
  }
}

const whole: Readonly<Record<string, string>> = {
  'v128.load': 'Reads 16 bytes of memory as a vector.',
  'v128.store': 'Writes the 16 bytes of a vector to memory.',
  'v128.const': 'Pushes the 16 bytes that stand in the instruction.',
  'v128.not': 'Flips all 128 bits.',
  'v128.and': 'Bitwise and of two vectors.',
  'v128.andnot': 'Bitwise and of the first vector with the inverse of the second.',
  'v128.or': 'Bitwise or of two vectors.',
  'v128.xor': 'Bitwise exclusive or of two vectors.',
  'v128.bitselect': 'Takes each bit from the first vector where the third has a one, else from the second.',
  'v128.any_true': 'Pushes 1 if any bit is set, else 0.',
}

function access(name: string): string | undefined {
  const [, width, count, sign] = /^v128\.load(\d+)x(\d+)_([su])$/.exec(name) ?? []
  if (width !== undefined) return `Reads ${count!} ${signs[sign!]!} integers of ${width} bits from memory and widens each to twice as many.`
  const [, kind, bits, what] = /^v128\.(load|store)(\d+)_(splat|zero|lane)$/.exec(name) ?? []
  if (what === 'splat') return `Reads ${bits!} bits of memory and puts them into every lane.`
  if (what === 'zero') return `Reads ${bits!} bits of memory into the lowest lane; the rest is zero.`
  if (what === undefined) return undefined
  return kind === 'load'
    ? `Reads ${bits!} bits of memory into one lane of the vector; the rest stays.`
    : `Writes one lane of ${bits!} bits of the vector to memory.`
}

/** The sentence for a vector instruction; undefined if the name is none of these. */
export function vectorMeaning(name: string): string | undefined {
  const direct = whole[name] ?? access(name)
  if (direct !== undefined) return direct
  const dot = name.indexOf('.')
  const shape = shapeOf(name.slice(0, dot))
  if (shape === undefined) return undefined
  const operation = name.slice(dot + 1)
  const [, base, sign] = /^(.+)_([su])$/.exec(operation) ?? []
  return (
    plain[operation]?.(shape) ?? conversion(shape, operation) ?? (base === undefined ? undefined : signed[base]?.(shape, signs[sign!]!))
  )
}
