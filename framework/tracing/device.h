#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/kernels/backend.h"

namespace fno {

/// The jobs of one kind that a device was asked for under one name of Scope, and what they come to.
struct TracedJob {
  std::string scope, job;  ///< "blocks.0", "Conv"
  std::int64_t launches = 0;
  Work work{};  ///< of all of them
};

/// What a tracing device has been asked for since it was last cleared, in the order of first asking. Beside the jobs of
/// the contracts it holds "Copy" and "Zero" of memory on the device; what moves between device and host is not in it.
struct Trace {
  std::vector<TracedJob> jobs;
  void add(std::string_view job, const Work& work);
};

/// A device that counts. It hands out addresses without memory behind them and runs nothing: code for any device, given
/// this one, walks its own sizes. memory().use() says what it would have held, `trace` what it would have computed, and
/// values read back are zeros.
///
/// Given another device, it hands everything on to that one and counts on the way: a real step, traced.
[[nodiscard]] Device tracing_device(std::shared_ptr<Trace> trace, Device runs_on = {});

}  // namespace fno
