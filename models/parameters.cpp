#include "models/parameters.h"

#include <cmath>

#include "framework/tensor/random.h"

namespace fno {
namespace {

std::uint64_t stream_of(const std::string& name) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace

Var ParameterStore::add(const std::string& name, const Shape& shape, Dtype dtype, int unit_axis,
                        std::vector<std::int64_t> rows, const std::function<void(Random&, std::vector<float>&)>& fill) {
  for (const Parameter& p : parameters_)
    require<ErrorKind::config>(p.name != name, "model: two parameters named ", name);
  count_.logged += shape.size();
  count_.real += shape.size() * (is_complex(dtype) ? 2 : 1);
  Var var;
  if (!counting() && !fills_) {
    var = Var::leaf(Tensor(shape, dtype, device_));
  } else if (!counting()) {
    std::vector<float> values(static_cast<std::size_t>(shape.size() * (is_complex(dtype) ? 2 : 1)));
    Random random(seed_, stream_of(name));
    fill(random, values);
    Shape real = shape;
    if (is_complex(dtype)) real.push_back(2);
    const Tensor tensor = Tensor::from(values, real, device_);
    var = Var::leaf(is_complex(dtype) ? tensor.as_complex() : tensor);
  }
  parameters_.push_back({name, var, unit_axis});
  rows_.push_back(std::move(rows));
  return var;
}

Var ParameterStore::uniform(const std::string& name, Shape shape, double bound, int unit_axis) {
  return add(name, shape, Dtype::float32, unit_axis, {}, [bound](Random& random, std::vector<float>& values) {
    for (float& v : values) v = static_cast<float>(bound * (2 * static_cast<double>(random.uniform()) - 1));
  });
}

Var ParameterStore::normal(const std::string& name, Shape shape, double deviation) {
  return add(name, shape, Dtype::float32, 0, {}, [deviation](Random& random, std::vector<float>& values) {
    for (float& v : values) v = static_cast<float>(deviation * random.normal());
  });
}

Var ParameterStore::constant(const std::string& name, Shape shape, double value) {
  return add(name, shape, Dtype::float32, 0, {}, [value](Random&, std::vector<float>& values) {
    for (float& v : values) v = static_cast<float>(value);
  });
}

Var ParameterStore::spectral(const std::string& name, const std::vector<std::int64_t>& rows, int in, int out,
                             SpectralInit init) {
  std::int64_t modes = 1;
  for (const std::int64_t r : rows) modes *= r;
  return add(name, Shape{modes, in, out}, Dtype::complex64, 2, rows, [=](Random& random, std::vector<float>& values) {
    const double deviation = init == SpectralInit::complex_normal ? std::sqrt(0.5 / in) : std::sqrt(2.0 / (in + out));
    for (float& v : values)
      v = static_cast<float>(init == SpectralInit::uniform
                                 ? static_cast<double>(random.uniform()) / (in * static_cast<double>(out))
                                 : deviation * random.normal());
  });
}

}  // namespace fno
