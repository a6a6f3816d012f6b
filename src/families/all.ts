/** Everything that `vitrine` has and `vitrine/core` leaves to imports of its own. */
import './closure.ts'
import './simd.ts'
