#include "tools/tasks/operator/simulators/sample_farm.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace fno {

void for_each_sample(std::int64_t samples, int threads, const std::function<void(std::int64_t)>& make,
                     const SampleProgress& progress) {
  std::mutex mutex;  // guards what follows and `progress`
  std::int64_t next = 0, finished = 0, failed = 0;
  std::exception_ptr error;
  const auto work = [&] {
    for (;;) {
      std::int64_t index = 0;
      {
        const std::lock_guard lock(mutex);
        if (error || next == samples) return;
        index = next++;
      }
      try {
        make(index);
        const std::lock_guard lock(mutex);
        ++finished;
        if (progress && !error) progress(finished);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error || index < failed) {  // the earliest sample speaks, whichever thread was faster
          error = std::current_exception();
          failed = index;
        }
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::int64_t t = 1; t < std::min<std::int64_t>(threads, samples); ++t) helpers.emplace_back(work);
    work();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace fno
