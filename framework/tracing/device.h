#pragma once

#include <chrono>
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
  Work work{};         ///< of all of them
  double seconds = 0;  ///< of all of them; 0 on a device that only counts
};

/// One job as it ran.
struct TracedEvent {
  std::string scope, job;
  Work work{};
  std::chrono::steady_clock::time_point start{};
  double seconds = 0;
};

/// Memory given out and not returned yet, by whoever asked for it.
struct HeldMemory {
  std::string scope;
  std::size_t bytes = 0;
};

/// What a tracing device has been asked for since it was last cleared, in the order of first asking. Beside the jobs of
/// the contracts it holds "Copy" and "Zero" of memory on the device; what moves between device and host is not in it.
struct Trace {
  std::vector<TracedJob> jobs;
  std::vector<TracedEvent> events;  ///< each by itself, where asked for
  std::vector<HeldMemory> held;     ///< in the order of first asking; what went out and came back while active
  bool active = true;               ///< false: the device hands on and does nothing else
  bool keeps_events = false;
  void add(TracedEvent event);

 private:
  std::size_t next_ = 0;  // place in `jobs` to look at first: steps ask for the same in the same order
};

/// A device that counts. It hands out addresses without memory behind them and runs nothing: code for any device, given
/// this one, walks its own sizes. memory().use() says what it would have held, `trace` what it would have computed, and
/// values read back are zeros.
///
/// Given another device, it has its name, hands everything on to that one, and counts and times on the way: a real
/// step, traced. It waits for that device before and after each job, so seconds are the job's own on a GPU too.
[[nodiscard]] Device tracing_device(std::shared_ptr<Trace> trace, Device runs_on = {});

/// The same, which hands out blocks as a pool does: a request takes block_bytes(bytes), a released block waits for the
/// next of its size. memory().use() is then what that pool would say, but for the scratch of its kernels.
[[nodiscard]] Device pool_counting_device(std::shared_ptr<Trace> trace, std::size_t (*block_bytes)(std::size_t bytes));

}  // namespace fno
