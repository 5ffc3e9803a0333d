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
};

}  // namespace fno
