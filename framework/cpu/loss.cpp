#include "framework/kernels/loss.h"

#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements worth a thread's waking up
constexpr std::int64_t kChunk = 4096;   // elements of a partial sum; part of what a sum's bits depend on

struct Sums {
  double error, target;
};

// Sums over at most kChunk elements, many at once so that additions overlap. So many that the compiler keeps the inner
// loop and makes vectors of it; it unrolls a shorter one, which then takes seven times as long.
template <class T, class Term>
Sums sums_of(const T* p, const T* t, std::int64_t n, Term term) {
  constexpr int kWays = 32;
  double error[kWays] = {}, target[kWays] = {};
  std::int64_t i = 0;
  for (; i + kWays <= n; i += kWays)
    for (int w = 0; w < kWays; ++w) {
      error[w] += term(p[i + w], t[i + w]);
      target[w] += static_cast<double>(t[i + w]);
    }
  for (int w = 0; i < n; ++i, ++w) {
    error[w] += term(p[i], t[i]);
    target[w] += static_cast<double>(t[i]);
  }
  for (int width = kWays / 2; width > 0; width /= 2)
    for (int w = 0; w < width; ++w) {
      error[w] += error[w + width];
      target[w] += target[w + width];
    }
  return {error[0], target[0]};
}

template <class T, class Term>
void reduce(Context& context, const AmplitudeLoss<T>& j, Term term) {
  const std::int64_t chunks = (j.n + kChunk - 1) / kChunk;
  Scratch<Sums> part(context.memory(), static_cast<std::size_t>(chunks));
  context.parallel(chunks, kGrain / kChunk, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t c = first; c < last; ++c)
      part.data()[c] = sums_of(j.p + c * kChunk, j.t + c * kChunk, std::min(kChunk, j.n - c * kChunk), term);
  });
  Sums total{0, 0};
  for (std::int64_t c = 0; c < chunks; ++c) {
    total.error += part.data()[c].error;
    total.target += part.data()[c].target;
  }
  j.size[0] = total.target / static_cast<double>(j.n) + kAmplitudeSizeFloor;
  j.loss[0] = static_cast<T>(j.weight * total.error / j.size[0]);
}

}  // namespace

template <class T>
void execute(Context& context, const AmplitudeLoss<T>& j) {
  const auto with = [&]<AmplitudeError error>() {
    reduce(context, j, [counts = j.counts, floor = j.floor](T p, T t) {
      return Math::amplitude_error<error>(p, t, counts, floor);
    });
  };
  if (j.error == AmplitudeError::absolute) return with.template operator()<AmplitudeError::absolute>();
  with.template operator()<AmplitudeError::poisson>();
}

template <class T>
void execute(Context& context, const AmplitudeLossBackward<T>& j) {
  const double factor = static_cast<double>(j.dy[0]) * j.weight / j.size[0];
  const auto with = [&]<AmplitudeError error>() {
    context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
      const T *p = j.p, *t = j.t;
      T* dp = j.dp;
      const double counts = j.counts, floor = j.floor, step = factor;
      for (std::int64_t i = first; i < last; ++i)
        dp[i] = Math::amplitude_error_derivative<error>(p[i], t[i], step, counts, floor);
    });
  };
  if (j.error == AmplitudeError::absolute) return with.template operator()<AmplitudeError::absolute>();
  with.template operator()<AmplitudeError::poisson>();
}

FNO_INSTANTIATE(AmplitudeLoss);
FNO_INSTANTIATE(AmplitudeLossBackward);

}  // namespace fno::cpu
