/** The base protocol: messages in any pieces, and everything that is no message. */
import { describe, expect, test } from 'vitest'
import { Framing, FramingError, MAX_HEADER, MAX_MESSAGE, frame } from './framing.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The messages in a text that comes in pieces of `size` bytes. */
function read(text: string | Uint8Array, size = Infinity): string[] {
  const list: string[] = []
  const framing = new Framing((body) => list.push(new TextDecoder().decode(body)))
  const all = typeof text === 'string' ? bytes(text) : text
  for (let at = 0; at < all.length; at += Math.min(size, all.length)) framing.push(all.subarray(at, at + size))
  return list
}

describe('messages', () => {
  const two = `Content-Length: 5\r\n\r\n{"ä"Content-Length:2\r\nContent-Type: application/json\r\n\r\n{}`

  test.each([1, 2, 3, 7, 21, 1000])('in pieces of %i bytes', (size) => {
    expect(read(two, size)).toEqual(['{"ä"', '{}'])
  })

  test('an empty one, and the words in any case', () => {
    expect(read('content-LENGTH:   0  \r\n\r\nContent-Length: 1\r\n\r\n1')).toEqual(['', '1'])
  })

  test('there and back', () => {
    const message = { text: 'ä€😀\r\n\r\n', n: [1, 2] }
    expect(read(frame(message), 3).map((text) => JSON.parse(text) as unknown)).toEqual([message])
  })

  test('the bytes are the receiver’s own', () => {
    const list: Uint8Array[] = []
    const framing = new Framing((body) => list.push(body))
    const chunk = bytes('Content-Length: 2\r\n\r\nab')
    framing.push(chunk)
    chunk.fill(0)
    expect(new TextDecoder().decode(list[0])).toBe('ab')
  })

  test('a large one in small pieces takes no time to speak of', () => {
    const body = 'x'.repeat(2 ** 22)
    expect(read(`Content-Length: ${body.length}\r\n\r\n${body}`, 100)[0]!.length).toBe(body.length)
  })
})

describe('what is no message', () => {
  test.each([
    ['Content-Length: x\r\n\r\n', 'Content-Length is no number: "x"'],
    ['Content-Length: -1\r\n\r\n', 'is no number'],
    ['Content-Length: 1.5\r\n\r\n', 'is no number'],
    ['Content-Length: 0x10\r\n\r\n', 'is no number'],
    ['Content-Length:\r\n\r\n', 'is no number: ""'],
    ['Content-Length: 99999999999999999999\r\n\r\n', `is longer than ${MAX_MESSAGE}`],
    [`Content-Length: ${MAX_MESSAGE + 1}\r\n\r\n`, 'is longer than'],
    ['Content-Length: 1\r\nContent-Length: 2\r\n\r\n', 'two different'],
    ['Content-Type: text/plain\r\n\r\n', 'no Content-Length'],
    ['\r\n\r\n', 'without a colon: ""'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'without a colon: "GET / HTTP/1.1"'],
    ['x'.repeat(MAX_HEADER + 1), `longer than ${MAX_HEADER} bytes`],
  ])('%j', (text, message) => {
    for (const size of [1, Infinity]) {
      expect(() => read(text, size)).toThrow(FramingError)
      expect(() => read(text, size)).toThrow(message)
    }
  })

  test('one that never ends holds no more memory than its header', () => {
    expect(read(`Content-Length: ${MAX_MESSAGE}\r\n\r\nabc`)).toEqual([])
  })
})
