// Pure functions in AssemblyScript, without imports: whole numbers of both widths,
// floating point, and a picture computed into linear memory. The names of the
// exports and their types are all a host has to know.

export function fib(n: i32): i32 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}

/** The n-th Fibonacci number modulo 2^64, by doubling. */
export function bigFib(n: u32): u64 {
  let a: u64 = 0
  let b: u64 = 1
  for (let bit = 31; bit >= 0; --bit) {
    const c = a * (2 * b - a)
    const d = a * a + b * b
    if ((n >> bit) & 1) {
      a = d
      b = c + d
    } else {
      a = c
      b = d
    }
  }
  return a
}

export function gcd(a: i64, b: i64): i64 {
  while (b) {
    const rest = a % b
    a = b
    b = rest
  }
  return a < 0 ? -a : a
}

export function isPrime(n: u32): bool {
  if (n < 4) return n > 1
  if (!(n & 1)) return false
  for (let d: u32 = 3; d <= n / d; d += 2) if (n % d == 0) return false
  return true
}

/** The area under x² sin x from 0 to `to`, by Simpson's rule. */
export function integrate(to: f64, steps: i32): f64 {
  const width = to / f64(steps)
  let sum: f64 = 0
  for (let i = 0; i < steps; i++) {
    const x = f64(i) * width
    sum += curve(x) + 4 * curve(x + width / 2) + curve(x + width)
  }
  return (sum * width) / 6
}

// x² sin x, with the sine as its series: no library, the same bits everywhere.
function curve(x: f64): f64 {
  let term = x
  let sine = x
  for (let k: f64 = 2; k < 30; k += 2) {
    term = (-term * x * x) / (k * (k + 1))
    sine += term
  }
  return x * x * sine
}

/** The distance of a point from the origin, in single precision. */
export function norm(x: f32, y: f32, z: f32): f32 {
  return Mathf.sqrt(x * x + y * y + z * z)
}

/**
 * Computes the Mandelbrot set into memory from `at`: one byte per point, the
 * number of steps before it escapes (255 if it does not). Returns their sum.
 */
export function mandelbrot(at: usize, width: i32, height: i32): u32 {
  let sum: u32 = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cx = -2.2 + (3.2 * f64(column)) / f64(width)
      const cy = -1.2 + (2.4 * f64(row)) / f64(height)
      let x: f64 = 0
      let y: f64 = 0
      let steps = 0
      while (steps < 255 && x * x + y * y <= 4) {
        const next = x * x - y * y + cx
        y = 2 * x * y + cy
        x = next
        steps++
      }
      store<u8>(at + row * width + column, u8(steps))
      sum += steps
    }
  }
  return sum
}

/** Room for pictures: the address from which memory is free, after growing to hold `bytes`. */
export function reserve(bytes: i32): usize {
  const start = memory.size() << 16
  if (memory.grow((bytes + 0xffff) >> 16) < 0) unreachable()
  return start
}
