#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// A network: a function of a batch (B, channels, n…). Its parameters are in the store that it was built with.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual Var forward(const Var& x) const = 0;
};

}  // namespace fno
