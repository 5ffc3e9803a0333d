#include "bench/harness/work.h"

#include "framework/kernels/conv.h"
#include "framework/kernels/optimizer.h"

namespace fno::bench {
namespace {

struct LayerWork {
  Work analyse, mix, synthesise, convolution;  // of these jobs; backward has the same with other names
  double activation, spectrum;                 // bytes
};

ConvGeometry geometry(const ConvShape& c) {
  return {.batch = c.batch,
          .in = c.in,
          .out = c.out,
          .size = {1, 1, c.points_in},
          .kernel = {1, 1, c.taps},
          .stride = {1, 1, 1},
          .padding = {},
          .out_size = {1, 1, c.points_out}};
}

LayerWork work_of(const LayerShape& l) {
  const auto modes = make_modes(l.convention, l.grid, l.modes);
  const Analyse<float> analyse{.modes = modes.get(), .batch = l.batch, .channels = l.channels};
  const MixChannels<float> mix{.modes = modes.get(), .batch = l.batch, .in = l.channels, .out = l.channels};
  const Synthesise<float> synthesise{.modes = modes.get(), .batch = l.batch, .channels = l.channels};
  ConvShape conv{l.batch, l.channels, l.channels, static_cast<int>(modes->points()), static_cast<int>(modes->points()),
                 1};
  for (std::size_t axis = 0; axis < l.grid.size(); ++axis) conv.taps *= l.kernel;
  const Work transform = analyse.work();
  return {.analyse = transform,
          .mix = mix.work(),
          .synthesise = synthesise.work(),
          .convolution = conv_forward(conv),
          .activation = transform.bytes_read,
          .spectrum = transform.bytes_written};
}

}  // namespace

Work operator_forward(const LayerShape& layer) {
  const LayerWork w = work_of(layer);
  return w.analyse + w.mix + w.synthesise;
}

Work layer_forward(const LayerShape& layer) {
  const LayerWork w = work_of(layer);
  // x again beside the spectrum; a stable block reads z twice more and x once, for statistics, norm and sum.
  return operator_forward(layer) + Work{(layer.stable ? 4 : 1) * w.activation, 0, w.convolution.flop};
}

Work layer_backward(const LayerShape& layer) {
  const LayerWork w = work_of(layer);
  // Two mixings, the spectrum of dy read once for both. Beside the transforms dy and x are read again.
  const double more = (layer.stable ? 7 : 2) * w.activation;
  return w.analyse + 2 * w.mix + w.synthesise + Work{more - w.spectrum, 0, 2 * w.convolution.flop};
}

Work conv_forward(const ConvShape& c) { return Conv<float>{.g = geometry(c)}.work(); }

Work conv_backward(const ConvShape& c) {
  const ConvInputGrad<float> input{.g = geometry(c)};
  const ConvWeightGrad<float> weight{.g = geometry(c)};
  return input.work() + weight.work() + Work{-4.0 * static_cast<double>(input.g.outputs()), 0, 0};
}

Work adam_step(std::int64_t reals) {
  const ParameterSlot<float> all{.n = reals};
  return AdamStep<float>{.slots = {&all, 1}}.work();
}

}  // namespace fno::bench
