/** The arguments of a request, checked while they are read: whatever a client sends, it is told what is wrong with it. */

/** A request that cannot be carried out: the message is the client's answer. */
export class RequestError extends Error {}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)

/** Objects in a list at most. */
const MAX_ITEMS = 1_000_000

export class Arguments {
  private readonly where: string
  private readonly object: Readonly<Record<string, unknown>>

  /** `where`: how messages call the object. Absent arguments are an empty object. */
  constructor(where: string, value: unknown) {
    this.where = where
    if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value)))
      throw new RequestError(`${where} must be an object, not ${kindOf(value)}`)
    this.object = (value ?? {}) as Record<string, unknown>
  }

  /** The value itself; null counts as absent. */
  raw(name: string): unknown {
    return Object.hasOwn(this.object, name) ? (this.object[name] ?? undefined) : undefined
  }
  has(name: string): boolean {
    return this.raw(name) !== undefined
  }
  /** Names of all that is there. */
  names(): string[] {
    return Object.keys(this.object).filter((name) => this.has(name))
  }

  private complain(name: string, wanted: string): never {
    const value = this.raw(name)
    throw new RequestError(
      value === undefined ? `${this.where}.${name} is missing` : `${this.where}.${name} must be ${wanted}, not ${kindOf(value)}`,
    )
  }

  string(name: string): string {
    return this.maybeString(name) ?? this.complain(name, 'a string')
  }
  maybeString(name: string): string | undefined {
    const value = this.raw(name)
    return value === undefined || typeof value === 'string' ? value : this.complain(name, 'a string')
  }

  integer(name: string): number {
    return this.maybeInteger(name) ?? this.complain(name, 'a whole number')
  }
  maybeInteger(name: string): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (!Number.isSafeInteger(value))
      throw new RequestError(`${this.where}.${name} must be a whole number, not ${typeof value === 'number' ? value : kindOf(value)}`)
    return value as number
  }
  /** A whole number of at least 0. */
  maybeCount(name: string): number | undefined {
    const value = this.maybeInteger(name)
    if (value !== undefined && value < 0) throw new RequestError(`${this.where}.${name} must be at least 0, not ${value}`)
    return value
  }

  /** False if it is absent. */
  flag(name: string): boolean {
    return this.maybeFlag(name) ?? false
  }
  maybeFlag(name: string): boolean | undefined {
    const value = this.raw(name)
    return value === undefined || typeof value === 'boolean' ? value : this.complain(name, 'true or false')
  }

  inside(name: string): Arguments | undefined {
    return this.has(name) ? new Arguments(`${this.where}.${name}`, this.raw(name)) : undefined
  }

  private array(name: string): readonly unknown[] {
    const value = this.raw(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) this.complain(name, 'an array')
    if ((value as unknown[]).length > MAX_ITEMS) throw new RequestError(`${this.where}.${name} has more than ${MAX_ITEMS} entries`)
    return value as unknown[]
  }
  /** Empty if it is absent. */
  list(name: string): Arguments[] {
    return this.array(name).map((item, i) => {
      if (item === null) throw new RequestError(`${this.where}.${name}[${i}] must be an object, not null`)
      return new Arguments(`${this.where}.${name}[${i}]`, item)
    })
  }
  integers(name: string): number[] {
    return this.array(name).map((item, i) => {
      if (!Number.isSafeInteger(item)) throw new RequestError(`${this.where}.${name}[${i}] must be a whole number, not ${kindOf(item)}`)
      return item as number
    })
  }
  strings(name: string): string[] {
    return this.array(name).map((item, i) => {
      if (typeof item !== 'string') throw new RequestError(`${this.where}.${name}[${i}] must be a string, not ${kindOf(item)}`)
      return item
    })
  }
}
