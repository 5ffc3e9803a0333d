#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Extents of a cross-correlation in 1 to 3 dimensions: y[b,o,p] = bias[o] + Σ_{i,t} w[o,i,t] · x[b,i, p·stride+t-pad],
/// zero outside the grid. A transposed convolution is the same geometry read backwards (ConvInputGrad as its forward).
struct ConvGeometry {
  int batch, in, out;  // B, Ci, Co
  int size[kGridAxes], kernel[kGridAxes], stride[kGridAxes], padding[kGridAxes], out_size[kGridAxes];

  [[nodiscard]] std::int64_t points() const { return std::int64_t{size[0]} * size[1] * size[2]; }
  [[nodiscard]] std::int64_t out_points() const { return std::int64_t{out_size[0]} * out_size[1] * out_size[2]; }
  [[nodiscard]] int taps() const { return kernel[0] * kernel[1] * kernel[2]; }
};

template <class T>
struct Conv {  // y = conv(x, w) + bias
  ConvGeometry g;
  const T* x;     // (B, Ci, size)
  const T* w;     // (Co, Ci, kernel)
  const T* bias;  // (Co) or null
  T* y;           // (B, Co, out_size), overwritten
};

template <class T>
struct ConvInputGrad {  // dx = the adjoint of conv in x, applied to dy; plus bias over Ci if given (transposed forward)
  ConvGeometry g;
  const T* dy;    // (B, Co, out_size)
  const T* w;     // (Co, Ci, kernel)
  const T* bias;  // (Ci) or null
  T* dx;          // (B, Ci, size), overwritten
};

template <class T>
struct ConvWeightGrad {  // dw = Σ_b dy ⋆ x
  ConvGeometry g;
  const T* x;   // (B, Ci, size)
  const T* dy;  // (B, Co, out_size)
  T* dw;        // (Co, Ci, kernel), overwritten
};

template <class T>
struct ChannelSum {  // db[c] = Σ_{b,p} x[b,c,p], the gradient of a bias
  const T* x;        // (B, C, P)
  T* sum;            // (C), overwritten
  int batch, channels;
  std::int64_t points;
};

}  // namespace fno
