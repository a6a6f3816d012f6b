/**
 * A page that runs a C program (examples/guests/c/notes.c): typed lines are its standard input, its output goes to the page, the
 * directory that it writes to is one in memory, shown beside it, and below stands what it asked its host for.
 */
import { formatDenied, formatStrace, memoryFs, run, type StraceEntry } from 'vitrine/wasi'
import program from '../guests/c/notes.wasm?url'

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}
const terminal = element<HTMLFormElement>('terminal')
const screen = element('screen')
const input = element<HTMLInputElement>('line')
const again = element<HTMLButtonElement>('again')
const tries = [...terminal.querySelectorAll('button')].filter((button) => button !== again)

type State = 'running' | 'waiting' | 'ended' | 'failed'
function tell(state: State, text: string): void {
  terminal.dataset['state'] = state
  element('status').textContent = text
  const over = state === 'ended' || state === 'failed'
  again.hidden = !over
  input.hidden = over
  for (const button of tries) button.disabled = over
}

/** `text` at the end of the screen; typed lines in a colour of their own. */
function show(text: string, typed = false): void {
  const part = document.createElement(typed ? 'b' : 'span')
  part.textContent = text
  screen.append(part)
  element('scroll').scrollTop = element('scroll').scrollHeight
}

// ---- The directory ------------------------------------------------------------------------------------------------------

const notes = memoryFs()
let before = new Map<string, string>()
function showNotes(): void {
  const now = new Map((notes.readDir('') ?? []).map((name) => [name, notes.readText(name) ?? '']))
  if (now.size === before.size && [...now].every(([name, text]) => before.get(name) === text)) return
  const bytes = [...now.keys()].reduce((sum, name) => sum + (notes.readFile(name)?.length ?? 0), 0)
  element('size').textContent = now.size === 0 ? '' : `${now.size} ${now.size === 1 ? 'file' : 'files'}, ${bytes} bytes, in memory`
  element('files').replaceChildren(
    ...[...now].map(([name, text]) => {
      const card = document.createElement('article')
      if (before.get(name) !== text) card.className = 'changed'
      const title = document.createElement('h3')
      const size = document.createElement('small')
      size.textContent = `${notes.readFile(name)?.length ?? 0} B`
      title.append(name, size)
      const contents = document.createElement('pre')
      contents.textContent = text
      card.append(title, contents)
      return card
    }),
  )
  before = now
}

// ---- Host calls ---------------------------------------------------------------------------------------------------------

const MOST_LINES = 200
function showCall(entry: StraceEntry): void {
  const log = element('log')
  const line = document.createElement('li')
  line.textContent = formatStrace(entry)
  if (entry.outcome !== 'success' && entry.outcome !== 'exit') line.className = 'failed'
  log.append(line)
  if (log.childElementCount > MOST_LINES) log.firstElementChild!.remove()
  log.scrollTop = log.scrollHeight
  // Files change in host calls only.
  showNotes()
}

// ---- Typed lines --------------------------------------------------------------------------------------------------------

/** Lines that the program has not asked for yet, and who waits for one. */
const typed: string[] = []
let waiting: ((line: string) => void) | undefined
function enter(line: string): void {
  show(`${line}\n`, true)
  if (waiting === undefined) return void typed.push(`${line}\n`)
  tell('running', 'running')
  waiting(`${line}\n`)
  waiting = undefined
}
function nextLine(): string | Promise<string> {
  const line = typed.shift()
  if (line !== undefined) return line
  tell('waiting', 'waiting for a line')
  return new Promise((resolve) => (waiting = resolve))
}
terminal.addEventListener('submit', (event) => {
  event.preventDefault()
  enter(input.value)
  input.value = ''
})
for (const button of tries) {
  button.addEventListener('click', () => {
    enter(button.textContent)
    input.focus()
  })
}
element('scroll').addEventListener('click', () => {
  if (getSelection()?.isCollapsed !== false) input.focus()
})

// ---- The program --------------------------------------------------------------------------------------------------------

async function start(): Promise<void> {
  tell('running', 'running')
  input.focus()
  const decoder = new TextDecoder()
  const print = (chunk: Uint8Array): void => show(decoder.decode(chunk, { stream: true }))
  try {
    const response = await fetch(program)
    if (!response.ok) throw new Error(`cannot load ${program}: ${response.status}`)
    const { exitCode, denied } = await run(await response.arrayBuffer(), {
      argv0: 'notes',
      fs: { '/notes': notes },
      stdin: nextLine,
      stdout: print,
      stderr: print,
      tty: true,
      strace: showCall,
    })
    tell('ended', [`ended with exit code ${exitCode}`, ...denied.map(formatDenied)].join('\n'))
  } catch (error) {
    tell('failed', String(error))
  }
}
again.addEventListener('click', () => {
  screen.replaceChildren()
  void start()
})
await start()
