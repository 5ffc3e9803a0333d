#pragma once

#include <vector>

#include "framework/autograd/parameter.h"

namespace fno {

/// How kernels see one parameter that has a gradient: pairs of reals for complex ones, units as (outer, units, inner).
template <class T>
ParameterSlot<T> slot_of(const Parameter& parameter) {
  const Tensor &p = parameter.var.value(), &g = parameter.var.grad();
  const std::int64_t parts = is_complex(p.dtype()) ? 2 : 1;
  ParameterSlot<T> slot{.p = p.data<T>(),
                        .g = g.data<T>(),
                        .m = nullptr,
                        .v = nullptr,
                        .n = p.size() * parts,
                        .outer = 1,
                        .units = 1,
                        .inner = p.size() * parts};
  if (p.rank() >= 2 && parameter.unit_axis >= 0) {
    slot.outer = p.shape().product(0, parameter.unit_axis);
    slot.units = p.shape(parameter.unit_axis);
    slot.inner = p.shape().product(parameter.unit_axis + 1, p.rank()) * parts;
  }
  return slot;
}

/// All parameters with a gradient.
template <class T>
std::vector<ParameterSlot<T>> slots_of(const std::vector<Parameter>& parameters) {
  std::vector<ParameterSlot<T>> slots;
  for (const Parameter& p : parameters)
    if (p.var.has_grad()) slots.push_back(slot_of<T>(p));
  return slots;
}

}  // namespace fno
