/** What the JS API calls the surrounding agent: its store, and one JS object for each store object that JS has seen. */
import { Store } from '../embedding/store.ts'

/** Addresses of a 32-bit memory; what the engine cannot allocate is refused when it comes to that. */
export const MAX_MEMORY_BYTES: number = 2 ** 32

/** Without BigInt, i64 values look to JS as `[low, high]`. Calls may enter an instance while one is suspended in it, as JSPI has it. */
export const store: Store = new Store({
  limits: { memory: MAX_MEMORY_BYTES },
  i64: typeof BigInt === 'undefined' ? 'pair' : 'bigint',
  reentrant: true,
})

/** An object cache: weak, neither side keeps the other alive by itself. */
export class ObjectCache<T extends object> {
  private readonly objects: WeakMap<object, object> = new WeakMap()
  private readonly create: (from: T) => object
  constructor(create: (from: T) => object) {
    this.create = create
  }
  set(of: T, object: object): void {
    this.objects.set(of, object)
  }
  get(of: T): object {
    let object = this.objects.get(of)
    if (object === undefined) this.objects.set(of, (object = this.create(of)))
    return object
  }
}
