#pragma once

#include <string>

#include "framework/autograd/var.h"

namespace fno {

/// A trained tensor with its name. `unit_axis` is the axis of its output units (clipping by unit uses it), -1 for none.
struct Parameter {
  std::string name;
  Var var;
  int unit_axis = 0;
};

}  // namespace fno
