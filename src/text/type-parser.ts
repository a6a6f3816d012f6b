/**
 * Types of the text format (spec §6.4): value types, definitions of types, type uses, limits and extern types.
 * A base of the module parser; the type definitions are read before everything that uses them.
 */
import {
  type CompType,
  type FieldType,
  type FuncType,
  type GlobalType,
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type TableType,
  type ValType,
  ABSTRACT,
  I16,
  I8,
  formatFuncType,
  formatValType,
  heapTypeByName,
  isRef,
  refType,
} from '../spec/types.ts'
import { Cursor } from './cursor.ts'
import { isNat, parseNat } from './integers.ts'
import { valTypes } from './keywords.ts'
import { LPAR, RPAR, WORD } from './lexer.ts'
import { Space, type Spaces, newSpaces } from './spaces.ts'

/** A type use (§6.4.7): the type, and the names of its parameters as far as they are written here. */
export interface TypeUse {
  readonly typeidx: number
  /** By index; shorter than the list of parameters where the last ones have no name. */
  readonly paramNames: readonly (ParamName | undefined)[]
}
/** An identifier, a name that `(@name "…")` gives, or both. */
export interface ParamName {
  readonly id: string | undefined
  readonly given: string | undefined
  readonly at: number
}
interface Signature extends FuncType {
  readonly paramNames: readonly (ParamName | undefined)[]
  /** Where the first name stands, 0 if there is none. */
  readonly namedAt: number
}

const signatureKey = (t: { params: readonly ValType[]; results: readonly ValType[] }): string =>
  `${t.params.join(' ')}>${t.results.join(' ')}`

export class TypeParser extends Cursor {
  readonly spaces: Spaces = newSpaces()
  /** Defined types, then those that inline signatures add. */
  readonly types: SubType[] = []
  /** Field names of the structure types, by typeidx. */
  readonly fields: Map<number, Space> = new Map()
  /** The first type that an inline signature may stand for: final, alone in its group, without supertypes. */
  private readonly signatures: Map<string, number> = new Map()
  /** False where the feature memory64 is off. */
  protected wideLimits = true

  heapType(): HeapType {
    if (this.kind === WORD && !this.isNat()) {
      const heap = heapTypeByName.get(this.word())
      if (heap === undefined) this.unexpected('a heap type')
      this.advance()
      return heap
    }
    // A typeidx has 26 bits in a HeapType; there is no module with that many types, so a larger index is unknown either way.
    return Math.min(this.spaces.type.index(this), ABSTRACT - 1)
  }

  /** A value type, if one begins here. */
  optionalValType(): ValType | undefined {
    if (this.kind === WORD) {
      const type = valTypes.get(this.word())
      if (type !== undefined) this.advance()
      return type
    }
    if (!this.open('ref')) return undefined
    const nullable = this.accept('null')
    const type = refType(nullable, this.heapType())
    this.close()
    return type
  }

  valType(): ValType {
    return this.optionalValType() ?? this.unexpected('a type')
  }

  refType(): ValType {
    const at = this.start
    const type = this.valType()
    if (!isRef(type)) this.fail(`unexpected token ${formatValType(type)}, expected a reference type`, at)
    return type
  }

  private fieldType(): FieldType {
    const mutable = this.open('mut')
    const type = this.accept('i8') ? I8 : this.accept('i16') ? I16 : this.valType()
    if (mutable) this.close()
    return { type, mutable }
  }

  /** `(param …)* (result …)*`; a parameter list with a name holds exactly one. */
  signature(): Signature {
    const params: ValType[] = []
    const paramNames: (ParamName | undefined)[] = []
    const results: ValType[] = []
    let namedAt = 0
    while (this.open('param')) {
      const at = this.start
      const id = this.optionalId()
      const given = this.givenName()
      if (id !== undefined) namedAt ||= at
      if (id !== undefined || given !== undefined) paramNames[params.length] = { id, given, at }
      if (id !== undefined) params.push(this.valType())
      else for (let type = this.optionalValType(); type !== undefined; type = this.optionalValType()) params.push(type)
      this.close()
    }
    while (this.open('result')) {
      for (let type = this.optionalValType(); type !== undefined; type = this.optionalValType()) results.push(type)
      this.close()
    }
    // The order is fixed; say so before a comparison of types says something else.
    if (this.isList('param')) this.fail('unexpected token param: parameters stand before results', this.start2)
    if (this.isList('type')) this.fail('unexpected token type: it stands before parameters and results', this.start2)
    return { kind: 'func', params, results, paramNames, namedAt }
  }

  /** `(type x)? (param …)* (result …)*`. Names of parameters are allowed where they name locals. */
  typeUse(named: boolean): TypeUse {
    const at = this.start
    let typeidx: number | undefined
    if (this.open('type')) {
      typeidx = this.spaces.type.index(this)
      this.close()
    }
    const signature = this.signature()
    if (signature.namedAt !== 0 && !named) this.nameless(signature)
    return { typeidx: this.useOf(typeidx, signature, at), paramNames: signature.paramNames }
  }

  /** Only functions have names for their parameters. */
  protected nameless(signature: Signature): never {
    this.fail('unexpected token: parameters have no names here', signature.namedAt)
  }

  /** The type that `(type x)` with this inline signature stands for. */
  useOf(typeidx: number | undefined, signature: FuncType, at: number): number {
    if (typeidx === undefined) return this.implicitType(signature)
    if (signature.params.length > 0 || signature.results.length > 0) {
      const comp = this.types[typeidx]?.comp
      if (comp === undefined) this.fail(`unknown type ${typeidx}`, at)
      if (comp.kind !== 'func') this.fail(`inline function type: type ${typeidx} is no function type`, at)
      if (signatureKey(comp) !== signatureKey(signature))
        this.fail(`inline function type: type ${typeidx} is ${formatFuncType(comp)}, not ${formatFuncType(signature)}`, at)
    }
    return typeidx
  }

  /** An inline signature stands for the first such type; if there is none, it adds one behind all others (§6.4.7). */
  implicitType(signature: FuncType): number {
    const key = signatureKey(signature)
    const known = this.signatures.get(key)
    if (known !== undefined) return known
    const { params, results } = signature
    const typeidx = this.spaces.type.add(this, undefined, 0)
    this.addType({ final: true, supers: [], comp: { kind: 'func', params, results }, recStart: typeidx, recLength: 1 })
    return typeidx
  }

  private addType(type: SubType): void {
    const { comp } = type
    if (comp.kind === 'func' && type.final && type.supers.length === 0 && type.recLength === 1) {
      const key = signatureKey(comp)
      if (!this.signatures.has(key)) this.signatures.set(key, this.types.length)
    }
    this.types.push(type)
  }

  /** The field `(type …)` or `(rec (type …)*)`; its identifiers are known from the first pass. */
  typeField(): void {
    const recStart = this.types.length
    const group: Omit<SubType, 'recLength'>[] = []
    if (this.open('rec')) {
      while (this.kind !== RPAR) group.push(this.typeDefinition(recStart, recStart + group.length))
      this.close()
    } else group.push(this.typeDefinition(recStart, recStart))
    for (const type of group) this.addType({ ...type, recLength: group.length })
  }

  private typeDefinition(recStart: number, typeidx: number): Omit<SubType, 'recLength'> {
    if (!this.open('type')) this.unexpected('(type')
    this.optionalId()
    this.nameNote('type', typeidx)
    let final = true
    const supers: number[] = []
    const sub = this.open('sub')
    if (sub) {
      final = this.accept('final')
      while (this.isIndex()) supers.push(this.spaces.type.index(this))
    }
    const comp = this.compType(typeidx)
    if (sub) this.close()
    this.close()
    return { final, supers, comp, recStart }
  }

  private compType(typeidx: number): CompType {
    let comp: CompType
    if (this.open('func')) {
      const { params, results } = this.signature()
      comp = { kind: 'func', params, results }
    } else if (this.open('struct')) {
      const names = new Space('field')
      this.fields.set(typeidx, names)
      const fields: FieldType[] = []
      while (this.open('field')) {
        const at = this.start
        const id = this.optionalId()
        const given = this.givenName()
        if (given !== undefined) names.given.set(fields.length, given)
        if (id !== undefined) {
          names.add(this, id, at)
          fields.push(this.fieldType())
        } else {
          while (this.kind !== RPAR) {
            names.add(this, undefined, at)
            fields.push(this.fieldType())
          }
        }
        this.close()
      }
      comp = { kind: 'struct', fields }
    } else if (this.open('array')) comp = { kind: 'array', field: this.fieldType() }
    else if (this.open('cont')) comp = { kind: 'cont', typeidx: this.spaces.type.index(this) }
    else {
      if (this.kind === LPAR) this.advance()
      this.unexpected('func, struct or array')
    }
    this.close()
    return comp
  }

  /** `i32` or `i64` before limits: the address type. */
  addressType(): boolean {
    if (this.accept('i64')) return true
    this.accept('i32')
    return false
  }

  /** In 3.0 limits are u64 whatever the address type: too large a size is invalid, not malformed. Before memory64 they were u32. */
  private limit(): number {
    if (!this.isNat() || !isNat(this.word())) this.unexpected('a number')
    const value = parseNat(this.word(), this.wideLimits ? 64 : 32)
    if (value === undefined) this.fail(`${this.wideLimits ? 'i64' : 'i32'} constant out of range`)
    this.advance()
    return value
  }

  limits(is64: boolean): Limits {
    const min = this.limit()
    const max = this.isNat() ? this.limit() : undefined
    return { min, max, is64 }
  }

  /** `(pagesize n)`: log2 of it; 16 where nothing is said. */
  pageSize(): number {
    if (!this.open('pagesize')) return 16
    const at = this.start
    if (!this.isNat() || !isNat(this.word())) this.unexpected('a number')
    const size = parseNat(this.word(), 64) ?? 0
    this.advance()
    const log2 = Math.round(Math.log2(size))
    if (size === 0 || size !== 2 ** log2) this.fail('invalid custom page size', at)
    this.close()
    return log2
  }

  memoryType(is64: boolean): MemoryType {
    const limits = this.limits(is64)
    const shared = this.accept('shared')
    if (!shared) this.accept('unshared')
    return { limits, shared, pageSizeLog2: this.pageSize() }
  }

  tableType(is64: boolean): TableType {
    const limits = this.limits(is64)
    return { limits, element: this.refType() }
  }

  globalType(): GlobalType {
    const mutable = this.open('mut')
    const type = this.valType()
    if (mutable) this.close()
    return { type, mutable }
  }

  /** Takes a `(@name "…")` annotation that stands directly before the current token; the module parser keeps it. */
  nameNote(_kind: keyof Spaces, _index: number): void {}

  /** The same for what has no index space of the module: parameters, locals, fields. */
  givenName(): string | undefined {
    return undefined
  }
}
