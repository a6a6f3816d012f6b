/**
 * What Web IDL prescribes for the classes and operations of the namespace: property descriptors, conversions of arguments,
 * brand checks. Errors are the TypeErrors that Web IDL asks for; messages begin with the operation's name.
 */

/** Members of an interface as an object literal of methods and accessors; `this` is whatever the caller gave. */
export type Members = object & ThisType<unknown>
type Class = abstract new (...args: never[]) => object

/** Copies methods and accessors as Web IDL has them: enumerable and configurable. */
export function defineMembers(target: object, members: Members): void {
  for (const key of Object.keys(members)) {
    const property = Object.getOwnPropertyDescriptor(members, key)!
    Object.defineProperty(target, key, { ...property, enumerable: true, configurable: true })
  }
}

/** A property that is there to be read, like `name` of a function. */
export function defineFixed(target: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: false, enumerable: false, configurable: true })
}

/** Completes a class. Its name is given: a minifier may have taken the one in the source away. */
export function defineInterface(interface_: Class, name: string, members: Members, statics: Members = {}): void {
  defineFixed(interface_, 'name', name)
  defineFixed(interface_.prototype as object, Symbol.toStringTag, `WebAssembly.${name}`)
  defineMembers(interface_.prototype as object, members)
  defineMembers(interface_, statics)
}

/** The internal slots of the instances of one interface: who has an entry is one. */
export class Slots<T extends object> {
  private readonly name: string
  private readonly slots: WeakMap<object, T> = new WeakMap()
  constructor(name: string) {
    this.name = name
  }
  set(object: object, slots: T): void {
    this.slots.set(object, slots)
  }
  find(value: unknown): T | undefined {
    return isObject(value) ? this.slots.get(value) : undefined
  }
  /** `what`: the operation and which of its values this is. */
  get(value: unknown, what: string): T {
    const found = this.find(value)
    if (found === undefined) throw new TypeError(`WebAssembly.${what} must be a WebAssembly.${this.name}`)
    return found
  }
}

export const isObject = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function'

/** A dictionary: undefined and null are empty ones. */
export function dictionary(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw new TypeError(`WebAssembly.${what} must be an object`)
  return value as Record<string, unknown>
}
/** A descriptor, of which a member is required. */
export function descriptor(value: unknown, what: string): Record<string, unknown> {
  if (!isObject(value)) throw new TypeError(`WebAssembly.${what}: Argument 0 must be a descriptor`)
  return value as Record<string, unknown>
}

/** What iterating gives, or undefined if the value is not iterable. The method is read once, which a getter would notice. */
export function iterate(value: unknown): unknown[] | undefined {
  const method = value === undefined || value === null ? undefined : (value as Partial<Iterable<unknown>>)[Symbol.iterator]
  if (typeof method !== 'function') return undefined
  return [...{ [Symbol.iterator]: () => Reflect.apply(method, value, []) as Iterator<unknown> }]
}

export function sequence(value: unknown, what: string): unknown[] {
  const values = isObject(value) ? iterate(value) : undefined
  if (values === undefined) throw new TypeError(`WebAssembly.${what} must be iterable`)
  return values
}

/** ToString: also refuses a Symbol, unlike `String`. */
export const toText = (value: unknown): string => `${value as string}`

/** ToNumber: refuses a BigInt and a Symbol with a TypeError, unlike `Number`. */
export const toNumber = (value: unknown): number => +(value as number)

/** `[EnforceRange] unsigned long`. */
export function unsignedLong(value: unknown, what: string): number {
  const number = Math.trunc(toNumber(value))
  if (!(number >= 0 && number <= 0xffff_ffff)) throw new TypeError(`WebAssembly.${what} must be a number from 0 to 2^32 - 1`)
  // -0 is 0.
  return number + 0
}

/** Far more than 64 bits, so that ToBigInt, which is all this is here for, does not wrap a number into the range. */
const WIDE = 2 ** 20

/**
 * AddressValueToU64: a Number for 32-bit addresses, a BigInt for 64-bit ones. Above 2^53 the result is rounded, which no limit notices.
 * Without BigInt, 64-bit addresses are Numbers too.
 */
export function addressValue(value: unknown, is64: boolean, what: string): number {
  if (!is64) return unsignedLong(value, what)
  if (typeof BigInt === 'undefined') {
    const number = Math.trunc(toNumber(value))
    if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) throw new TypeError(`WebAssembly.${what} must be a number from 0 to 2^53 - 1`)
    return number + 0
  }
  const big = BigInt.asIntN(WIDE, value as bigint)
  // Not `**`, which compilers for old engines make Math.pow of.
  if (big < 0 || big >> BigInt(64) > 0) throw new TypeError(`WebAssembly.${what} must be a BigInt from 0 to 2^64 - 1`)
  return Number(big)
}
/** U64ToAddressValue. */
export const fromAddress = (value: number, is64: boolean): number | bigint =>
  is64 && typeof BigInt !== 'undefined' ? BigInt(value) : value

/** The member `address` of a descriptor; true for `i64`. */
export function addressType(value: unknown, what: string): boolean {
  if (value === undefined) return false
  const text = toText(value)
  if (text !== 'i32' && text !== 'i64')
    throw new TypeError(`WebAssembly.${what}: address must be "i32" or "i64", not ${JSON.stringify(text)}`)
  return text === 'i64'
}

/** The members `initial` and `maximum` of a descriptor, in this order. */
export function limits(
  from: Record<string, unknown>,
  is64: boolean,
  what: string,
): { min: number; max: number | undefined; is64: boolean } {
  const { initial } = from
  if (initial === undefined) throw new TypeError(`WebAssembly.${what}: initial is required`)
  const min = addressValue(initial, is64, `${what}: initial`)
  const { maximum } = from
  const max = maximum === undefined ? undefined : addressValue(maximum, is64, `${what}: maximum`)
  if (max !== undefined && max < min) throw new RangeError(`WebAssembly.${what}: maximum ${max} is below initial ${min}`)
  return { min, max, is64 }
}

type Getter = (this: unknown) => number
// oxlint-disable-next-line typescript/unbound-method -- it is called with the object to look at
const byteLengthOf = (prototype: object): Getter => Object.getOwnPropertyDescriptor(prototype, 'byteLength')!.get as Getter
const lengthOfBuffer = byteLengthOf(ArrayBuffer.prototype)
const lengthOfShared = typeof SharedArrayBuffer === 'undefined' ? undefined : byteLengthOf(SharedArrayBuffer.prototype)

/** Length of a buffer of any realm, undefined for anything else: the getters tell. */
function bufferLength(value: unknown): number | undefined {
  for (const getter of [lengthOfBuffer, lengthOfShared]) {
    try {
      if (getter !== undefined) return Reflect.apply(getter, value, [])
    } catch {
      continue
    }
  }
  return undefined
}

/** A copy of the bytes that a BufferSource holds, shared or not; a detached one holds none. */
export function copyBytes(source: unknown, what: string): Uint8Array {
  if (ArrayBuffer.isView(source)) {
    const { buffer, byteOffset, byteLength } = source
    return byteLength === 0 ? new Uint8Array(0) : new Uint8Array(buffer, byteOffset, byteLength).slice()
  }
  const length = bufferLength(source)
  if (length !== undefined) return length === 0 ? new Uint8Array(0) : new Uint8Array(source as ArrayBuffer).slice()
  throw new TypeError(`WebAssembly.${what}: Argument 0 must be an ArrayBuffer or a view of one`)
}

/** An optional `object` argument. */
export function optionalObject(value: unknown, what: string): object | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) throw new TypeError(`WebAssembly.${what} must be an object`)
  return value
}
