/**
 * What a word that means nothing was probably meant to be: names that instructions had before they were standardised, and
 * near misses. For the errors of the parsers, `vitrine explain` and the command line's own words.
 */
/** Names of the drafts before 1.0 and of proposals before they were adopted, still met in old texts and tutorials. */
const formerNames: ReadonlyMap<string, string> = new Map([
  ['get_local', 'local.get'],
  ['set_local', 'local.set'],
  ['tee_local', 'local.tee'],
  ['get_global', 'global.get'],
  ['set_global', 'global.set'],
  ['current_memory', 'memory.size'],
  ['grow_memory', 'memory.grow'],
  ['anyfunc', 'funcref'],
  ['i32.wrap/i64', 'i32.wrap_i64'],
  ['f32.demote/f64', 'f32.demote_f64'],
  ['f64.promote/f32', 'f64.promote_f32'],
  ['atomic.notify', 'memory.atomic.notify'],
  ['i32.atomic.wait', 'memory.atomic.wait32'],
  ['i64.atomic.wait', 'memory.atomic.wait64'],
])

/** `i32.trunc_s/f64` → `i32.trunc_f64_s`, `i32.trunc_s:sat/f64` → `i32.trunc_sat_f64_s`, `i32.reinterpret/f32`. */
function formerConversion(word: string): string | undefined {
  const [, name, sign = '', sat, from] = /^([if](?:32|64)\.[a-z]+)(_[su])?(:sat)?\/([if](?:32|64))$/.exec(word) ?? []
  return name === undefined ? undefined : `${name}${sat === undefined ? '' : '_sat'}_${from!}${sign}`
}

/** What an old name is called today. */
const currentName = (word: string): string | undefined => formerNames.get(word) ?? formerConversion(word)

/** The words of the list that are nearest, at most five: a few edits away, or with the word inside. */
export function nearestOf(word: string, list: readonly string[]): string[] {
  const most = Math.max(1, slips(word))
  const score = (candidate: string): number =>
    word.length > 2 && candidate.includes(word) ? Math.min(edits(word, candidate), 1) : edits(word, candidate)
  return scored(list, score, most).slice(0, 5)
}

/** The words of the list that are a slip away: only the nearest, at most three. */
export function slipsOf(word: string, list: readonly string[]): string[] {
  const score = (candidate: string): number => edits(word, candidate)
  const near = scored(list, score, slips(word))
  return near.filter((candidate) => score(candidate) === score(near[0]!)).slice(0, 3)
}

/** A slip in a short word changes less than one in a long word. */
const slips = (word: string): number => Math.min(3, Math.floor(word.length / 3))

const scored = (list: readonly string[], score: (word: string) => number, most: number): string[] =>
  [...new Set(list)]
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .filter((it) => it.score <= most)
    .sort((a, b) => a.score - b.score)
    .map((it) => it.candidate)

/** Levenshtein distance. */
export function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** `; did you mean i32.add?`, or nothing: the end of a message about an unknown word. */
export const didYouMean = (words: readonly string[]): string => (words.length === 0 ? '' : `; did you mean ${words.join(', ')}?`)

/** Longer words are no slips of a keyword. */
const LONGEST = 40

/** What an unknown word was probably meant to be: its name of today, or what `near` finds among `keywords`. */
export function suggestion(word: string, keywords: readonly string[], near: typeof slipsOf = slipsOf): string {
  const current = currentName(word)
  if (current !== undefined) return `; today it is called ${current}`
  return word.length > LONGEST ? '' : didYouMean(near(word.toLowerCase(), keywords))
}
