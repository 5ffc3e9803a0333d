#pragma once

#include "framework/kernels/conv.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/memory.h"
#include "framework/kernels/spectral.h"

namespace fno {

template <class T>
struct FourierOutput {  // y = conv(x) + bias + synthesise(y_hat), activated = GELU(y)
  Conv<T> local;
  Synthesise<T> spectral;  // added to local.y
  T* activated;            // (B, Co, size) or null
  [[nodiscard]] std::int64_t count() const { return local.g.outputs(); }
  template <class Run>
  void in_turn(Run&& run, Memory&) const {
    run(local);
    run(spectral);
    if (activated) run(Unary<T>{UnaryOp::gelu, local.y, nullptr, activated, count()});
  }
  [[nodiscard]] Work work() const {
    const Work once = work_on<T>(count(), count(), 0);  // y, written and read again between the parts
    Work w = local.work() + spectral.work();
    w.bytes_read -= once.bytes_read;
    w.bytes_written -= once.bytes_written;
    return activated ? w + work_on<T>(0, count(), static_cast<double>(count())) : w;
  }
};

template <class T>
struct FourierInputGrad {  // dx = adjoint of conv, applied to dy, + synthesise(dx_hat)
  ConvInputGrad<T> local;
  Synthesise<T> spectral;  // added to local.dx
  template <class Run>
  void in_turn(Run&& run, Memory&) const {
    run(local);
    run(spectral);
  }
  [[nodiscard]] Work work() const {
    const Work once = work_on<T>(local.g.inputs(), local.g.inputs(), 0);
    Work w = local.work() + spectral.work();
    w.bytes_read -= once.bytes_read;
    w.bytes_written -= once.bytes_written;
    return w;
  }
};

template <class T>
struct FourierOutputGrad {      // dz = GELU'(z)·dy, its coefficients, its sum by channel and its product with x
  UnaryBackward<T> activation;  // dx = dz; x null: dz is given, as spectral.x
  Analyse<T> spectral;          // of dz
  ChannelSum<T> bias;           // of dz; sum null where not wanted
  ConvWeightGrad<T> local;      // of dz; dw null where not wanted
  template <class Run>
  void in_turn(Run&& run, Memory&) const {
    if (activation.x) run(activation);
    run(spectral);
    if (bias.sum) run(bias);
    if (local.dw) run(local);
  }
  [[nodiscard]] Work work() const {
    const std::int64_t n = std::int64_t{spectral.batch} * spectral.channels * spectral.modes->points();
    const auto points = static_cast<double>(n);
    Work w = spectral.work();
    if (activation.x) w += work_on<T>(n, n, 2 * points);  // reads z and dy, of which one stands for dz
    if (bias.sum) w += work_on<T>(0, bias.channels, points);
    if (local.dw) {
      w += local.work();
      w.bytes_read -= work_on<T>(n, 0, 0).bytes_read;  // dz
    }
    return w;
  }
};

#define FNO_FOURIER_LAYER_JOBS(X) X(FourierOutput) X(FourierInputGrad) X(FourierOutputGrad)

}  // namespace fno
