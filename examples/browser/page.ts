/**
 * A page that runs a C program: typed lines are its standard input, its output goes to the page, and the directory that it
 * writes to is one in memory, shown beside it. `node examples/browser/build.mjs` bundles it into `examples/browser/dist`.
 */
import { formatDenied, memoryFs, run } from '../../src/wasi/index.ts'

interface Element {
  textContent: string
  value: string
  scrollTop: number
  readonly scrollHeight: number
  append(...nodes: unknown[]): void
  replaceChildren(...nodes: unknown[]): void
  addEventListener(type: string, listener: (event: { preventDefault(): void }) => void): void
}
/** What is used of the page; this repository is typed for Node. */
const page = globalThis as unknown as {
  document: { getElementById(id: string): Element; createElement(name: string): Element }
  fetch(path: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>
}
const element = (id: string): Element => page.document.getElementById(id)
const [terminal, screen, input, files, status] = ['terminal', 'screen', 'line', 'files', 'status'].map(element) as [
  Element,
  Element,
  Element,
  Element,
  Element,
]

const notes = memoryFs()
function showNotes(): void {
  const entry = (name: string, text: string): Element => Object.assign(page.document.createElement(name), { textContent: text })
  files.replaceChildren(...(notes.readDir('') ?? []).flatMap((name) => [entry('dt', name), entry('dd', notes.readText(name) ?? '')]))
}

const show = (text: string): void => {
  screen.append(text)
  terminal.scrollTop = terminal.scrollHeight
}

/** Lines that the program has not asked for yet, and who waits for one. */
const typed: string[] = []
let waiting: ((line: string) => void) | undefined
terminal.addEventListener('submit', (event) => {
  event.preventDefault()
  const line = `${input.value}\n`
  input.value = ''
  show(line)
  if (waiting === undefined) typed.push(line)
  else waiting(line)
  waiting = undefined
})
const nextLine = (): string | Promise<string> => typed.shift() ?? new Promise((resolve) => (waiting = resolve))

const decoder = new TextDecoder()
const print = (chunk: Uint8Array): void => show(decoder.decode(chunk, { stream: true }))

const bytes = await (await page.fetch('./notes.wasm')).arrayBuffer()
status.textContent = 'running'
try {
  const { exitCode, denied } = await run(bytes, {
    argv0: 'notes',
    fs: { '/notes': notes },
    stdin: nextLine,
    stdout: print,
    stderr: print,
    tty: true,
    // Files change in host calls only.
    observe: ({ name }) => (name === 'fd_close' || name === 'path_open' ? showNotes() : undefined),
  })
  status.textContent = [`ended with exit code ${exitCode}`, ...denied.map(formatDenied)].join('\n')
} catch (error) {
  status.textContent = String(error)
}
