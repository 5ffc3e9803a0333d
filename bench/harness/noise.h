#pragma once

#include <string_view>

#include "framework/autograd/var.h"

namespace fno::bench {

/// Numbers in [-1, 1) by a formula that any language repeats bit by bit (bench/peer/noise.py does), so that two
/// programs compute with the same inputs and weights without exchanging files. Real, or complex as pairs; times
/// `scale`. In float64 the same numbers.
[[nodiscard]] Tensor noise(std::string_view name, const Shape& shape, const Device& device, double scale = 1,
                           Dtype dtype = Dtype::float32);

/// Gives a parameter the numbers of its name, in float32 or float64: complex (N, Ci, Co) times 1/√Ci, real tensors of
/// two or more axes times 1/√(size/first extent), vectors times 0.1.
void fill_with_noise(std::string_view name, const Var& parameter, Dtype real = Dtype::float32);

}  // namespace fno::bench
