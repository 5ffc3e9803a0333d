#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/ops/spectral.h"

namespace fno {

struct ParameterCount {
  std::int64_t logged = 0;  ///< a complex weight counts once
  std::int64_t real = 0;    ///< a complex weight counts twice: the numbers that are stored and trained
};

/// How a spectral weight starts.
enum class SpectralInit {
  complex_normal,  ///< real and imaginary part N(0, 1/(2·Ci)) (Stage A specification, section 4.2)
  library_normal,  ///< both parts N(0, 2/(Ci+Co)) (its library form)
  uniform,         ///< both parts uniform in [0, 1/(Ci·Co)) (Li et al. 2020)
};

/// Makes, names and initialises the parameters of a model. Every tensor draws from its own stream, named by (seed,
/// parameter name): the same seed gives the same weights on every device, whatever else the model holds. A store
/// without a device only counts: nothing is allocated, and the variables it returns are undefined.
class ParameterStore {
 public:
  ParameterStore() = default;
  ParameterStore(Device device, std::uint64_t seed) : device_(std::move(device)), seed_(seed) {}
  /// Tensors of the right shapes that are never given values: for a device that does not compute (tracing_device()).
  [[nodiscard]] static ParameterStore unfilled(Device device) {
    ParameterStore store(std::move(device), 0);
    store.fills_ = false;
    return store;
  }

  /// Uniform in ±bound.
  Var uniform(const std::string& name, Shape shape, double bound, int unit_axis = 0);
  /// Normal with the given deviation.
  Var normal(const std::string& name, Shape shape, double deviation);
  Var constant(const std::string& name, Shape shape, double value);
  /// Spectral weights (N, Ci, Co), stored mode-major, saved as (Ci, Co, rows…) with rows as weight_modes() says.
  Var spectral(const std::string& name, const std::vector<std::int64_t>& rows, int in, int out, SpectralInit init);

  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
  [[nodiscard]] ParameterCount count() const { return count_; }
  [[nodiscard]] bool counting() const { return !device_.valid(); }
  [[nodiscard]] const Device& device() const { return device_; }
  /// Rows of a spectral parameter as given, empty for any other: what the layout of a saved tensor is made from.
  [[nodiscard]] const std::vector<std::int64_t>& rows_of(std::size_t parameter) const { return rows_[parameter]; }

 private:
  Var add(const std::string& name, const Shape& shape, Dtype dtype, int unit_axis, std::vector<std::int64_t> rows,
          const std::function<void(class Random&, std::vector<float>&)>& fill);
  Device device_;
  std::uint64_t seed_ = 0;
  bool fills_ = true;
  std::vector<Parameter> parameters_;
  std::vector<std::vector<std::int64_t>> rows_;
  ParameterCount count_;
};

}  // namespace fno
