#include "tests/support/random_tensors.h"

#include "framework/checks/values.h"

namespace fno::test {

Tensor normal_tensor(Random& random, Shape shape, Dtype dtype, const Device& device) {
  return checks::normal_tensor(random, shape, dtype, device);
}

Tensor uniform_tensor(Random& random, Shape shape, double low, double high, Dtype dtype, const Device& device) {
  return checks::uniform_tensor(random, shape, low, high, dtype, device);
}

}  // namespace fno::test
