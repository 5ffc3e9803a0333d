#pragma once

#include <vector>

#include "framework/autograd/var.h"

namespace fno {

/// While one lives, the innermost gathers what ops of this thread read and what wants a gradient, recorded or not.
class Reads {
 public:
  Reads();
  ~Reads();
  Reads(const Reads&) = delete;
  Reads& operator=(const Reads&) = delete;
  [[nodiscard]] const std::vector<Var>& found() const { return found_; }

 private:
  friend Var record(Tensor, std::vector<Var>, BackwardFn);
  std::vector<Var> found_;
  Reads* before_;
};

}  // namespace fno
