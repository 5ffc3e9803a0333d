#include "bench/harness/check.h"

#include <cmath>
#include <vector>

#include "bench/harness/noise.h"

namespace fno::bench {

Check check_of(const std::string& name, const Tensor& tensor) {
  const std::vector<float> a = tensor.to_host<float>();
  const std::vector<float> b = noise(name, tensor.shape(), tensor.device(), 1, tensor.dtype()).to_host<float>();
  double square = 0, product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    square += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return {name, std::sqrt(square), product};
}

double relative_error(const Tensor& got, const Tensor& exact) {
  const std::vector<float> a = got.to_host<float>();
  const std::vector<double> b = exact.to_host<double>();
  require<ErrorKind::config>(a.size() == b.size(), "relative_error: ", got, " and ", exact, " differ in shape");
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - b[i];
    difference += d * d;
    size += b[i] * b[i];
  }
  return std::sqrt(difference / size);
}

}  // namespace fno::bench
