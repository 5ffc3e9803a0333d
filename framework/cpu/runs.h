#pragma once

#include "framework/cpu/context.h"
#include "framework/kernels/strided.h"

namespace fno::cpu {

/// Neighbours along the last axis of a StridedPair: n indices from number `first` on, at a, a + step_a … and b, b +
/// step_b ….
struct Run {
  std::int64_t first, n, a, step_a, b, step_b;
};

/// Calls f(run) for runs that cover all indices of the pair, several threads at once; `grain` elements are worth a
/// thread's waking up.
template <class F>
void for_each_run(Context& context, const StridedPair& pair, std::int64_t grain, F&& f) {
  if (pair.count == 0) return;
  const int last = pair.axes - 1;
  const std::int64_t n = pair.axes ? pair.size[last] : 1, runs = pair.count / n;
  const std::int64_t step_a = pair.axes ? pair.a[last] : 0, step_b = pair.axes ? pair.b[last] : 0;
  if (runs == 1) {
    context.parallel(n, grain, [&](std::int64_t begin, std::int64_t end) {
      f(Run{begin, end - begin, begin * step_a, step_a, begin * step_b, step_b});
    });
    return;
  }
  context.parallel(runs, 1 + grain / (n + 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t run = begin; run < end; ++run) {
      std::int64_t rest = run, a = 0, b = 0;
      for (int axis = last - 1; axis >= 0; --axis) {
        const std::int64_t i = rest % pair.size[axis];
        a += i * pair.a[axis];
        b += i * pair.b[axis];
        rest /= pair.size[axis];
      }
      f(Run{run * n, n, a, step_a, b, step_b});
    }
  });
}

}  // namespace fno::cpu
