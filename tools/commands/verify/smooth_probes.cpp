#include "framework/ops/complex.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"
#include "framework/ops/norm.h"
#include "framework/ops/resample.h"
#include "framework/ops/spectral.h"
#include "tools/commands/verify/probe_maker.h"

namespace fno::verify {
namespace {

struct Function {
  const char* name;
  UnaryOp op;
  double low, high;  // where it is smooth
};

constexpr Function kFunctions[]{
    {"gelu", UnaryOp::gelu, -4, 4},       {"silu", UnaryOp::silu, -4, 4}, {"relu", UnaryOp::relu, 0.1, 3},
    {"sigmoid", UnaryOp::sigmoid, -4, 4}, {"tanh", UnaryOp::tanh, -3, 3}, {"square", UnaryOp::square, -3, 3},
    {"sqrt", UnaryOp::sqrt, 0.5, 3},      {"abs", UnaryOp::abs, 0.1, 3},  {"log1p", UnaryOp::log1p, 0.1, 3},
    {"sin", UnaryOp::sin, -7, 7},         {"cos", UnaryOp::cos, -7, 7}};

void add_functions(ProbeMaker& make) {
  for (const Function& f : kFunctions) {
    make.add(f.name, [op = f.op](const Inputs& v) { return apply(op, v[0]); }, {make.uniform({1031}, f.low, f.high)});
    make.add(std::string(f.name) + " and a residual",
             [op = f.op](const Inputs& v) { return apply_residual(op, v[0], v[1]); },
             {make.uniform({77}, f.low, f.high), make.normal({77})});
  }
  make.add(
      "quotient with a number a channel", [](const Inputs& v) { return v[0] / v[1]; },
      {make.normal({2, 3, 5, 4}), make.uniform({1, 3, 1, 1}, 1, 2)}, 40);
  make.add("modulus", [](const Inputs& v) { return modulus(v[0]) + modulus(v[1]); },
           {as_complex(Var(make.uniform({3, 50, 2}, 0.5, 2))).value(),
            as_complex(Var(make.uniform({3, 50, 2}, -2, -0.5))).value()});
}

void add_norms(ProbeMaker& make) {
  for (const Grid& grid : {Grid{16}, {8, 6}, {13, 11}, {3, 4, 5}, {32, 32}}) {
    const Shape shape = field_shape(2, 3, grid);
    const double terms = 2 * points_of(grid);
    const std::string on = " on " + grid_text(grid);
    make.add(
        "InstanceNorm" + on, [](const Inputs& v) { return instance_norm(v[0], v[1], v[2], 0.5); },
        {make.normal(shape), make.normal({3}), make.normal({3})}, terms);
    make.add(
        "stable block's tail" + on,
        [](const Inputs& v) { return gelu_norm_residual(v[0], v[1], v[2], v[3], v[4], 0.5); },
        {make.normal(shape), make.normal(shape), make.normal({3}), make.normal({3}), make.normal({3})}, terms);
  }
}

void add_losses(ProbeMaker& make) {
  const std::pair<const char*, Var (*)(const Var&, const Var&)> losses[]{
      {"relative_l2", [](const Var& p, const Var& t) { return relative_l2(p, t); }},
      {"relative_h1", [](const Var& p, const Var& t) { return relative_h1(p, t); }},
      {"mae", [](const Var& p, const Var& t) { return mae(p, t); }},
      {"mae_over_mean", [](const Var& p, const Var& t) { return mae_over_mean(p, t); }},
      {"poisson_over_mean", [](const Var& p, const Var& t) { return poisson_over_mean(p, t, 3); }}};
  for (const auto& [name, loss] : losses)
    for (const Grid& grid : {Grid{7}, {16, 12}, {3, 4, 5}}) {
      const Shape shape = field_shape(3, 2, grid);
      const Var target(make.uniform(shape, 1, 2));  // no error near 0, a kink of mae
      make.add(
          fmt::format("{} on {}", name, grid_text(grid)),
          [target, loss = loss](const Inputs& v) { return loss(v[0], target); }, {make.uniform(shape, 2.2, 3)},
          static_cast<double>(shape.size()));
    }
}

void add_layers(ProbeMaker& make) {
  using enum ModeConvention;
  for (const auto& [convention, grid, count] : {std::tuple{classic, Grid{64}, 9},
                                                {classic, {10, 12}, 4},
                                                {corner, {64, 32}, 5},
                                                {centered, {9, 7}, 4},
                                                {classic, {4, 6, 5}, 2}}) {
    const auto modes = make_modes(convention, grid, count);
    Shape kernel{4, 3};
    for (std::size_t axis = 0; axis < grid.size(); ++axis) kernel.push_back(3);
    make.add(
        fmt::format("activated Fourier layer, {} on {}", name_of(convention), grid_text(grid)),
        [modes](const Inputs& v) { return fourier_layer_gelu(v[0], v[1], v[2], v[3], modes).y; },
        {make.normal(field_shape(2, 3, grid)), make.complex_normal({modes->weight_modes, 3, 4}), make.normal(kernel),
         make.normal({4})},
        2 * points_of(grid) + modes->count() + 81);
  }
  for (const Grid& grid : {Grid{33}, {12, 10}, {32, 16}}) {
    Shape first{7, 3}, second{2, 7};
    for (std::size_t axis = 0; axis < grid.size(); ++axis) {
      first.push_back(1);
      second.push_back(1);
    }
    make.add(
        "two 1-wide layers with GELU on " + grid_text(grid),
        [](const Inputs& v) { return pointwise_mlp(v[0], v[1], v[2], v[3], v[4]); },
        {make.normal(field_shape(2, 3, grid)), make.normal(first), make.normal({7}), make.normal(second),
         make.normal({2})},
        2 * points_of(grid) + 10);
  }
  for (const auto& [shape, window] :
       {std::pair{Shape{2, 2, 7}, 2}, {Shape{1, 3, 6, 8}, 2}, {Shape{2, 1, 7, 11}, 3}, {Shape{1, 2, 4, 5, 6}, 2}})
    make.add(fmt::format("max-pooling of {} in {} dimensions", window, shape.rank() - 2),
             [w = window](const Inputs& v) { return max_pool(v[0], w); }, {make.ladder(shape)});
}

}  // namespace

std::vector<Probe> smooth_probes(const Device& device, Dtype real, std::uint64_t seed) {
  ProbeMaker make(device, real, seed, 4);
  add_functions(make);
  add_norms(make);
  add_losses(make);
  add_layers(make);
  return make.take();
}

}  // namespace fno::verify
