// The jobs of a Fourier layer that take one pass where their parts would take several. Kernels are those of the parts'
// families; what does not fit them runs part by part.
#include "cuda/context.h"
#include "cuda/conv_weight_grad.h"
#include "cuda/pointwise_conv.h"
#include "cuda/spectral.h"

namespace fno::cuda::CU_TARGET {
namespace {

template <class Job>
void run_in_turn(Context& context, const Job& job) {
  job.in_turn([&](const auto& part) { execute(context, part); }, context.memory());
}

// The convolution with the synthesis that is added to it: x read once, y (and GELU of it) written once.
template <class T>
bool convolve_and_synthesise(Context& context, PointwiseConv<T> conv, const Synthesise<T>& spectral, T* activated) {
  const ModeSet& modes = *spectral.modes;
  conv.modes = int(modes.frequency[2].size());
  conv.rows = modes.size[0] * modes.size[1];
  conv.points = modes.size[2];
  conv.scale = spectral.scale;
  conv.activated = activated;
  if (!fits(conv)) return false;
  const RowSpectra<T> rows(context, spectral);
  conv.spectra = rows.spectra;
  conv.waves = rows.waves;
  run(context, conv);
  return true;
}

}  // namespace

template <class T>
void execute(Context& context, const FourierOutput<T>& j) {
  if (!is_pointwise(j.local.g) || !convolve_and_synthesise(context, pointwise_of(j.local), j.spectral, j.activated))
    run_in_turn(context, j);
}

template <class T>
void execute(Context& context, const FourierInputGrad<T>& j) {
  if (!is_pointwise(j.local.g) ||
      !convolve_and_synthesise(context, pointwise_of(j.local), j.spectral, static_cast<T*>(nullptr)))
    run_in_turn(context, j);
}

template <class T>
void execute(Context& context, const FourierOutputGrad<T>& j) {
  if (!j.activation.x || !analyse_activation_grad(context, j.activation, j.spectral)) return run_in_turn(context, j);
  if (j.local.dw) return weight_and_bias_grad(context, j.local, j.bias.sum);
  if (j.bias.sum) execute(context, j.bias);
}

FNO_INSTANTIATE(FourierOutput);
FNO_INSTANTIATE(FourierInputGrad);
FNO_INSTANTIATE(FourierOutputGrad);

}  // namespace fno::cuda::CU_TARGET
