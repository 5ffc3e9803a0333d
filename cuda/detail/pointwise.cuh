#pragma once

#include <cmath>

#include "cuda/emulation/portable.h"
#include "framework/kernels/pointwise.h"

/// The formulas of framework/kernels/pointwise.h as device functions.
namespace fno::cuda::CU_TARGET {

struct Primitives {
  __device__ __forceinline__ static float exp(float x) { return expf(x); }
  __device__ __forceinline__ static double exp(double x) { return std::exp(x); }
  __device__ __forceinline__ static float quotient(float a, float b) { return __fdividef(a, b); }
  __device__ __forceinline__ static double log_gamma(double x) { return std::lgamma(x); }
};
using Math = Pointwise<Primitives>;

}  // namespace fno::cuda::CU_TARGET
