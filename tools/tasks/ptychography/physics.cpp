#include "tools/tasks/ptychography/physics.h"

#include <cmath>

#include "framework/error.h"
#include "framework/ops/complex.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/fourier.h"
#include "framework/ops/shape.h"
#include "tools/tasks/ptychography/losses.h"

namespace fno::ptychography {
namespace {

void check(const Tensor& patch, const Tensor& probe, double gain) {
  constexpr const char* kOp = "diffraction_amplitude";
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
}

}  // namespace

Var diffraction_amplitude(const Var& patch, const Tensor& probe, double gain) {
  check(patch.value(), probe, gain);
  const std::int64_t height = patch.shape(2), width = patch.shape(3);
  const Var parts = reshape(patch, {patch.shape(0), 2, patch.shape(1) / 2, height, width});
  const Var object = as_complex(permute(parts, {0, 2, 3, 4, 1}));  // (B, C, H, W)
  const Var spectrum = fft(complex_product(object, Var(probe), Conjugate::no, gain));
  const Var amplitude = affine(modulus(spectrum), 1 / std::sqrt(static_cast<double>(height * width)));
  return roll(amplitude, {height / 2, width / 2}, {2, 3});
}

Physics::Physics(const PtychoData& data, ProbeGain gain, const Device& device) : gain_(gain) {
  std::vector<float> pairs;
  pairs.reserve(2 * data.probe.size());
  for (const std::complex<float> p : data.probe) {
    pairs.push_back(p.real());
    pairs.push_back(p.imag());
  }
  probe_ = Tensor::from(pairs, Shape{data.N, data.N, 2}, device).as_complex();
}

double Physics::gain(std::int64_t batch) const { return gain_.batch ? static_cast<double>(batch) : gain_.fixed; }

Var Physics::amplitude(const Var& patch) const { return diffraction_amplitude(patch, probe_, gain(patch.shape(0))); }

training::LossFunction physics_loss(const Physics& physics, const std::string& loss, double counts) {
  return [&physics, op = loss_named(loss).op, counts](const Var& patch, const Var& target) {
    const Var amplitude = physics.amplitude(patch);
    const std::int64_t channels = amplitude.shape(1);
    if (target.shape(1) == channels) return op(amplitude, target, counts);
    const Var mask = slice(target, 1, channels, 2 * channels);
    return op(amplitude * mask, slice(target, 1, 0, channels), counts);
  };
}

}  // namespace fno::ptychography
