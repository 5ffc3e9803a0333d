#include "bench/harness/work.h"

#include <cstdlib>
#include <set>

namespace fno::bench {
namespace {

struct Sizes {
  double points, activation, spectrum, weights;  // bytes but for points
  double transform, mixing, convolution;         // flop
};

int distinct(const std::vector<int>& frequency) {
  std::set<int> magnitudes;
  for (const int k : frequency) magnitudes.insert(std::abs(k));
  return static_cast<int>(magnitudes.size());
}

Sizes sizes_of(const LayerShape& l) {
  const auto modes = make_modes(l.convention, l.grid, l.modes);
  const double planes = static_cast<double>(l.batch) * l.channels, points = static_cast<double>(modes->points());
  double taps = 1;
  for (std::size_t axis = 0; axis < l.grid.size(); ++axis) taps *= l.kernel;
  // Last axis first, real: 4 flop a point and mode. Then each leading axis that exists on what is left, complex, two
  // real products a pair ±k: 8 flop a point and |k|.
  double transform = 4 * points * static_cast<double>(modes->frequency[2].size());
  double columns = static_cast<double>(modes->frequency[2].size());
  if (l.grid.size() >= 2) {
    transform += 8.0 * modes->size[0] * modes->size[1] * columns * distinct(modes->frequency[1]);
    columns *= static_cast<double>(modes->frequency[1].size());
  }
  if (l.grid.size() == 3) transform += 8.0 * modes->size[0] * columns * distinct(modes->frequency[0]);
  const double square = static_cast<double>(l.channels) * l.channels;
  return {.points = points,
          .activation = 4 * planes * points,
          .spectrum = 8 * planes * modes->count(),
          .weights = 8 * square * modes->count(),
          .transform = planes * transform,
          .mixing = 8 * l.batch * square * modes->count(),
          .convolution = 2 * l.batch * square * points * taps};
}

}  // namespace

Work operator_forward(const LayerShape& layer) {
  const Sizes s = sizes_of(layer);
  return {2 * s.activation + 4 * s.spectrum + s.weights, 2 * s.transform + s.mixing};
}

Work layer_forward(const LayerShape& layer) {
  const Sizes s = sizes_of(layer);
  return {(layer.stable ? 6 : 3) * s.activation + 4 * s.spectrum + s.weights,
          2 * s.transform + s.mixing + s.convolution};
}

Work layer_backward(const LayerShape& layer) {
  const Sizes s = sizes_of(layer);
  return {(layer.stable ? 9 : 4) * s.activation + 5 * s.spectrum + 2 * s.weights,
          2 * s.transform + 2 * s.mixing + 2 * s.convolution};
}

Work conv_forward(const ConvShape& c) {
  const double weights = static_cast<double>(c.in) * c.out * c.taps;
  return {4 * (c.batch * (c.in * c.points_in + c.out * c.points_out) + weights), 2 * c.batch * weights * c.points_out};
}

Work conv_backward(const ConvShape& c) {
  const double weights = static_cast<double>(c.in) * c.out * c.taps;
  return {4 * (c.batch * (2 * c.in * c.points_in + c.out * c.points_out) + 2 * weights),
          4 * c.batch * weights * c.points_out};
}

Work adam_step(double reals) { return {28 * reals, 12 * reals}; }

}  // namespace fno::bench
