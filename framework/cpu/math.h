#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "framework/kernels/pointwise.h"

namespace fno::cpu {

/// exp for x <= 88, branch-free so that loops over it vectorise; relative error below 2e-7, 1e-38 instead of 0 in the
/// far tail.
inline float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  // n = round(x / ln 2) by adding and taking away 1.5·2^23; then a Taylor polynomial on |r| <= ln 2 / 2.
  const float shifted = x * std::numbers::log2e_v<float> + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;  // ln 2 in two parts, the first exact in n·part
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

struct Primitives {
  static float exp(float x) { return fast_exp(x); }
  static double exp(double x) { return std::exp(x); }
  static float quotient(float a, float b) { return a / b; }
  static double log_gamma(double x) {
    int sign;  // std::lgamma writes a global, a race between threads
    return lgamma_r(x, &sign);
  }
};
using Math = Pointwise<Primitives>;

}  // namespace fno::cpu
