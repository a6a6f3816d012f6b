/** What a file that is no module seems to be, for the message about it. Called by report.ts. */

/** What files that are no modules begin with: characters of that code. */
const beginnings: readonly (readonly [string, string])[] = [
  ['compressed data (gzip)', '\x1f\x8b'],
  ['an archive (zip)', 'PK'],
  ['a program (ELF)', '\x7fELF'],
  ['LLVM bitcode', 'BC\xc0\xde'],
  ['an archive (ar)', '!<arch>'],
]

/** What a file is that does not begin as a module does; its first bytes, if that cannot be told. */
export function whatElse(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 100))
  const found = beginnings.find(([, first]) => start.startsWith(first))
  if (found !== undefined) return `this is ${found[0]}`
  if (/^\s*<(?:!doctype|html)/i.test(start)) return 'this is a web page'
  if (/^\s*(?:\(|;;)/.test(start)) return 'this seems to be text'
  return `the file begins with ${Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, '0')).join(' ')}`
}
