#pragma once

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/checks/values.h"
#include "tools/commands/verify/probes.h"

namespace fno::verify {

using Grid = std::vector<int>;
using Inputs = std::vector<Var>;

/// Draws inputs and lists probes.
class ProbeMaker {
 public:
  ProbeMaker(Device device, Dtype real, std::uint64_t seed, std::uint64_t stream)
      : device_(std::move(device)), real_(real), random_(seed, stream) {}

  Tensor normal(const Shape& shape) { return checks::normal_tensor(random_, shape, real_, device_); }
  Tensor complex_normal(const Shape& shape) {
    return checks::normal_tensor(random_, shape, complex_of(real_), device_);
  }
  Tensor uniform(const Shape& shape, double low, double high) {
    return checks::uniform_tensor(random_, shape, low, high, real_, device_);
  }
  /// 0, 1, 2 … in a random order: no two are close.
  Tensor ladder(const Shape& shape) {
    std::vector<double> values;
    for (const std::int64_t rank : random_.permutation(shape.size())) values.push_back(static_cast<double>(rank));
    return checks::tensor_of(values, shape, real_, device_);
  }
  Var zeros(const Shape& shape) const { return Var(Tensor::zeros(shape, real_, device_)); }
  Var complex_zeros(const Shape& shape) const { return Var(Tensor::zeros(shape, complex_of(real_), device_)); }
  void add(std::string name, std::function<Var(const Inputs&)> f, std::vector<Tensor> inputs, double terms = 1) {
    all_.push_back({std::move(name), std::move(f), std::move(inputs), terms});
  }
  std::vector<Probe> take() { return std::move(all_); }

 private:
  Device device_;
  Dtype real_;
  Random random_;
  std::vector<Probe> all_;
};

inline Shape field_shape(std::int64_t batch, std::int64_t channels, const Grid& grid) {
  Shape shape{batch, channels};
  for (const int n : grid) shape.push_back(n);
  return shape;
}

inline double points_of(const Grid& grid) {
  double n = 1;
  for (const int extent : grid) n *= extent;
  return n;
}

inline std::string grid_text(const Grid& grid) { return fmt::format("{}", fmt::join(grid, " x ")); }

}  // namespace fno::verify
