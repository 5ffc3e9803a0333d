#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// InstanceNorm and the tail of a stable block in one pass:
///
///     y = residual + gate ⊙ (gamma ⊙ (a - mean)·rstd + beta),   a = gelu ? GELU(x) : x
///
/// mean and biased variance over the P points of one sample and channel, rstd = 1/√(variance + eps). Two passes, so a
/// large offset does not cost digits. Null gamma, gate are 1; null beta, residual are 0.
template <class T>
struct InstanceNorm {
  const T* x;                    // (B, C, P)
  const T *gamma, *beta, *gate;  // (C) or null
  const T* residual;             // (B, C, P) or null
  T* y;                          // (B, C, P)
  T *mean, *rstd;                // (B, C), written for the backward pass
  int batch, channels;
  std::int64_t points;
  T eps;
  bool gelu;
  [[nodiscard]] Work work() const {
    const std::int64_t planes = std::int64_t{batch} * channels, n = planes * points;
    const int given = (gamma ? 1 : 0) + (beta ? 1 : 0) + (gate ? 1 : 0);
    // Mean 1, variance 3, the line above 3: γ, β and the gate are one factor and one term a plane.
    const int each = 7 + (gelu ? 1 : 0) + (residual ? 1 : 0);
    return work_on<T>((residual ? 2 * n : n) + given * channels, n + 2 * planes, each * n);
  }
};

template <class T>
struct InstanceNormBackward {
  const T* x;                    // (B, C, P), as in the forward pass
  const T *gamma, *beta, *gate;  // (C) or null
  const T *mean, *rstd;          // (B, C)
  const T* dy;                   // (B, C, P)
  T* dx;                         // (B, C, P) through the norm (and the GELU); the residual's gradient is dy itself
  T *dgamma, *dbeta, *dgate;     // (C) or null where not wanted
  int batch, channels;
  std::int64_t points;
  bool gelu;
  [[nodiscard]] Work work() const {
    const std::int64_t planes = std::int64_t{batch} * channels, n = planes * points;
    const int given = (gamma ? 1 : 0) + (beta ? 1 : 0) + (gate ? 1 : 0);
    const int wanted = (dgamma ? 1 : 0) + (dbeta ? 1 : 0) + (dgate ? 1 : 0);
    // Σ dy 1, Σ dy·(a - mean)·rstd 4, dx = s·(dy - m1 - (a - mean)·m2) 5; GELU again and its derivative 3.
    const int each = 10 + (gelu ? 3 : 0);
    return work_on<T>(2 * n + 2 * planes + given * channels, n + wanted * channels, each * n);
  }
};

#define FNO_NORM_JOBS(X) X(InstanceNorm) X(InstanceNormBackward)

}  // namespace fno
