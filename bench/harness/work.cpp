#include "bench/harness/work.h"

#include <algorithm>
#include <cmath>

#include "framework/kernels/conv.h"
#include "framework/kernels/optimizer.h"

namespace fno::bench {
namespace {

bool is_smooth(int n) {
  for (const int factor : {2, 3, 5, 7})
    while (n % factor == 0) n /= factor;
  return n == 1;
}

// The slowest axis first, each line as folded products or as a real FFT, whose additions pair with no product and
// count twice.
double transform_flop(const ModeSet& m) {
  double flop = 0, rows = 1, inner = static_cast<double>(m.points());
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
    const int n = m.size[axis];
    inner /= n;
    if (n == 1 && axis + 1 < kGridAxes) continue;
    const ModeSet::LineWork line = m.line_work(axis);
    const auto products = static_cast<double>(line.flop);
    flop += rows * inner * (is_smooth(n) ? std::min(products, 2 * 2.5 * n * std::log2(n)) : products);
    rows *= static_cast<double>(line.rows);
  }
  return flop;
}

double convolution_flop(const ConvShape& c) {
  const double points = static_cast<double>(c.batch) * c.points_out, pairs = static_cast<double>(c.in) * c.out;
  const double direct = 2 * points * c.taps * pairs;
  if (c.taps != 9 || c.points_in != c.points_out) return direct;
  return std::min(direct, points * (4.5 * pairs + 2 * (9.0 * c.in + 6.25 * c.out)));
}

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
  Work transform = analyse.work(), inverse = synthesise.work();
  transform.flop = inverse.flop = static_cast<double>(l.batch) * l.channels * transform_flop(*modes);
  return {.analyse = transform,
          .mix = mix.work(),
          .synthesise = inverse,
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

Work conv_forward(const ConvShape& c) {
  Work work = Conv<float>{.g = geometry(c)}.work();
  work.flop = convolution_flop(c);
  return work;
}

Work conv_backward(const ConvShape& c) {
  const ConvInputGrad<float> input{.g = geometry(c)};
  const ConvWeightGrad<float> weight{.g = geometry(c)};
  Work work = input.work() + weight.work() + Work{-4.0 * static_cast<double>(input.g.outputs()), 0, 0};
  work.flop = 2 * convolution_flop(c);
  return work;
}

Work adam_step(std::int64_t reals) {
  const ParameterSlot<float> all{.n = reals};
  return AdamStep<float>{.slots = {&all, 1}}.work();
}

}  // namespace fno::bench
