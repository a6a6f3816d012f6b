/** The blocks of code in the documents that are checked; snippets.test.ts says how they are written. */
export interface Snippet {
  /** File and line of the opening fence. */
  readonly place: string
  readonly mode: 'run' | 'check'
  readonly code: string
  /** What the block says it prints; undefined when it does not say. */
  readonly prints: string | undefined
}

export function snippetsOf(markdown: string, name: string): Snippet[] {
  const found: Snippet[] = []
  for (const m of markdown.matchAll(/^```ts (run|check)\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, m.index).split('\n').length
    const prints = [...m[2]!.matchAll(/\/\/ → (.*)$/gm)].map((p) => p[1]!.trimEnd())
    found.push({
      place: `${name}:${line}`,
      mode: m[1] as Snippet['mode'],
      code: m[2]!,
      prints: prints.length > 0 ? prints.join('\n') : undefined,
    })
  }
  return found
}
