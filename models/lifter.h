#pragma once

#include "models/layers.h"
#include "models/network_config.h"

namespace fno {

[[nodiscard]] Var transformed(InputTransform transform, const Var& x);

/// Conv3×3(C→h) · GELU · Conv3×3(h→h), parameters lifter.conv1, lifter.conv2. Shows lifter.pre_gelu and lifter.out.
/// Source: Stage A specification, section 4.1.
class Lifter {
 public:
  Lifter(ParameterStore& store, int channels, int width);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  ConvLayer conv1_, conv2_;
};

/// 3×3 convolution that keeps the grid.
[[nodiscard]] inline ConvLayer::Config conv3(int in, int out) {
  return {.dims = 2, .in = in, .out = out, .kernel = 3, .padding = 1};
}
/// 2×2 convolution of stride 2; transposed it doubles the grid.
[[nodiscard]] inline ConvLayer::Config conv_halving(int in, int out) {
  return {.dims = 2, .in = in, .out = out, .kernel = 2, .stride = 2};
}
[[nodiscard]] inline ConvLayer::Config conv1(int in, int out) { return {.dims = 2, .in = in, .out = out}; }

}  // namespace fno
