#include "tools/onnx/transform.h"

#include <cmath>
#include <numbers>

namespace fno {
namespace {

std::size_t first_axis(const ModeSet& modes) {
  std::size_t axis = 0;
  while (axis + 1 < kGridAxes && modes.size[axis] == 1 && modes.frequency[axis] == std::vector{0} &&
         modes.quadrature[axis].empty())
    ++axis;
  return axis;
}

std::int64_t kept(const ModeSet& modes, std::size_t axis) {
  return static_cast<std::int64_t>(modes.frequency[axis].size());
}

// The factor of frequency number k and point p of one axis: the weights w(k,p) of kernels/spectral.h, and `scale`.
double weight(const ModeSet& modes, std::size_t axis, std::size_t k, std::size_t p, bool weighted, double scale) {
  const double factor = axis + 1 == kGridAxes ? scale : 1;
  if (!weighted) return factor * (modes.quadrature[axis].empty() ? 1 : modes.quadrature[axis][p]);
  if (axis + 1 < kGridAxes) return factor;
  const int f = modes.frequency[axis][k];
  return f == 0 || 2 * f == modes.period[axis] ? factor : 2 * factor;
}

// exp(sign·iθ) of an axis as a real matrix. Rows are points and columns frequencies, or with `inverse` the other way
// round; each is a pair (real, imaginary), or where the field is real its points are single.
struct Turn {
  const ModeSet& modes;
  std::size_t axis;
  bool inverse, weighted;
  double scale;

  [[nodiscard]] std::string matrix(OnnxGraph& graph) const {
    const auto n = static_cast<std::size_t>(modes.size[axis]), m = modes.frequency[axis].size();
    const std::size_t parts = axis + 1 == kGridAxes ? 1 : 2;  // of a point
    const std::size_t rows = inverse ? 2 * m : parts * n, columns = inverse ? parts * n : 2 * m;
    std::vector<float> values(rows * columns);
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t k = 0; k < m; ++k) {
        const std::int64_t turns = static_cast<std::int64_t>(p) * modes.frequency[axis][k] % modes.period[axis];
        const double angle = 2 * std::numbers::pi * static_cast<double>(turns) / modes.period[axis];
        const double w = weight(modes, axis, k, p, weighted, scale);
        const double c = w * std::cos(angle), s = (inverse ? w : -w) * std::sin(angle);
        for (std::size_t from = 0; from < (inverse ? 2 : parts); ++from)
          for (std::size_t to = 0; to < (inverse ? parts : 2); ++to) {
            const std::size_t row = inverse ? 2 * k + from : parts * p + from;
            const std::size_t column = inverse ? parts * p + to : 2 * k + to;
            values[row * columns + column] = static_cast<float>(from == to ? c : from == 0 ? s : -s);
          }
      }
    return graph.floats(std::move(values), {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
  }
};

std::string reshape(OnnxGraph& graph, const std::string& x, OnnxDims shape) {
  return graph.node("Reshape", {x, graph.ints(std::move(shape))});
}

std::string transpose(OnnxGraph& graph, const std::string& x, OnnxDims order) {
  return graph.node("Transpose", {x}, {{"perm", std::move(order)}});
}

}  // namespace

OnnxDims grid_of(const ModeSet& modes) {
  OnnxDims grid;
  for (std::size_t axis = first_axis(modes); axis < kGridAxes; ++axis) grid.push_back(modes.size[axis]);
  return grid;
}

// The last axis first; then (…, n, m, 2) to (…, m, n·2) times a matrix is (…, m, k·2), for each axis before it: m is
// what has been transformed, later axes outermost.
std::string analyse(OnnxGraph& graph, const Analyse<float>& job, const std::string& x) {
  const ModeSet& modes = *job.modes;
  const std::size_t first = first_axis(modes);
  const auto product = [&](const std::string& v, std::size_t axis) {
    return graph.node("MatMul", {v, Turn{modes, axis, false, job.weighted, job.scale}.matrix(graph)});
  };
  std::string v = product(x, kGridAxes - 1);
  std::int64_t done = kept(modes, kGridAxes - 1);
  for (std::size_t axis = kGridAxes - 1; axis-- > first; done *= kept(modes, axis)) {
    v = transpose(graph, reshape(graph, v, {-1, modes.size[axis], done, 2}), {0, 2, 1, 3});
    v = product(reshape(graph, v, {-1, done, 2 * modes.size[axis]}), axis);
  }
  // (N, C, k of the last axis, …, k of the first, 2) → (k of the first, …, k of the last, N, 2, C).
  OnnxDims shape{-1, job.channels}, order;
  for (std::size_t axis = kGridAxes; axis-- > first;) shape.push_back(kept(modes, axis));
  shape.push_back(2);
  const auto axes = static_cast<std::int64_t>(kGridAxes - first);
  for (std::int64_t axis = axes + 1; axis >= 2; --axis) order.push_back(axis);
  order.insert(order.end(), {0, axes + 2, 1});
  v = transpose(graph, reshape(graph, v, shape), order);
  return reshape(graph, v, {modes.count(), -1, 2 * std::int64_t{job.channels}});
}

std::string synthesise(OnnxGraph& graph, const Synthesise<float>& job, const std::string& y_hat) {
  const ModeSet& modes = *job.modes;
  const std::size_t first = first_axis(modes);
  const auto product = [&](const std::string& v, std::size_t axis) {
    return graph.node("MatMul", {v, Turn{modes, axis, true, job.weighted, job.scale}.matrix(graph)});
  };
  // (k of the first axis, …, k of the last, N, 2, C) → (N, C, k of the last, …, k of the first, 2).
  OnnxDims shape, order;
  const auto axes = static_cast<std::int64_t>(kGridAxes - first);
  for (std::size_t axis = first; axis < kGridAxes; ++axis) shape.push_back(kept(modes, axis));
  shape.insert(shape.end(), {-1, 2, job.channels});
  order = {axes, axes + 2};
  for (std::int64_t axis = axes - 1; axis >= 0; --axis) order.push_back(axis);
  order.push_back(axes + 1);
  std::string v = transpose(graph, reshape(graph, y_hat, shape), order);
  std::int64_t left = modes.count();
  for (std::size_t axis = first; axis + 1 < kGridAxes; ++axis) {
    left /= kept(modes, axis);
    v = product(reshape(graph, v, {-1, left, 2 * kept(modes, axis)}), axis);
    v = transpose(graph, reshape(graph, v, {-1, left, modes.size[axis], 2}), {0, 2, 1, 3});
  }
  v = product(reshape(graph, v, {-1, 2 * kept(modes, kGridAxes - 1)}), kGridAxes - 1);
  OnnxDims field = grid_of(modes);
  field.insert(field.begin(), {-1, job.channels});
  return reshape(graph, v, field);
}

std::string mix(OnnxGraph& graph, const MixChannels<float>& job, const std::string& x_hat,
                const std::vector<float>& weights, const std::string& name) {
  const std::size_t each = static_cast<std::size_t>(job.in) * static_cast<std::size_t>(job.out);
  std::vector<float> re, im;
  for (const int row : job.modes->weight_index)
    for (std::size_t i = 0; i < each; ++i) {
      const std::size_t at = 2 * (static_cast<std::size_t>(row) * each + i);
      re.push_back(weights[at]);
      im.push_back(weights[at + 1]);
    }
  // [re x, im x] times [[re w, im w], [-im w, re w]], put together from what the file holds once.
  const OnnxDims shape{job.modes->count(), job.in, job.out};
  const std::string r = graph.floats(std::move(re), shape, name.empty() ? name : name + ".real"),
                    i = graph.floats(std::move(im), shape, name.empty() ? name : name + ".imag");
  const auto beside = [&](const std::string& a, const std::string& b, std::int64_t axis) {
    return graph.node("Concat", {a, b}, {{"axis", axis}});
  };
  const std::string w = beside(beside(r, i, 2), beside(graph.node("Neg", {i}), r, 2), 1);
  return graph.node("MatMul", {x_hat, w});
}

}  // namespace fno
