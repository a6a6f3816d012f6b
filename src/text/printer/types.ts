/** Types as the text format writes them (spec §6.4), with the identifiers of a module. Called by the printer. */
import type { LocalRun, Module } from '../../module/module.ts'
import {
  type CompType,
  type FieldType,
  type GlobalType,
  type HeapType,
  type Limits,
  type MemoryType,
  type SubType,
  type TableType,
  type ValType,
  formatHeapType,
  formatValType,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
} from '../../spec/types.ts'
import type { Identifiers, ModuleIdentifiers } from './identifiers.ts'
import { formatLimit } from './numbers.ts'

const DEFAULT_PAGE_SIZE_LOG2 = 16
/** Columns of one list of types without names. */
const MAX_LIST = 80

export class TypeText {
  private readonly module: Module
  private readonly ids: ModuleIdentifiers
  /** Types recur: the texts of those with a typeidx. */
  private readonly known: Map<ValType, string> = new Map()

  constructor(module: Module, ids: ModuleIdentifiers) {
    this.module = module
    this.ids = ids
  }

  heap(heap: HeapType): string {
    return isAbstract(heap) ? formatHeapType(heap) : this.ids.types.ref(heap)
  }

  val(type: ValType): string {
    if (!isRef(type) || isAbstract(heapOf(type))) return formatValType(type)
    let text = this.known.get(type)
    if (text === undefined) {
      text = `(ref ${isNullable(type) ? 'null ' : ''}${this.heap(heapOf(type))})`
      this.known.set(type, text)
    }
    return text
  }

  vals(types: readonly ValType[]): string {
    return types.map((type) => this.val(type)).join(' ')
  }

  private field({ type, mutable }: FieldType): string {
    return mutable ? `(mut ${this.val(type)})` : this.val(type)
  }

  /** ` (type $t) (param …) (result …)`; only the first part if the index names no function type. */
  use(typeidx: number, names?: Identifiers): string {
    const comp = this.module.types[typeidx]?.comp
    const signature = comp?.kind === 'func' ? this.params(comp.params, names) + this.results(comp.results) : ''
    return ` (type ${this.ids.types.ref(typeidx)})${signature}`
  }

  /** ` (param $x i32) (param i32 i64)`: those without a name together. */
  params(params: readonly ValType[], names?: Identifiers): string {
    if (params.length === 0) return ''
    const runs = params.map((type) => ({ count: 1, type }))
    return ` ${this.declarations('param', runs, names).join(' ')}`
  }

  results(results: readonly ValType[]): string {
    return results.length === 0 ? '' : ` (result ${this.vals(results)})`
  }

  /** Parameters, or locals from index `first` on: a list for each that has a name, the others in lists that are not too long. */
  declarations(word: string, runs: readonly LocalRun[], names?: Identifiers, first = 0): string[] {
    const lists: string[] = []
    let open = ''
    let index = first
    for (const { count, type } of runs) {
      const text = this.val(type)
      for (const end = index + count; index < end; index++) {
        const name = names?.bind(index) ?? ''
        if (open !== '' && (name !== '' || open.length > MAX_LIST)) {
          lists.push(`${open})`)
          open = ''
        }
        if (name !== '') lists.push(`(${word}${name} ${text})`)
        else open = open === '' ? `(${word} ${text}` : `${open} ${text}`
      }
    }
    if (open !== '') lists.push(`${open})`)
    return lists
  }

  /** `(func …)`, `(sub final $t (struct …))`. */
  sub({ final, supers, comp }: SubType, typeidx: number): string {
    const text = this.comp(comp, typeidx)
    if (final && supers.length === 0) return text
    return `(sub${final ? ' final' : ''}${supers.map((s) => ` ${this.ids.types.ref(s)}`).join('')} ${text})`
  }

  private comp(comp: CompType, typeidx: number): string {
    switch (comp.kind) {
      case 'func':
        return `(func${this.params(comp.params)}${this.results(comp.results)})`
      case 'struct': {
        const names = this.ids.fields(typeidx)
        return `(struct${comp.fields.map((field, i) => ` (field${names.bind(i)} ${this.field(field)})`).join('')})`
      }
      case 'array':
        return `(array ${this.field(comp.field)})`
      case 'cont':
        return `(cont ${this.ids.types.ref(comp.typeidx)})`
    }
  }

  private limits({ min, max, is64 }: Limits): string {
    return `${is64 ? 'i64 ' : ''}${formatLimit(min)}${max === undefined ? '' : ` ${formatLimit(max)}`}`
  }

  memory({ limits, shared, pageSizeLog2 }: MemoryType): string {
    const pageSize = pageSizeLog2 === DEFAULT_PAGE_SIZE_LOG2 ? '' : ` (pagesize ${formatLimit(2 ** pageSizeLog2)})`
    return `${this.limits(limits)}${shared ? ' shared' : ''}${pageSize}`
  }

  table({ limits, element }: TableType): string {
    return `${this.limits(limits)} ${this.val(element)}`
  }

  global(type: GlobalType): string {
    return this.field(type)
  }
}
