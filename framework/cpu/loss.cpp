#include "framework/kernels/loss.h"

#include <algorithm>
#include <cmath>

#include "framework/cpu/context.h"

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
      error[w] += static_cast<double>(term(p[i + w], t[i + w]));
      target[w] += static_cast<double>(t[i + w]);
    }
  for (int w = 0; i < n; ++i, ++w) {
    error[w] += static_cast<double>(term(p[i], t[i]));
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

double log_gamma(double x) {
  int sign;  // std::lgamma writes a global, a race between threads
  return lgamma_r(x, &sign);
}

}  // namespace

template <class T>
void execute(Context& context, const AmplitudeLoss<T>& j) {
  if (j.error == AmplitudeError::absolute) return reduce(context, j, [](T p, T t) { return std::fabs(p - t); });
  reduce(context, j, [counts = j.counts, floor = j.floor](T p, T t) {
    const double a = counts * static_cast<double>(p), o = counts * static_cast<double>(t);
    const double rate = a * a + floor, k = o * o;
    return rate - k * std::log(rate) + log_gamma(k + 1);
  });
}

template <class T>
void execute(Context& context, const AmplitudeLossBackward<T>& j) {
  const double factor = static_cast<double>(j.dy[0]) * j.weight / j.size[0];
  context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
    const T *p = j.p, *t = j.t;
    T* dp = j.dp;
    if (j.error == AmplitudeError::absolute) {
      const T step = static_cast<T>(factor);
      for (std::int64_t i = first; i < last; ++i) dp[i] = p[i] > t[i] ? step : p[i] < t[i] ? -step : T(0);
      return;
    }
    const double counts = j.counts, floor = j.floor;
    for (std::int64_t i = first; i < last; ++i) {
      const double a = counts * static_cast<double>(p[i]), o = counts * static_cast<double>(t[i]);
      dp[i] = static_cast<T>(factor * 2 * counts * a * ((a - o) * (a + o) + floor) / (a * a + floor));
    }
  });
}

template void execute(Context&, const AmplitudeLoss<float>&);
template void execute(Context&, const AmplitudeLoss<double>&);
template void execute(Context&, const AmplitudeLossBackward<float>&);
template void execute(Context&, const AmplitudeLossBackward<double>&);

}  // namespace fno::cpu
