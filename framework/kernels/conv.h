#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Extents of a cross-correlation in 1 to 3 dimensions: y[b,o,p] = bias[o] + Σ_{i,t} w[o,i,t] · x[b,i, p·stride+t-pad],
/// zero outside the grid. A transposed convolution is the same geometry read backwards (ConvInputGrad as its forward).
struct ConvGeometry {
  int batch, in, out;  // B, Ci, Co
  int size[kGridAxes], kernel[kGridAxes], stride[kGridAxes], padding[kGridAxes], out_size[kGridAxes];

  [[nodiscard]] std::int64_t points() const { return product_of(size); }
  [[nodiscard]] std::int64_t out_points() const { return product_of(out_size); }
  [[nodiscard]] int taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  [[nodiscard]] std::int64_t inputs() const { return std::int64_t{batch} * in * points(); }        ///< numbers of x
  [[nodiscard]] std::int64_t outputs() const { return std::int64_t{batch} * out * out_points(); }  ///< numbers of y
  [[nodiscard]] std::int64_t weights() const { return std::int64_t{out} * in * taps(); }
  /// Of y = conv(x, w), of its adjoint and of the gradient in w alike; a bias is what a sum starts from.
  [[nodiscard]] std::int64_t flop() const { return 2 * outputs() * in * taps(); }
};

template <class T>
struct Conv {  // y = conv(x, w) + bias
  ConvGeometry g;
  const T* x;     // (B, Ci, size)
  const T* w;     // (Co, Ci, kernel)
  const T* bias;  // (Co) or null
  T* y;           // (B, Co, out_size), overwritten
  [[nodiscard]] Work work() const {
    return work_on<T>(g.inputs() + g.weights() + (bias ? g.out : 0), g.outputs(), g.flop());
  }
};

template <class T>
struct ConvInputGrad {  // dx = the adjoint of conv in x, applied to dy; plus bias over Ci if given (transposed forward)
  ConvGeometry g;
  const T* dy;    // (B, Co, out_size)
  const T* w;     // (Co, Ci, kernel)
  const T* bias;  // (Ci) or null
  T* dx;          // (B, Ci, size), overwritten
  [[nodiscard]] Work work() const {
    return work_on<T>(g.outputs() + g.weights() + (bias ? g.in : 0), g.inputs(), g.flop());
  }
};

template <class T>
struct ConvWeightGrad {  // dw = Σ_b dy ⋆ x
  ConvGeometry g;
  const T* x;   // (B, Ci, size)
  const T* dy;  // (B, Co, out_size)
  T* dw;        // (Co, Ci, kernel), overwritten
  [[nodiscard]] Work work() const { return work_on<T>(g.inputs() + g.outputs(), g.weights(), g.flop()); }
};

template <class T>
struct ChannelSum {  // db[c] = Σ_{b,p} x[b,c,p], the gradient of a bias
  const T* x;        // (B, C, P)
  T* sum;            // (C), overwritten
  int batch, channels;
  std::int64_t points;
  [[nodiscard]] Work work() const {
    const std::int64_t n = std::int64_t{batch} * channels * points;
    return work_on<T>(n, channels, n);
  }
};

#define FNO_CONV_JOBS(X) X(Conv) X(ConvInputGrad) X(ConvWeightGrad) X(ChannelSum)

}  // namespace fno
