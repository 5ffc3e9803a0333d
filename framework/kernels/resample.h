#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Windows of a grid; what is left over has none.
[[nodiscard]] inline std::int64_t windows_of(const int (&size)[kGridAxes], const int (&window)[kGridAxes]) {
  return std::int64_t{size[0] / window[0]} * (size[1] / window[1]) * (size[2] / window[2]);
}
/// Points of a padded grid.
[[nodiscard]] inline std::int64_t padded_size(const int (&size)[kGridAxes], const int (&before)[kGridAxes],
                                              const int (&after)[kGridAxes]) {
  std::int64_t n = 1;
  for (int axis = 0; axis < kGridAxes; ++axis) n *= before[axis] + size[axis] + after[axis];
  return n;
}

template <class T>
struct MaxPool {       // windows of `window`, stride `window`, rest dropped; the first of equals wins, NaN above all
  const T* x;          // (planes, size)
  T* y;                // (planes, size/window)
  std::int32_t* from;  // same shape as y: offset of the winner within its plane, for the backward pass
  std::int64_t planes;
  int size[kGridAxes], window[kGridAxes];
  [[nodiscard]] Work work() const {
    const std::int64_t results = planes * windows_of(size, window), terms = results * product_of(window);
    return work_on<T>(terms, results, terms) + work_on<std::int32_t>(0, results, 0);
  }
};

template <class T>
struct MaxPoolBackward {
  const T* dy;
  const std::int32_t* from;
  T* dx;  // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], window[kGridAxes];
  [[nodiscard]] Work work() const {
    const std::int64_t results = planes * windows_of(size, window);
    return work_on<T>(results, planes * product_of(size), 0) + work_on<std::int32_t>(results, 0, 0);
  }
};

template <class T>
struct Upsample {  // nearest: y[p] = x[p / factor]
  const T* x;      // (planes, size)
  T* y;            // (planes, size·factor)
  std::int64_t planes;
  int size[kGridAxes], factor[kGridAxes];
  [[nodiscard]] Work work() const {
    const std::int64_t n = planes * product_of(size);
    return work_on<T>(n, n * product_of(factor), 0);
  }
};

template <class T>
struct UpsampleBackward {  // dx = the sum of dy over each block
  const T* dy;
  T* dx;  // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], factor[kGridAxes];
  [[nodiscard]] Work work() const {
    const std::int64_t n = planes * product_of(size), terms = n * product_of(factor);
    return work_on<T>(terms, n, terms);
  }
};

enum class PadMode {
  zero,
  reflect,  ///< mirrored at the edge point, which is not repeated: c b | a b c | b a
};

template <class T>
struct Pad {   // y[p] = x[p - before], mirrored or zero outside
  const T* x;  // (planes, size)
  T* y;        // (planes, before + size + after)
  std::int64_t planes;
  int size[kGridAxes], before[kGridAxes], after[kGridAxes];
  PadMode mode;
  [[nodiscard]] Work work() const {
    return work_on<T>(planes * product_of(size), planes * padded_size(size, before, after), 0);
  }
};

template <class T>
struct PadBackward {
  const T* dy;  // (planes, before + size + after)
  T* dx;        // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], before[kGridAxes], after[kGridAxes];
  PadMode mode;
  [[nodiscard]] Work work() const {
    const std::int64_t n = planes * product_of(size), terms = planes * padded_size(size, before, after);
    return mode == PadMode::zero ? work_on<T>(n, n, 0) : work_on<T>(terms, n, terms - n);
  }
};

#define FNO_RESAMPLE_JOBS(X) X(MaxPool) X(MaxPoolBackward) X(Upsample) X(UpsampleBackward) X(Pad) X(PadBackward)

}  // namespace fno
