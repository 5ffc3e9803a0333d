#include "framework/ops/diffraction.h"

#include <cmath>

namespace fno {
namespace {

constexpr const char* kOp = "diffraction_amplitude";

struct Geometry {
  std::int64_t batch, channels, height, width;
  [[nodiscard]] std::int64_t planes() const { return batch * channels; }
  [[nodiscard]] std::int64_t points() const { return height * width; }
  [[nodiscard]] Shape result() const { return {batch, channels, height, width}; }
  [[nodiscard]] Shape patch() const { return {batch, 2 * channels, height, width}; }
};

Geometry checked(const Tensor& patch, const Tensor& probe, double gain) {
  const bool real = patch.dtype() == Dtype::float32 || patch.dtype() == Dtype::float64;
  require<ErrorKind::config>(real && patch.rank() == 4 && patch.shape(1) % 2 == 0, kOp,
                             ": a real patch (batch, 2 x channels, height, width) is needed, not ", patch);
  require<ErrorKind::config>(patch.size() > 0, kOp, ": nothing in the patch ", patch);
  require<ErrorKind::config>(probe.defined() && probe.dtype() == complex_of(patch.dtype()), kOp, ": the probe of a ",
                             patch.dtype(), " patch is ", complex_of(patch.dtype()), ", not ", probe.dtype());
  require<ErrorKind::config>(probe.shape() == Shape{patch.shape(2), patch.shape(3)}, kOp, ": probe ", probe.shape(),
                             " for a patch ", patch.shape());
  require<ErrorKind::device>(patch.device() == probe.device(), kOp, ": tensors on different devices: ", patch, " and ",
                             probe);
  require<ErrorKind::config>(std::isfinite(gain), kOp, ": a gain of ", gain);
  return {patch.shape(0), patch.shape(1) / 2, patch.shape(2), patch.shape(3)};
}

template <class T>
Tensor transformed(const Tensor& x, const Geometry& g, bool inverse) {
  Tensor y(x.shape(), x.dtype(), x.device());
  x.device().run(Fft<T>{.x = x.data<Complex<T>>(),
                        .y = y.data<Complex<T>>(),
                        .planes = g.planes(),
                        .size = {1, static_cast<int>(g.height), static_cast<int>(g.width)},
                        .scale = 1,
                        .inverse = inverse});
  return y;
}

template <class T>
Tensor illuminated(const Tensor& patch, const Tensor& probe, const Geometry& g, double gain) {
  Tensor psi(g.result(), probe.dtype(), patch.device());
  patch.device().run(Illuminate<T>{.patch = patch.data<T>(),
                                   .probe = probe.data<Complex<T>>(),
                                   .psi = psi.data<Complex<T>>(),
                                   .batch = g.batch,
                                   .channels = g.channels,
                                   .points = g.points(),
                                   .gain = static_cast<T>(gain)});
  return psi;
}

}  // namespace

Var diffraction_amplitude(const Var& patch, const Tensor& probe, double gain) {
  const Geometry g = checked(patch.value(), probe, gain);
  return with_real(patch.dtype(), [&]<class T>(T) {
    // The transform runs without a scale of its own: the modulus multiplies it in on the way.
    const T scale = static_cast<T>(1 / std::sqrt(static_cast<double>(g.points())));
    const Tensor spectrum = transformed<T>(illuminated<T>(patch.value(), probe, g, gain), g, false);
    const Tensor y(g.result(), patch.dtype(), patch.device());
    patch.device().run(ShiftedModulus<T>{.x = spectrum.data<Complex<T>>(),
                                         .y = y.data<T>(),
                                         .planes = g.planes(),
                                         .height = g.height,
                                         .width = g.width,
                                         .scale = scale});
    return record(y, {patch}, [=](const Tensor& dy, const Grads& grads) {
      // The adjoint of the unnormalised transform is the unnormalised inverse one.
      const Tensor dspectrum(spectrum.shape(), spectrum.dtype(), dy.device());
      dy.device().run(ShiftedModulusBackward<T>{.x = spectrum.data<Complex<T>>(),
                                                .dy = dy.data<T>(),
                                                .dx = dspectrum.data<Complex<T>>(),
                                                .planes = g.planes(),
                                                .height = g.height,
                                                .width = g.width,
                                                .scale = scale});
      const Tensor dpsi = transformed<T>(dspectrum, g, true), dpatch(g.patch(), dy.dtype(), dy.device());
      dy.device().run(IlluminateBackward<T>{.dpsi = dpsi.data<Complex<T>>(),
                                            .probe = probe.data<Complex<T>>(),
                                            .dpatch = dpatch.data<T>(),
                                            .batch = g.batch,
                                            .channels = g.channels,
                                            .points = g.points(),
                                            .gain = static_cast<T>(gain)});
      grads.add(0, dpatch);
    });
  });
}

}  // namespace fno
