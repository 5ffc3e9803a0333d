#pragma once

#include "models/layers.h"

namespace fno {

/// What is done to a pattern before the network sees it.
enum class InputTransform {
  none,
  sqrt,          ///< √max(x, 0)
  log1p,         ///< ln(1 + max(x, 0))
  instancenorm,  ///< zero mean, unit variance a sample and channel, eps 1e-6, nothing learned
};
template <>
inline constexpr std::array<std::string_view, 4> kNames<InputTransform>{"none", "sqrt", "log1p", "instancenorm"};

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
