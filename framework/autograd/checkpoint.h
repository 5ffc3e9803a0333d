#pragma once

#include <functional>
#include <vector>

#include "framework/autograd/var.h"

namespace fno {

/// fn(x), keeping x alone for the reverse pass, which evaluates fn again and differentiates that: memory for time.
///
/// fn      must give the same bits every time. The graph holds a copy of it until the reverse pass.
///         The leaves that it reads beside x are found in the first evaluation; the reverse pass adds into their
///         gradients directly, in the order in which the recorded graph would have.
/// Bits    gradients are those without checkpoint() if x feeds fn alone. Where x has other uses too, the terms of its
///         own gradient are added in another order.
/// Errors  config if fn reads beside x a value that was computed and wants a gradient.
/// Source  Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016.
[[nodiscard]] Var checkpoint(std::function<Var(const Var& x)> fn, const Var& x);

/// Whether this thread is inside the second evaluation of a checkpointed function.
[[nodiscard]] bool recomputing();

}  // namespace fno
