#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// Complex tensors, whose gradients are ∂L/∂Re + i·∂L/∂Im. Sums, differences and products of two of them are those of
/// elementwise.h; `affine` scales one. Errors: config for a tensor of the other kind, real or complex.

/// re + i·im, of one shape and type.
[[nodiscard]] Var complex(const Var& re, const Var& im);
/// The same memory under the other type: real (…, 2) as complex (…) and back.
[[nodiscard]] Var as_complex(const Var& pairs);
[[nodiscard]] Var as_real(const Var& x);

[[nodiscard]] Var real(const Var& x);
[[nodiscard]] Var imag(const Var& x);
[[nodiscard]] Var conj(const Var& x);

/// |x| = √(Re² + Im²), real. Its derivative is x/|x|, and 0 where |x|² underflows: x has no direction there. The
/// squares must not overflow.
[[nodiscard]] Var modulus(const Var& x);

/// (scale · a) ⊙ b, or (scale · a) ⊙ conj(b), with NumPy's broadcasting, in one pass.
/// Memory   backward keeps an operand only if the other one's gradient is asked for.
enum class Conjugate { no, yes };
[[nodiscard]] Var complex_product(const Var& a, const Var& b, Conjugate b_conjugate = Conjugate::no, double scale = 1);

}  // namespace fno
