/**
 * One sentence for each instruction on numbers and memory whose name says type and operation: `i32.div_s`, `f64.load`,
 * `i64.atomic.rmw8.add_u`. Keyed by the operation, since the types share the sentence. Called by ./index.ts.
 */

const signs: Readonly<Record<string, string>> = { s: 'signed', u: 'unsigned' }
const bitsOf = (type: string): string => type.slice(1)
/** `i32` → "an i32". */
const noun = (type: string): string => `an ${type}`

/** Operations on integers and floats without a sign in the name. */
const plain: Readonly<Record<string, (type: string) => string>> = {
  const: (t) => `Pushes the constant that stands in the instruction, as ${noun(t)}.`,
  eqz: () => 'Pushes 1 if the operand is zero, else 0.',
  eq: (t) => `Pushes 1 if the operands are equal, else 0${t.startsWith('f') ? ' (a NaN equals nothing, -0 equals +0)' : ''}.`,
  ne: (t) => `Pushes 1 if the operands differ, else 0${t.startsWith('f') ? ' (a NaN differs from everything)' : ''}.`,
  lt: () => 'Pushes 1 if the first operand is less than the second, else 0 (also when one is NaN).',
  gt: () => 'Pushes 1 if the first operand is greater than the second, else 0 (also when one is NaN).',
  le: () => 'Pushes 1 if the first operand is at most the second, else 0 (also when one is NaN).',
  ge: () => 'Pushes 1 if the first operand is at least the second, else 0 (also when one is NaN).',
  clz: (t) => `Counts the zero bits above the highest one bit; ${bitsOf(t)} for zero.`,
  ctz: (t) => `Counts the zero bits below the lowest one bit; ${bitsOf(t)} for zero.`,
  popcnt: () => 'Counts the one bits.',
  add: (t) => (t.startsWith('f') ? 'Adds two floats and rounds to nearest, ties to even.' : `Adds two integers modulo 2^${bitsOf(t)}.`),
  sub: (t) =>
    t.startsWith('f')
      ? 'Subtracts the second float from the first and rounds to nearest, ties to even.'
      : `Subtracts the second integer from the first, modulo 2^${bitsOf(t)}.`,
  mul: (t) =>
    t.startsWith('f') ? 'Multiplies two floats and rounds to nearest, ties to even.' : `Multiplies two integers modulo 2^${bitsOf(t)}.`,
  div: () => 'Divides the first float by the second and rounds; division by zero gives an infinity or NaN.',
  and: () => 'Bitwise and of two integers.',
  or: () => 'Bitwise or of two integers.',
  xor: () => 'Bitwise exclusive or of two integers.',
  shl: (t) => `Shifts the first integer left by the second modulo ${bitsOf(t)}; zeros come in from the right.`,
  rotl: (t) => `Rotates the bits of the first integer left by the second modulo ${bitsOf(t)}.`,
  rotr: (t) => `Rotates the bits of the first integer right by the second modulo ${bitsOf(t)}.`,
  abs: () => 'Clears the sign bit, also of a NaN.',
  neg: () => 'Flips the sign bit, also of a NaN.',
  ceil: () => 'Rounds up to a whole number.',
  floor: () => 'Rounds down to a whole number.',
  trunc: () => 'Rounds towards zero to a whole number.',
  nearest: () => 'Rounds to the nearest whole number, ties to the even one.',
  sqrt: () => 'Square root, correctly rounded; NaN for numbers below zero.',
  min: () => 'The smaller of two floats; NaN if one is NaN; -0 is smaller than +0.',
  max: () => 'The greater of two floats; NaN if one is NaN; +0 is greater than -0.',
  copysign: () => 'The first float with the sign of the second.',
  add128: () => 'Adds two 128-bit integers, each given as low half and high half.',
  sub128: () => 'Subtracts the second 128-bit integer from the first, each given as low half and high half.',
}

/** Operations with a sign: `div_s`. */
const signed: Readonly<Record<string, (type: string, sign: string) => string>> = {
  lt: (_, s) => `Pushes 1 if the first operand is less than the second, both taken as ${s}, else 0.`,
  gt: (_, s) => `Pushes 1 if the first operand is greater than the second, both taken as ${s}, else 0.`,
  le: (_, s) => `Pushes 1 if the first operand is at most the second, both taken as ${s}, else 0.`,
  ge: (_, s) => `Pushes 1 if the first operand is at least the second, both taken as ${s}, else 0.`,
  div: (_, s) => `Divides the first integer by the second, both taken as ${s}, and drops the fraction.`,
  rem: (_, s) =>
    `Remainder of the ${s} division of the first integer by the second${s === 'signed' ? '; it has the sign of the first' : ''}.`,
  shr: (t, s) =>
    `Shifts the first integer right by the second modulo ${bitsOf(t)}; ${s === 'signed' ? 'copies of the sign bit' : 'zeros'} come in from the left.`,
  mul_wide: (_, s) => `Multiplies two 64-bit integers, taken as ${s}, to a product of 128 bits: low half, high half.`,
}

const rmw: Readonly<Record<string, string>> = {
  add: 'adds the operand to it',
  sub: 'subtracts the operand from it',
  and: 'combines it with the operand by bitwise and',
  or: 'combines it with the operand by bitwise or',
  xor: 'combines it with the operand by bitwise exclusive or',
  xchg: 'replaces it by the operand',
  cmpxchg: 'replaces it by the second operand if it equals the first',
}

/** The sentence for `type.operation`; undefined if the name is none of these. */
export function scalarMeaning(name: string): string | undefined {
  const [, type, operation] = /^([if](?:32|64))\.(.+)$/.exec(name) ?? []
  if (type === undefined || operation === undefined) return undefined
  return access(type, operation) ?? conversion(type, operation) ?? atomic(type, operation) ?? arithmetic(type, operation)
}

function arithmetic(type: string, operation: string): string | undefined {
  const [, base, sign] = /^(.+)_([su])$/.exec(operation) ?? []
  return base === undefined ? plain[operation]?.(type) : signed[base]?.(type, signs[sign!]!)
}

function access(type: string, operation: string): string | undefined {
  const [, kind, width, sign] = /^(load|store)(8|16|32)?(?:_([su]))?$/.exec(operation) ?? []
  if (kind === undefined) return undefined
  const bytes = Number(width ?? bitsOf(type)) / 8
  const size = bytes === 1 ? '1 byte' : `${bytes} bytes`
  if (kind === 'store') {
    return width === undefined
      ? `Writes ${noun(type)} to memory: ${size}, little-endian.`
      : `Writes the low ${width} bits of ${noun(type)} to memory: ${size}.`
  }
  return sign === undefined
    ? `Reads ${size} of memory as ${noun(type)}, little-endian.`
    : `Reads ${size} of memory as a ${signs[sign]!} integer and widens it to ${type}.`
}

function conversion(type: string, operation: string): string | undefined {
  const [, what, from, sign] =
    /^(wrap|trunc|trunc_sat|extend|convert|demote|promote|reinterpret)_([if]\d+)(?:_([su]))?$/.exec(operation) ?? []
  const s = signs[sign ?? '']
  switch (what) {
    case 'wrap':
      return 'Keeps the low 32 bits.'
    case 'trunc':
      return `Turns ${noun(from!)} into a ${s!} integer, rounding towards zero.`
    case 'trunc_sat':
      return `Turns ${noun(from!)} into a ${s!} integer, rounding towards zero; beyond the range it gives the nearest end, for NaN 0.`
    case 'extend':
      return `Widens a 32-bit integer, taken as ${s!}, to 64 bits.`
    case 'convert':
      return `Turns ${noun(from!)}, taken as ${s!}, into ${noun(type)}, rounding to nearest, ties to even.`
    case 'demote':
      return 'Rounds an f64 to f32, to nearest, ties to even.'
    case 'promote':
      return 'Widens an f32 to f64; the value stays the same.'
    case 'reinterpret':
      return `Takes the bits of ${noun(from!)} as ${noun(type)}; nothing is converted.`
    default: {
      const narrow = /^extend(8|16|32)_s$/.exec(operation)?.[1]
      return narrow === undefined ? undefined : `Takes the low ${narrow} bits as a signed integer and widens them to ${bitsOf(type)}.`
    }
  }
}

function atomic(type: string, operation: string): string | undefined {
  const [, what, width] = /^atomic\.(load|store)(8|16|32)?(?:_u)?$/.exec(operation) ?? []
  const part = (bits: string | undefined): string => (bits === undefined ? noun(type) : `${bits} bits`)
  if (what === 'load')
    return `Reads ${part(width)} of memory atomically${width === undefined ? '' : ` and widens them, unsigned, to ${type}`}.`
  if (what === 'store') return `Writes ${width === undefined ? noun(type) : `the low ${width} bits`} to memory atomically.`
  const [, narrow, action] = /^atomic\.rmw(8|16|32)?\.([a-z]+?)(?:_u)?$/.exec(operation) ?? []
  const done = rmw[action ?? '']
  return done === undefined ? undefined : `In one atomic step reads ${part(narrow)} of memory, ${done}, and pushes what was there before.`
}
