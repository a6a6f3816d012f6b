/** Everything that `vitrine` has and `vitrine/core` leaves to imports of its own. */
import './closure.ts'
import './gc.ts'
import './simd.ts'
import './stack-switching.ts'
import './threads.ts'
import './wide-arithmetic.ts'
