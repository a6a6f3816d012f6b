/** What the program writes, and what breakpoints log, on their way to the client. A client that is slow holds up the program, not the memory. Called by session.ts. */
import type { Output } from '../host/streams.ts'

/** Characters of log that wait for a slow client at most. */
const MAX_WAITING = 2 ** 20

/** A standard stream of the guest. */
export class GuestOutput implements Output {
  private readonly decoder = new TextDecoder()
  private readonly tell: (text: string) => void
  private readonly drained: () => Promise<void> | undefined

  constructor(tell: (text: string) => void, drained: () => Promise<void> | undefined) {
    this.tell = tell
    this.drained = drained
  }

  write(chunk: Uint8Array): number | Promise<number> {
    const text = this.decoder.decode(chunk, { stream: true })
    if (text !== '') this.tell(text)
    const slow = this.drained()
    return slow === undefined ? chunk.length : slow.then(() => chunk.length)
  }

  /** The rest of a character that was cut. */
  flush(): void {
    const text = this.decoder.decode()
    if (text !== '') this.tell(text)
  }
}

/** Lines that breakpoints log: those of one breakpoint that come in one turn of the event loop make one event. */
export class LogOutput {
  private readonly send: (body: object) => void
  private readonly drained: () => Promise<void> | undefined
  private waiting: { text: string; readonly about: object; readonly key: string }[] = []
  private length = 0
  private dropped = 0
  private isDue = false

  constructor(send: (body: object) => void, drained: () => Promise<void> | undefined) {
    this.send = send
    this.drained = drained
  }

  add(text: string, about: object): void {
    if (this.length > MAX_WAITING) {
      this.dropped++
      return
    }
    const key = JSON.stringify(about)
    const last = this.waiting[this.waiting.length - 1]
    if (last?.key === key) last.text += text
    else this.waiting.push({ text, about, key })
    this.length += text.length
    if (this.isDue) return
    this.isDue = true
    void this.later()
  }

  private async later(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    await this.drained()
    this.isDue = false
    this.flush()
  }

  /** Sends what waits. */
  flush(): void {
    for (const { text, about } of this.waiting) this.send({ category: 'console', output: text, ...about })
    if (this.dropped > 0) this.send({ category: 'console', output: `(${this.dropped} more lines of log were dropped)\n` })
    this.waiting = []
    this.length = 0
    this.dropped = 0
  }
}
