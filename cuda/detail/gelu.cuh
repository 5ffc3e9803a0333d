#pragma once

#include <cmath>

#include "cuda/emulation/portable.h"

/// GELU(x) = x·Φ(x) with the exact Φ (no tanh), and its derivative Φ(x) + x·φ(x).
namespace fno::cuda::CU_TARGET {

/// Φ(x), the normal distribution function, and φ(x), its density, from one exponential.
template <class T>
struct Normal {
  T cdf, pdf;
};

/// The fit of framework/cpu/math.h: ½·erfc(x/√2) = exp(-x²/2)·R(1/(1+0.28x)) for x >= 0, R of degree 8, error below
/// 2e-10 before rounding; relative in the tail too. About 25 instructions, half of erfcf and without its branches, so
/// that a kernel around it stays bound by memory.
__device__ __forceinline__ Normal<float> normal(float x) {
  const float a = fabsf(x), e = expf(-0.5f * x * x);
  const float t = __fdividef(1.0f, 1.0f + 0.28f * a);
  float r = 0.04003156087681982f;
  r = r * t - 0.21750627487313096f;
  r = r * t + 0.395815934975421f;
  r = r * t - 0.24612394663375298f;
  r = r * t + 0.24129241164425896f;
  r = r * t + 0.055830021503111296f;
  r = r * t + 0.11948948051458572f;
  r = r * t + 0.11117081217322758f;
  const float tail = r * t * e;
  return {x < 0.0f ? tail : 1.0f - tail, e * 0.3989422804014327f};
}
__device__ __forceinline__ Normal<double> normal(double x) {
  return {0.5 * erfc(-x * 0.70710678118654752440), exp(-0.5 * x * x) * 0.39894228040143267794};
}

template <class T>
__device__ __forceinline__ T gelu(T x) {
  return x * normal(x).cdf;
}

template <class T>
__device__ __forceinline__ T gelu_derivative(T x) {
  const Normal<T> n = normal(x);
  return n.cdf + x * n.pdf;
}

}  // namespace fno::cuda::CU_TARGET
