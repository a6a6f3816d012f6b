// What the browser itself would allow here. Imported before vitrine puts its WebAssembly in that place.
function tried(what) {
  try {
    what()
    return 'works'
  } catch {
    return 'refused'
  }
}
/** The browser's, if it has one. */
export const own = globalThis.WebAssembly

export const ownWebAssembly = own === undefined ? 'missing' : tried(() => new own.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)))
// oxlint-disable-next-line no-eval -- whether it is allowed is the question
export const ownEval = tried(() => (0, eval)('1'))
