#pragma once

#include <cstdint>
#include <functional>

namespace fno {

/// Receives the number of finished samples, growing by one, never from two threads at once; what it throws stops the
/// work and reaches the caller. May be empty.
using SampleProgress = std::function<void(std::int64_t finished)>;

/// Calls make(i) once for each i = 0 … samples-1, shared out to `threads` threads (at least one). What make throws
/// stops the work and reaches the caller; of several errors that of the earliest sample.
void for_each_sample(std::int64_t samples, int threads, const std::function<void(std::int64_t)>& make,
                     const SampleProgress& progress);

}  // namespace fno
