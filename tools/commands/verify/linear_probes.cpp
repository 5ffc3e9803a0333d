#include <cmath>

#include "framework/ops/complex.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/fourier.h"
#include "framework/ops/loss.h"
#include "framework/ops/norm.h"
#include "framework/ops/resample.h"
#include "framework/ops/shape.h"
#include "framework/ops/spectral.h"
#include "tools/commands/verify/probe_maker.h"

namespace fno::verify {
namespace {

constexpr int kBatch = 2;

struct ConvCase {
  Grid grid;
  int in, out, kernel;
  ConvOptions options = {};
  bool transposed = false;
};

// One, two and three dimensions; a kernel of one point; 3x3 with few and with many channels (two algorithms); strides
// with and without a rest; down- and up-sampling of the networks.
const std::vector<ConvCase> kConvolutions{{{17}, 3, 5, 1},
                                          {{31}, 4, 3, 5, {.stride = 1, .padding = 2}},
                                          {{12, 10}, 3, 5, 1},
                                          {{32, 33}, 32, 16, 1},
                                          {{12, 10}, 3, 5, 3, {.stride = 1, .padding = 1}},
                                          {{9, 7}, 2, 3, 3},
                                          {{32, 32}, 32, 32, 3, {.stride = 1, .padding = 1}},
                                          {{17, 22}, 16, 24, 3, {.stride = 1, .padding = 1}},
                                          {{16, 12}, 4, 6, 2, {.stride = 2}},
                                          {{15, 11}, 3, 4, 3, {.stride = 2, .padding = 1}},
                                          {{6, 5, 7}, 3, 4, 3, {.stride = 1, .padding = 1}},
                                          {{6, 5, 4}, 3, 2, 1},
                                          {{8, 6}, 6, 4, 2, {.stride = 2}, true},
                                          {{7, 9}, 3, 5, 4, {.stride = 2, .padding = 1}, true},
                                          {{5, 6}, 4, 3, 3, {.stride = 2, .padding = 1, .output_padding = 1}, true}};

void add_convolutions(ProbeMaker& make) {
  for (const ConvCase& c : kConvolutions) {
    const auto axes = static_cast<double>(c.grid.size());
    Shape weight = c.transposed ? Shape{c.in, c.out} : Shape{c.out, c.in};
    for (std::size_t axis = 0; axis < c.grid.size(); ++axis) weight.push_back(c.kernel);
    const auto op = [c](const Var& x, const Var& w, const Var& b) {
      return c.transposed ? conv_transpose(x, w, b, c.options) : conv(x, w, b, c.options);
    };
    const std::string name = fmt::format("{}, kernel {}, stride {}, {} to {} channels on {}",
                                         c.transposed ? "transposed convolution" : "convolution", c.kernel,
                                         c.options.stride, c.in, c.out, grid_text(c.grid));
    // A sum over the channels and taps, in the gradient of the weights over batch and points.
    const double points = points_of(c.grid) * (c.transposed ? std::pow(c.options.stride, axes) : 1);
    const double terms = std::max(std::max(c.in, c.out) * std::pow(c.kernel, axes), kBatch * points);
    make.add(
        name, [op](const Inputs& v) { return op(v[0], v[1], Var()); },
        {make.normal(field_shape(kBatch, c.in, c.grid)), make.normal(weight)}, terms);
    const Var no_x = make.zeros(field_shape(kBatch, c.in, c.grid)), w(make.normal(weight));
    make.add(
        "bias of " + name, [=](const Inputs& v) { return op(no_x, w, v[0]); }, {make.normal({c.out})}, terms);
  }
}

struct SpectralCase {
  ModeConvention convention;
  Grid grid;
  int modes, in, out;
  double padding = 0;
  bool ends = false;
};

using enum ModeConvention;
const std::vector<SpectralCase> kSpectral{{corner, {13}, 4, 3, 2},
                                          {classic, {128}, 16, 4, 4},
                                          {classic, {8, 6}, 4, 3, 5},
                                          {classic, {64, 64}, 12, 8, 8},
                                          {classic, {85, 66}, 8, 3, 4},
                                          {classic, {10, 12}, 4, 3, 2, 0.5},
                                          {classic, {11, 9}, 3, 2, 3, 0.0, true},
                                          {corner, {7, 5}, 9, 3, 2},
                                          {corner, {16, 16}, 5, 9, 17},
                                          {centered, {6, 8}, 5, 3, 2},
                                          {centered, {33, 64}, 12, 4, 3},
                                          {classic, {4, 6, 5}, 2, 3, 2},
                                          {classic, {16, 8, 12}, 3, 4, 5},
                                          {centered, {5, 4, 6}, 3, 2, 2}};

void add_spectral(ProbeMaker& make) {
  for (const SpectralCase& c : kSpectral) {
    const auto modes = make_modes(c.convention, c.grid, c.modes, c.padding, c.ends);
    const std::string where = fmt::format("{}, {} modes on {}, {} to {} channels", name_of(c.convention), c.modes,
                                          grid_text(c.grid), c.in, c.out);
    const Shape x = field_shape(kBatch, c.in, c.grid), w{modes->weight_modes, c.in, c.out};
    // Two transforms over the points, between them a sum over channels, in the gradient of the kernel over the batch.
    const double terms = kBatch * points_of(c.grid) + modes->count() + c.in + c.out;
    make.add(
        "spectral convolution, " + where, [=](const Inputs& v) { return spectral_conv(v[0], v[1], modes); },
        {make.normal(x), make.complex_normal(w)}, terms);
    Shape kernel{c.out, c.in};
    for (std::size_t axis = 0; axis < c.grid.size(); ++axis) kernel.push_back(3);
    const Var one_x(make.normal(x)), one_w(make.complex_normal(w)), one_k(make.normal(kernel)),
        no_bias = make.zeros({c.out}), no_w = make.complex_zeros(w), no_k = make.zeros(kernel);
    const auto layer = [&](const char* in, const auto& f, Tensor input) {
      make.add(fmt::format("Fourier layer in its {}, {}", in, where), f, {std::move(input)}, terms + 9 * c.in);
    };
    layer(
        "input", [=](const Inputs& v) { return fourier_layer(v[0], one_w, one_k, no_bias, modes); }, make.normal(x));
    layer(
        "weights", [=](const Inputs& v) { return fourier_layer(one_x, v[0], no_k, no_bias, modes); },
        make.complex_normal(w));
    layer(
        "kernel", [=](const Inputs& v) { return fourier_layer(one_x, no_w, v[0], no_bias, modes); },
        make.normal(kernel));
    layer(
        "bias", [=](const Inputs& v) { return fourier_layer(one_x, no_w, no_k, v[0], modes); }, make.normal({c.out}));
  }
}

void add_transforms(ProbeMaker& make) {
  for (const Grid& grid : {Grid{7}, {45}, {64}, {127}, {8, 10}, {13, 4}, {3, 4, 5}, {6, 1, 8}}) {
    Grid half = grid;
    half.back() = grid.back() / 2 + 1;
    const int last = grid.back();
    const double n = points_of(grid);
    const std::string on = " on " + grid_text(grid);
    make.add(
        "rfft" + on, [](const Inputs& v) { return rfft(v[0]); }, {make.normal(field_shape(2, 3, grid))}, n);
    make.add(
        "irfft" + on, [last](const Inputs& v) { return irfft(v[0], last); },
        {make.complex_normal(field_shape(2, 3, half))}, n);
    make.add(
        "fft" + on, [](const Inputs& v) { return fft(v[0]); }, {make.complex_normal(field_shape(2, 3, grid))}, n);
    make.add(
        "ifft" + on, [](const Inputs& v) { return ifft(v[0]); }, {make.complex_normal(field_shape(2, 3, grid))}, n);
  }
}

void add_resampling(ProbeMaker& make) {
  for (const Grid& grid : {Grid{11}, {8, 6}, {5, 7}, {3, 4, 5}}) {
    const std::string on = " on " + grid_text(grid);
    const Shape x = field_shape(2, 3, grid);
    for (const int factor : {2, 3})
      make.add(
          fmt::format("up-sampling by {}{}", factor, on),
          [factor](const Inputs& v) { return upsample_nearest(v[0], factor); }, {make.normal(x)}, 27);
    make.add("padding with zeros" + on, [](const Inputs& v) { return pad(v[0], 3, 2, PadMode::zero); },
             {make.normal(x)});
    make.add(
        "mirrored padding" + on, [](const Inputs& v) { return pad(v[0], 2, 1, PadMode::reflect); }, {make.normal(x)},
        8);
    for (int axis = 0; axis < static_cast<int>(grid.size()); ++axis)
      make.add(
          fmt::format("central difference along axis {}{}", axis, on),
          [axis](const Inputs& v) { return central_difference(v[0], axis); }, {make.normal(x)}, 2);
  }
}

void add_arithmetic(ProbeMaker& make) {
  const Shape shape{2, 3, 5, 7};
  const auto one = [&](const char* name, Var (*f)(const Var&), double terms = 1) {
    make.add(
        name, [f](const Inputs& v) { return f(v[0]); }, {make.normal(shape)}, terms);
  };
  one(
      "sum over all", [](const Var& v) { return sum(v); }, 210);
  one(
      "sum over two axes",
      [](const Var& v) {
        return sum(v, {1, 3}, true);
      },
      21);
  one(
      "mean over the grid",
      [](const Var& v) {
        return mean(v, {2, 3});
      },
      35);
  one("a multiple", [](const Var& v) { return affine(v, -2.5); });
  one("reshape", [](const Var& v) { return reshape(v, {6, 35}); });
  one("permute", [](const Var& v) { return permute(v, {2, 0, 3, 1}); });
  one("slice", [](const Var& v) { return slice(v, 3, 2, 6); });
  one("roll", [](const Var& v) { return roll(v, {2, -3}, {2, 3}); });
  one(
      "concatenation",
      [](const Var& v) {
        return concat({v, affine(v, 2), v}, 1);
      },
      3);
  one(
      "sum with itself, broadcast",
      [](const Var& v) {
        return v + sum(v, {2, 3}, true);
      },
      36);
  make.add("product of two fields", [](const Inputs& v) { return v[0] * v[1]; },
           {make.normal(shape), make.normal(shape)});
  make.add(
      "product with a number a channel", [](const Inputs& v) { return v[0] * v[1]; },
      {make.normal(shape), make.normal({1, 3, 1, 1})}, 70);
  const auto complex_one = [&](const char* name, Var (*f)(const Var&)) {
    make.add(name, [f](const Inputs& v) { return f(v[0]); }, {make.complex_normal(shape)});
  };
  complex_one("real part", [](const Var& v) { return real(v); });
  complex_one("imaginary part", [](const Var& v) { return imag(v); });
  complex_one("conjugate", [](const Var& v) { return conj(v); });
  complex_one("pairs of a complex field", [](const Var& v) { return as_real(v); });
  complex_one("multiple of a complex field", [](const Var& v) { return affine(v, 0.7); });
  make.add(
      "complex field of two parts", [](const Inputs& v) { return complex(v[0], affine(v[0], 3)); },
      {make.normal(shape)}, 2);
  for (const Conjugate conjugate : {Conjugate::no, Conjugate::yes})
    make.add(
        conjugate == Conjugate::yes ? "complex product with a conjugate" : "complex product",
        [conjugate](const Inputs& v) { return complex_product(v[0], v[1], conjugate, 0.7); },
        {make.complex_normal(shape), make.complex_normal({5, 7})}, 6);
}

}  // namespace

double Probe::roundings() const { return 1 + std::sqrt(terms); }

std::vector<Probe> linear_probes(const Device& device, Dtype real, std::uint64_t seed) {
  ProbeMaker make(device, real, seed, 3);
  add_convolutions(make);
  add_spectral(make);
  add_transforms(make);
  add_resampling(make);
  add_arithmetic(make);
  return make.take();
}

}  // namespace fno::verify
