#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// What one predicted amplitude p adds to a loss against the measured amplitude t.
enum class AmplitudeError {
  absolute,  ///< |p-t|; derivative 0 where they are equal
  poisson,  ///< λ - k·ln λ + ln Γ(k+1), λ = (counts·p)² + floor, k = (counts·t)²; evaluated in double, since it cancels
};

/// loss = weight · Σ e(p, t) / size with size = Σ t / n + 1e-8, a constant to the derivative. One pass over p and t;
/// sums in double in a fixed order.
template <class T>
struct AmplitudeLoss {
  AmplitudeError error;
  const T *p, *t;  // (n)
  T* loss;         // (1)
  double* size;    // (1), written for the backward pass
  std::int64_t n;
  double weight;
  double counts, floor;  // of `poisson`
  [[nodiscard]] Work work() const {
    const int each = error == AmplitudeError::absolute ? 3 : 12;  // and 1 for Σ t
    return work_on<T>(2 * n, 1, (each + 1) * n) + work_on<double>(0, 1, 0);
  }
};

template <class T>
struct AmplitudeLossBackward {  // dp = dy · weight / size · ∂e/∂p
  AmplitudeError error;
  const T *p, *t;      // (n)
  const T* dy;         // (1)
  const double* size;  // (1)
  T* dp;               // (n), overwritten
  std::int64_t n;
  double weight;
  double counts, floor;
  [[nodiscard]] Work work() const {
    const int each = error == AmplitudeError::absolute ? 2 : 11;
    return work_on<T>(2 * n + 1, n, each * n) + work_on<double>(1, 0, 0);
  }
};

/// Added to the mean of t, so that a blank target divides by something.
inline constexpr double kAmplitudeSizeFloor = 1e-8;

#define FNO_LOSS_JOBS(X) X(AmplitudeLoss) X(AmplitudeLossBackward)

}  // namespace fno
