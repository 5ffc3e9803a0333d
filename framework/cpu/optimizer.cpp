#include <algorithm>
#include <cmath>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kChunk = 16384;  // reals of a unit of work and of a partial sum

// Calls f(slot, first, last) for every piece of every slot, pieces numbered across all slots.
template <class T, class F>
void for_each_piece(Context& context, std::span<const ParameterSlot<T>> slots, F&& f) {
  std::int64_t pieces = 0;
  for (const auto& s : slots) pieces += (s.n + kChunk - 1) / kChunk;
  context.parallel(pieces, 1, [&](std::int64_t first, std::int64_t last) {
    std::int64_t piece = 0;
    for (const auto& s : slots) {
      const std::int64_t count = (s.n + kChunk - 1) / kChunk;
      for (std::int64_t i = std::max(first, piece); i < std::min(last, piece + count); ++i)
        f(s, i, (i - piece) * kChunk, std::min(s.n, (i - piece + 1) * kChunk));
      piece += count;
    }
  });
}

template <class T>
double square_sum(const T* x, std::int64_t n) {
  double part[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int w = 0; w < 8; ++w) part[w] += static_cast<double>(x[i + w]) * static_cast<double>(x[i + w]);
  for (; i < n; ++i) part[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

// The loops of the updates are functions of their own, with restricted pointers and constants by value: behind a
// lambda's captures the compiler must assume that a store changes a constant, and does not vectorise (4 times slower).

template <class T>
void adam_loop(const AdamConstants<T> c, T factor, std::int64_t n, T* __restrict p, const T* __restrict grad,
               T* __restrict m, T* __restrict v) {
  for (std::int64_t i = 0; i < n; ++i) Math::adam(c, factor, grad[i], p[i], m[i], v[i]);
}

template <class T>
void sgd_loop(const SgdConstants<T> c, T factor, std::int64_t n, T* __restrict p, const T* __restrict grad) {
  for (std::int64_t i = 0; i < n; ++i) Math::sgd(c, factor, grad[i], p[i]);
}

template <class T>
void momentum_loop(const SgdConstants<T> c, T factor, std::int64_t n, T* __restrict p, const T* __restrict grad,
                   T* __restrict m) {
  for (std::int64_t i = 0; i < n; ++i) Math::momentum(c, factor, grad[i], p[i], m[i]);
}

template <class T>
T factor_of(const double* grad_factor) {
  return grad_factor ? static_cast<T>(*grad_factor) : T(1);
}

}  // namespace

template <class T>
void execute(Context& context, const AdamStep<T>& j) {
  const AdamConstants<T> c(j);
  const T factor = factor_of<T>(j.grad_factor);
  for_each_piece(context, j.slots, [&](const ParameterSlot<T>& s, std::int64_t, std::int64_t first, std::int64_t last) {
    adam_loop(c, factor, last - first, s.p + first, s.g + first, s.m + first, s.v + first);
  });
}

template <class T>
void execute(Context& context, const SgdStep<T>& j) {
  const SgdConstants<T> c(j);
  const T factor = factor_of<T>(j.grad_factor);
  for_each_piece(context, j.slots, [&](const ParameterSlot<T>& s, std::int64_t, std::int64_t first, std::int64_t last) {
    if (s.m)
      momentum_loop(c, factor, last - first, s.p + first, s.g + first, s.m + first);
    else
      sgd_loop(c, factor, last - first, s.p + first, s.g + first);
  });
}

template <class T>
void execute(Context& context, const GradNorm<T>& j) {
  std::int64_t pieces = 0;
  for (const auto& s : j.slots) pieces += (s.n + kChunk - 1) / kChunk;
  Scratch<double> part(context.memory(), static_cast<std::size_t>(pieces));
  for_each_piece(context, j.slots,
                 [&](const ParameterSlot<T>& s, std::int64_t piece, std::int64_t first, std::int64_t last) {
                   part.data()[piece] = square_sum(s.g + first, last - first);
                 });
  double total = 0;
  for (std::int64_t i = 0; i < pieces; ++i) total += part.data()[i];
  *j.norm = std::sqrt(total);
}

void execute(Context&, const NormFactor& j) { *j.factor = std::min(1.0, j.max_norm / (*j.norm + 1e-6)); }

template <class T>
void execute(Context& context, const ClampGrad<T>& j) {
  const T value = static_cast<T>(j.value);
  for_each_piece(context, j.slots, [&](const ParameterSlot<T>& s, std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) s.g[i] = Math::clamped(s.g[i], value);
  });
}

template <class T>
void execute(Context& context, const AdaptiveClip<T>& j) {
  std::int64_t units = 0;
  for (const auto& s : j.slots) units += j.per_unit ? s.units : 1;
  context.parallel(units, 1, [&](std::int64_t first, std::int64_t last) {
    std::int64_t unit = 0;
    for (const auto& s : j.slots) {
      const std::int64_t count = j.per_unit ? s.units : 1;
      const std::int64_t outer = j.per_unit ? s.outer : 1, inner = j.per_unit ? s.inner : s.n;
      for (std::int64_t i = std::max(first, unit); i < std::min(last, unit + count); ++i) {
        double p2 = 0, g2 = 0;
        for (std::int64_t o = 0; o < outer; ++o) {
          const std::int64_t at = (o * count + i - unit) * inner;
          p2 += square_sum(s.p + at, inner);
          g2 += square_sum(s.g + at, inner);
        }
        const double limit = j.factor * std::max(std::sqrt(p2), j.eps), norm = std::sqrt(g2);
        if (!(norm > limit)) continue;
        const T scale = static_cast<T>(limit / norm);
        for (std::int64_t o = 0; o < outer; ++o) {
          T* g = s.g + (o * count + i - unit) * inner;
          for (std::int64_t k = 0; k < inner; ++k) g[k] *= scale;
        }
      }
      unit += count;
    }
  });
}

FNO_INSTANTIATE(AdamStep);
FNO_INSTANTIATE(SgdStep);
FNO_INSTANTIATE(GradNorm);
FNO_INSTANTIATE(ClampGrad);
FNO_INSTANTIATE(AdaptiveClip);

}  // namespace fno::cpu
