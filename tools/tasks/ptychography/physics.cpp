#include "tools/tasks/ptychography/physics.h"

#include "framework/error.h"
#include "framework/ops/diffraction.h"
#include "framework/ops/loss.h"

namespace fno::ptychography {

Physics::Physics(const PtychoData& data, settings::ProbeGain gain, const Device& device) : gain_(gain) {
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

training::LossFunction physics_loss(const Physics& physics, settings::Loss loss, double counts) {
  if (loss == settings::Loss::poisson)
    return [&physics, counts](const Var& patch, const Var& x) {
      return poisson_over_mean(physics.amplitude(patch), x, counts);
    };
  return [&physics](const Var& patch, const Var& x) { return mae_over_mean(physics.amplitude(patch), x); };
}

}  // namespace fno::ptychography
