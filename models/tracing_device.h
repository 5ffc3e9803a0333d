#pragma once

#include <memory>

#include "framework/kernels/backend.h"

namespace fno {

/// What a tracing device has been asked for.
struct Trace {
  double flop = 0;  ///< of products: see tracing_device()
};

/// A device that hands out addresses without memory behind them and runs nothing: it counts. Code for any device, given
/// this one, walks its own sizes: memory().use() says what it would have held, `trace` what it would have computed.
/// Values read back are zeros.
///
/// Counted are the products: convolutions and their gradients, 2 flop a tap, channel pair and point; truncated
/// transforms as separable products with real tables (last axis first, 4 flop a point and column; leading axes 8 a
/// point and |k|, as ±k share products); mixing, 8 a mode, sample and channel pair; full transforms, 5 n·log2 n (half
/// of it for real ones). Element-wise functions, norms and sums are not: they wait for memory.
[[nodiscard]] Device tracing_device(std::shared_ptr<Trace> trace);

}  // namespace fno
