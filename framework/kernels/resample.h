#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

template <class T>
struct MaxPool {       // windows of `window`, stride `window`, rest dropped; the first of equals wins, NaN above all
  const T* x;          // (planes, size)
  T* y;                // (planes, size/window)
  std::int32_t* from;  // same shape as y: offset of the winner within its plane, for the backward pass
  std::int64_t planes;
  int size[kGridAxes], window[kGridAxes];
};

template <class T>
struct MaxPoolBackward {
  const T* dy;
  const std::int32_t* from;
  T* dx;  // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], window[kGridAxes];
};

template <class T>
struct Upsample {  // nearest: y[p] = x[p / factor]
  const T* x;      // (planes, size)
  T* y;            // (planes, size·factor)
  std::int64_t planes;
  int size[kGridAxes], factor[kGridAxes];
};

template <class T>
struct UpsampleBackward {  // dx = the sum of dy over each block
  const T* dy;
  T* dx;  // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], factor[kGridAxes];
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
};

template <class T>
struct PadBackward {
  const T* dy;  // (planes, before + size + after)
  T* dx;        // (planes, size), overwritten
  std::int64_t planes;
  int size[kGridAxes], before[kGridAxes], after[kGridAxes];
  PadMode mode;
};

}  // namespace fno
