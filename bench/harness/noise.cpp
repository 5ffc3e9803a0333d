#include "bench/harness/noise.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace fno::bench {
namespace {

std::uint32_t seed_of(std::string_view name) {  // FNV-1a
  std::uint32_t hash = 0x811c9dc5u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return hash;
}

std::uint32_t mixed(std::uint32_t h) {  // the finaliser of MurmurHash3
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

}  // namespace

Tensor noise(std::string_view name, const Shape& shape, const Device& device, double scale, Dtype dtype) {
  const std::uint32_t seed = seed_of(name);
  const auto factor = static_cast<float>(scale);
  Shape real = shape;
  if (is_complex(dtype)) real.push_back(2);
  std::vector<float> values(static_cast<std::size_t>(real.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = factor * (static_cast<float>(mixed(static_cast<std::uint32_t>(i) ^ seed) >> 8) * 0x1p-23f - 1.f);
  const bool wide = real_of(dtype) == Dtype::float64;
  const Tensor t = wide ? Tensor::from(std::vector<double>(values.begin(), values.end()), real, device)
                        : Tensor::from(values, real, device);
  return is_complex(dtype) ? t.as_complex() : t;
}

void fill_with_noise(std::string_view name, const Var& parameter, Dtype real) {
  const Tensor& value = parameter.value();
  double scale = 0.1;
  if (is_complex(value.dtype()))
    scale = 1 / std::sqrt(static_cast<double>(value.shape(1)));
  else if (value.rank() >= 2)
    scale = 1 / std::sqrt(static_cast<double>(value.size() / value.shape(0)));
  const Dtype dtype = is_complex(value.dtype()) ? complex_of(real) : real;
  parameter.set_value(noise(name, value.shape(), value.device(), scale, dtype));
}

}  // namespace fno::bench
