#pragma once

#include <cmath>
#include <span>

#include "framework/kernels/scalar.h"

namespace fno {

/// One parameter tensor as the optimiser sees it: plain reals (a complex weight is its pairs). Its units, for clipping
/// by output unit, are the middle index of (outer, units, inner) = n.
template <class T>
struct ParameterSlot {
  T* p;
  T* g;
  T *m, *v;  // first and second moment (Adam); m alone is the momentum buffer of SGD; null where unused
  std::int64_t n;
  std::int64_t outer, units, inner;
};

/// Numbers of all slots.
template <class T>
[[nodiscard]] std::int64_t total_of(std::span<const ParameterSlot<T>> slots) {
  std::int64_t n = 0;
  for (const ParameterSlot<T>& slot : slots) n += slot.n;
  return n;
}

template <class T>
struct AdamStep {  // Kingma and Ba 2015; decoupled decay: Loshchilov and Hutter 2019
  std::span<const ParameterSlot<T>> slots;
  double rate, beta1, beta2, eps, weight_decay;
  double bias1, bias2;        // 1 - beta^t of this step
  bool decoupled;             // p *= 1 - rate·decay first; otherwise decay·p is added to the gradient
  const double* grad_factor;  // on the device, or null for 1: the gradient is multiplied by it on the way in
  [[nodiscard]] Work work() const {
    const std::int64_t n = total_of(slots);
    return work_on<T>(4 * n, 3 * n, 17 * n) + work_on<double>(grad_factor ? 1 : 0, 0, 0);
  }
};

/// The numbers of an update in the precision of its parameters.
template <class T>
struct AdamConstants {
  T beta1, rest1, beta2, rest2, step, root2, eps, keep, decay;

  explicit AdamConstants(const AdamStep<T>& j)
      : beta1(static_cast<T>(j.beta1)),
        rest1(static_cast<T>(1 - j.beta1)),
        beta2(static_cast<T>(j.beta2)),
        rest2(static_cast<T>(1 - j.beta2)),
        step(static_cast<T>(j.rate / j.bias1)),
        root2(static_cast<T>(1 / std::sqrt(j.bias2))),
        eps(static_cast<T>(j.eps)),
        keep(static_cast<T>(j.decoupled ? 1 - j.rate * j.weight_decay : 1)),
        decay(static_cast<T>(j.decoupled ? 0 : j.weight_decay)) {}
};

template <class T>
struct SgdStep {  // u = momentum·u + g (u = g in the first step); p -= rate·(nesterov ? g + momentum·u : u)
  std::span<const ParameterSlot<T>> slots;
  double rate, momentum, weight_decay;
  bool nesterov, first;
  const double* grad_factor;
  [[nodiscard]] Work work() const {
    Work total = work_on<double>(grad_factor ? 1 : 0, 0, 0);
    for (const ParameterSlot<T>& s : slots) {
      const int each = 5 + (s.m ? 2 : 0) + (s.m && nesterov ? 2 : 0);
      total += work_on<T>((s.m ? 3 : 2) * s.n, (s.m ? 2 : 1) * s.n, each * s.n);
    }
    return total;
  }
};

template <class T>
struct SgdConstants {
  T rate, momentum, decay;
  bool nesterov, first;

  explicit SgdConstants(const SgdStep<T>& j)
      : rate(static_cast<T>(j.rate)),
        momentum(static_cast<T>(j.momentum)),
        decay(static_cast<T>(j.weight_decay)),
        nesterov(j.nesterov),
        first(j.first) {}
};

template <class T>
struct GradNorm {  // norm[0] = √(Σ over slots ‖g‖²)
  std::span<const ParameterSlot<T>> slots;
  double* norm;  // (1), on the device
  [[nodiscard]] Work work() const {
    const std::int64_t n = total_of(slots);
    return work_on<T>(n, 0, 2 * n) + work_on<double>(0, 1, 0);
  }
};

struct NormFactor {    // factor = min(1, max_norm / (norm + 1e-6)); stays on the device
  const double* norm;  // (1)
  double* factor;      // (1)
  double max_norm;
  [[nodiscard]] Work work() const { return work_on<double>(1, 1, 3); }
};

template <class T>
struct ClampGrad {  // g = clamp(g, -value, value)
  std::span<const ParameterSlot<T>> slots;
  double value;
  [[nodiscard]] Work work() const {
    const std::int64_t n = total_of(slots);
    return work_on<T>(n, n, 2 * n);
  }
};

template <class T>
struct AdaptiveClip {  // Brock et al. 2021: where ‖g‖ > factor·max(‖p‖, eps), g *= factor·max(‖p‖, eps)/‖g‖
  std::span<const ParameterSlot<T>> slots;
  double factor, eps;
  bool per_unit;  // norms over one unit (tensors of two or more axes); otherwise over the whole tensor
  [[nodiscard]] Work work() const {  // as if every unit were above its limit
    const std::int64_t n = total_of(slots);
    return work_on<T>(2 * n, n, 5 * n);
  }
};

#define FNO_OPTIMIZER_JOBS(X) X(AdamStep) X(SgdStep) X(GradNorm) X(ClampGrad) X(AdaptiveClip)
/// Those without a real type of their own.
#define FNO_PLAIN_JOBS(X) X(NormFactor)

}  // namespace fno
