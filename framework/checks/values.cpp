#include "framework/checks/values.h"

#include <cmath>
#include <limits>

namespace fno::checks {
namespace {

template <class Draw>
Tensor drawn(const Shape& shape, Dtype dtype, const Device& device, const Draw& draw) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()) * (is_complex(dtype) ? 2 : 1));
  for (double& value : values) value = draw();
  return tensor_of(values, shape, dtype, device);
}

}  // namespace

std::vector<double> host_values(const Tensor& tensor) {
  if (tensor.dtype() == Dtype::int32) {
    const auto values = tensor.to_host<std::int32_t>();
    return {values.begin(), values.end()};
  }
  return with_real(tensor.dtype(), [&]<class T>(T) {
    const auto values = tensor.to_host<T>();
    return std::vector<double>(values.begin(), values.end());
  });
}

Tensor tensor_of(const std::vector<double>& values, const Shape& shape, Dtype dtype, const Device& device) {
  return with_real(dtype, [&]<class T>(T) {
    const std::vector<T> rounded(values.begin(), values.end());
    if (!is_complex(dtype)) return Tensor::from(rounded, shape, device);
    Shape pairs = shape;
    pairs.push_back(2);
    return Tensor::from(rounded, pairs, device).as_complex();
  });
}

Tensor normal_tensor(Random& random, const Shape& shape, Dtype dtype, const Device& device) {
  return drawn(shape, dtype, device, [&] { return random.normal(); });
}

Tensor uniform_tensor(Random& random, const Shape& shape, double low, double high, Dtype dtype, const Device& device) {
  return drawn(shape, dtype, device, [&] { return low + (high - low) * random.uniform53(); });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b.at(i);
  return sum;
}

double unit_roundoff(Dtype dtype) { return real_of(dtype) == Dtype::float64 ? 0x1p-53 : 0x1p-24; }

double relative_error(const std::vector<double>& actual, const std::vector<double>& expected) {
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size()) return kWrong;
  double apart = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) apart += (actual[i] - expected[i]) * (actual[i] - expected[i]);
  const double size = dot(expected, expected), error = size > 0 ? std::sqrt(apart / size) : std::sqrt(apart);
  return std::isnan(error) ? kWrong : error;
}

}  // namespace fno::checks
