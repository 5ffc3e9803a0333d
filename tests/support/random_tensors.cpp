#include "tests/support/random_tensors.h"

#include "tests/support/golden.h"

namespace fno::test {
namespace {

template <class Draw>
Tensor drawn(Shape shape, Dtype dtype, const Device& device, const Draw& draw) {
  if (is_complex(dtype)) shape.push_back(2);
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& value : values) value = draw();
  const Tensor reals = tensor_of(values, shape, real_of(dtype), device);
  return is_complex(dtype) ? reals.as_complex() : reals;
}

}  // namespace

Tensor normal_tensor(Random& random, Shape shape, Dtype dtype, const Device& device) {
  return drawn(std::move(shape), dtype, device, [&] { return random.normal(); });
}

Tensor uniform_tensor(Random& random, Shape shape, double low, double high, Dtype dtype, const Device& device) {
  return drawn(std::move(shape), dtype, device, [&] { return low + (high - low) * random.uniform53(); });
}

}  // namespace fno::test
