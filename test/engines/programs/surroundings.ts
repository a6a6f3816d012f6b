/** What the engine itself offers of what vitrine does without; looked at before anything is installed. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

function tried(what: () => unknown): 'refused' | 'works' {
  try {
    what()
    return 'works'
  } catch {
    return 'refused'
  }
}
const own = (globalThis as { WebAssembly?: { Module: new (bytes: Uint8Array) => object } }).WebAssembly

export const surroundings: { readonly WebAssembly: 'absent' | 'refused' | 'works'; readonly eval: 'refused' | 'works' } = {
  WebAssembly: own === undefined ? 'absent' : tried(() => new own.Module(empty)),
  // oxlint-disable-next-line no-eval -- whether it is allowed is the question
  eval: tried(() => (0, eval)('1')),
}
